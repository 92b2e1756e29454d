// Package kind owns kind clusters: making one, recognising its own, keeping two
// runs out of the same one, reaching its nodes, and taking it away again. It does
// not talk to Kubernetes beyond waiting until a new cluster is ready; what runs in
// a cluster is cluster/kube's, the node image is cluster/kind/nodeimage's.
//
// A cluster is ours when three things agree: the mark in the state directory,
// this machine's name in it, and the mark's id on every node container. Nothing
// else is ever changed or deleted.
package kind

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

// Defaults of Config.
const (
	DefaultName  = "zarif"
	DefaultNodes = 3
)

// AgentLabel is on the first node, which no disruption takes: the load agent's.
const AgentLabel = "zarif.dev/agent"

// HostNodePort is the port on the nodes that is mapped to the host where the
// nodes' own addresses are not routable; see Provisioned.NodeAddress.
const HostNodePort = 30950

// maxName keeps "<name>-control-plane" within a host name (kind's own limit).
const maxName = 50

// Config says which cluster is wanted.
type Config struct {
	Name     string            // default "zarif"
	Nodes    int               // default 3; the first is the control plane and carries AgentLabel
	Image    string            // of the nodes, as the engine knows it; see ResolveImage. Required
	StateDir string            // marks, locks, kubeconfigs; default: DefaultStateDir
	Keep     bool              // leave the cluster behind at Close
	Version  string            // zarif's, for the mark
	HostPort int               // on 127.0.0.1, mapped to HostNodePort; 0: a free one, and only where it is needed
	Progress func(step string) `json:"-"` // one line per step, without colours; may be nil; not called concurrently
}

var validName = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`)

// Validate reports every fault of c. Zero values stand for the defaults.
func (c Config) Validate() error {
	var faults []error
	if c.Name != "" && !validName.MatchString(c.Name) {
		faults = append(faults, fmt.Errorf("cluster name %q: want lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit", c.Name))
	}
	if len(c.Name) > maxName {
		faults = append(faults, fmt.Errorf("cluster name %q: want at most %d characters", c.Name, maxName))
	}
	if c.Nodes < 0 {
		faults = append(faults, fmt.Errorf("nodes %d: want 1 or more", c.Nodes))
	}
	if c.HostPort < 0 || c.HostPort > 65535 {
		faults = append(faults, fmt.Errorf("host port %d: want 1 to 65535, or 0 for a free one", c.HostPort))
	}
	if c.Image == "" {
		faults = append(faults, errors.New("node image: want the name of an image"))
	}
	return errors.Join(faults...)
}

func (c Config) withDefaults() (Config, error) {
	if c.Name == "" {
		c.Name = DefaultName
	}
	if c.Nodes == 0 {
		c.Nodes = DefaultNodes
	}
	if c.Progress == nil {
		c.Progress = func(string) {}
	}
	var err error
	c.StateDir, err = stateDir(c.StateDir)
	return c, err
}

// DefaultStateDir is $XDG_STATE_HOME/zarif, else ~/.local/state/zarif.
func DefaultStateDir() (string, error) {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "zarif"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", &Fault{What: "there is no place for zarif's state", Cure: "set HOME or XDG_STATE_HOME", Err: err}
	}
	return filepath.Join(home, ".local", "state", "zarif"), nil
}

// stateDir makes dir absolute: kind and the engine may see another directory.
func stateDir(dir string) (string, error) {
	if dir == "" {
		return DefaultStateDir()
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("state directory %s: %w", dir, err)
	}
	return abs, nil
}
