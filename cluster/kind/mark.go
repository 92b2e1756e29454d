package kind

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path"
	"regexp"
	"strings"
	"time"
)

// A Mark says who made a cluster, and what it was meant to be. It is on disk
// before the first container is made, so that a kill at any moment leaves nothing
// that cannot be found again.
type Mark struct {
	ID      string    `json:"id"` // random; also on every node container
	Name    string    `json:"name"`
	Owner   string    `json:"owner"`
	Host    string    `json:"host"`
	PID     int       `json:"pid"`
	Made    time.Time `json:"made"`
	Engine  string    `json:"engine"`
	Image   string    `json:"image"`
	ImageID string    `json:"imageID"`
	Nodes   int       `json:"nodes"`
	Kept    bool      `json:"kept"`  // to be left alone between runs
	Ready   bool      `json:"ready"` // it was once complete
	Version string    `json:"version"`
}

// kept reports whether the cluster is to outlive its run. One that never became
// ready is a leftover whatever was wished for.
func (m *Mark) kept() bool { return m != nil && m.Kept && m.Ready }

func newMark(c Config, engine, imageID string) (*Mark, error) {
	host, err := hostName()
	if err != nil {
		return nil, err
	}
	return &Mark{
		ID: strings.ToLower(rand.Text()), Name: c.Name, Owner: owner(), Host: host, PID: os.Getpid(), Made: time.Now().UTC().Truncate(time.Second),
		Engine: engine, Image: c.Image, ImageID: imageID, Nodes: c.Nodes, Kept: c.Keep, Version: c.Version,
	}, nil
}

func hostName() (string, error) {
	host, err := os.Hostname()
	if err != nil {
		return "", fmt.Errorf("name of this machine: %w", err)
	}
	return host, nil
}

func owner() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return fmt.Sprintf("uid-%d", os.Getuid())
}

// readMark reads a mark; a missing one is nil.
func readMark(file string) (*Mark, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read mark: %w", err)
	}
	m := &Mark{}
	if err := json.Unmarshal(data, m); err != nil {
		return nil, fmt.Errorf("read mark %s: %w", file, err)
	}
	if m.ID == "" {
		return nil, fmt.Errorf("read mark %s: it has no id", file)
	}
	return m, nil
}

// write replaces the mark in one step.
func (m *Mark) write(file string) error {
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("write mark: %w", err)
	}
	if err := os.WriteFile(file+".new", append(data, '\n'), 0o600); err != nil {
		return fmt.Errorf("write mark: %w", err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		return fmt.Errorf("write mark: %w", err)
	}
	return nil
}

// A brand is what of a mark is on each node container: the destination of a bind
// mount of /dev/null, /.zarif/<owner>@<host>/<id>. kind gives no other means to
// put something on a container that is there from its creation on, and Kubernetes
// labels come only with a cluster that works.
type brand struct{ owner, host, id string }

const brandRoot = "/.zarif"

var unsafe = regexp.MustCompile(`[^A-Za-z0-9_.-]+`)

// plain makes text fit for a path, a mount option and a label's value.
func plain(text string) string {
	text = strings.Trim(unsafe.ReplaceAllString(text, "-"), "-_.")
	if len(text) > 63 {
		text = strings.TrimRight(text[:63], "-_.")
	}
	if text == "" {
		return "unknown"
	}
	return text
}

func (m *Mark) brand() brand { return brand{owner: plain(m.Owner), host: plain(m.Host), id: m.ID} }

func (b brand) path() string { return path.Join(brandRoot, b.owner+"@"+b.host, b.id) }

func parseBrand(destination string) (brand, bool) {
	parts := strings.Split(strings.TrimPrefix(destination, brandRoot+"/"), "/")
	if len(parts) != 2 || !strings.HasPrefix(destination, brandRoot+"/") || parts[1] == "" {
		return brand{}, false
	}
	owner, host, ok := strings.Cut(parts[0], "@")
	return brand{owner: owner, host: host, id: parts[1]}, ok
}
