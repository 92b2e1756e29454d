package context

import (
	"fmt"
	"os"
	"os/user"
	"strings"
	"time"
)

// Annotations on everything that zarif makes in an existing cluster.
const (
	madeKey = "zarif.dev/made"
	hostKey = "zarif.dev/host"
	userKey = "zarif.dev/user"
	lockKey = "zarif.dev/lock"
)

// A Mark says who made something in a cluster. What is not known is empty.
type Mark struct {
	Made       time.Time
	Host, User string
	// Lock names the lock that the run held which made it: where it is free, the run
	// has ended.
	Lock string
}

// MarkOf reads the annotations of an object.
func MarkOf(annotations map[string]string) Mark {
	made, _ := time.Parse(time.RFC3339, annotations[madeKey])
	return Mark{Made: made, Host: annotations[hostKey], User: annotations[userKey], Lock: annotations[lockKey]}
}

// String is "made by ci on build-7 at 2026-11-23T01:00:00Z".
func (m Mark) String() string {
	var parts []string
	if m.User != "" {
		parts = append(parts, "by "+m.User)
	}
	if m.Host != "" {
		parts = append(parts, "on "+m.Host)
	}
	if !m.Made.IsZero() {
		parts = append(parts, "at "+m.Made.UTC().Format(time.RFC3339))
	}
	if len(parts) == 0 {
		return "made by nobody knows whom"
	}
	return "made " + strings.Join(parts, " ")
}

// Owner is the mark of what is made over the connection, as annotations.
func (c *Connection) Owner(now time.Time) map[string]string {
	owner := map[string]string{madeKey: now.UTC().Format(time.RFC3339), lockKey: c.LockID()}
	if host, err := os.Hostname(); err == nil {
		owner[hostKey] = host
	}
	if u, err := user.Current(); err == nil {
		owner[userKey] = u.Username
	} else {
		owner[userKey] = fmt.Sprintf("uid-%d", os.Getuid())
	}
	return owner
}
