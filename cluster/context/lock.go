package context

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"zarif/cluster/flock"
)

// ErrBusy means that another run on this machine holds the cluster.
var ErrBusy = errors.New("another zarif of this machine is at work on this cluster; wait for it to end")

// lockFile is the lock of the cluster behind an API server.
func lockFile(dir, server string) string {
	return filepath.Join(dir, "context-"+short(server)+".lock")
}

// LockID names the lock that a run on this machine, with this state directory, holds
// on the cluster: no other machine's lock has that name.
func (c *Connection) LockID() string {
	host, _ := os.Hostname()
	machine, _ := os.ReadFile("/etc/machine-id")
	path, err := filepath.Abs(c.lockFile)
	if err != nil {
		path = c.lockFile
	}
	return short(host + "\x00" + string(machine) + "\x00" + path)
}

func short(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:6])
}

// Hold takes the cluster for this process until Close, or fails at once. Other
// machines are not kept out.
func (c *Connection) Hold() error {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	release, err := flock.Take(ctx, c.lockFile, func() { cancel(ErrBusy) })
	if err != nil {
		return fmt.Errorf("context %s: take the cluster for this run: %w", c.Name, err)
	}
	c.release = release
	return nil
}
