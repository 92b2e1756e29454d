package context

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"

	"zarif/cluster/flock"
)

var errBusy = errors.New("another zarif of this machine is at work on this cluster; wait for it to end")

// lock takes the cluster behind an API server for this process, or fails at once.
// Other machines are not kept out.
func lock(dir, server string) (release func() error, err error) {
	sum := sha256.Sum256([]byte(server))
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	release, err = flock.Take(ctx, filepath.Join(dir, "context-"+hex.EncodeToString(sum[:6])+".lock"), func() { cancel(errBusy) })
	if err != nil {
		return nil, fmt.Errorf("take the cluster for this run: %w", err)
	}
	return release, nil
}
