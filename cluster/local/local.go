// Package local owns the embedded cluster: pods are processes of this machine,
// with real signals, sockets and exit codes, and what Kubernetes itself does is
// modelled: controllers, kubelet, EndpointSlices and kube-proxy, as far as they
// decide what becomes of a request. Its delays are drawn from distributions that
// were measured on a real cluster.
//
// It is not a second Kubernetes: what does not change a request's fate is left
// out, and what it is asked for and does not know it refuses.
package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"zarif/cluster"
	"zarif/cluster/local/supervisor"
	"zarif/report/history"
)

// Node is the name of the only node.
const Node = "local"

// Config says how the cluster is made.
type Config struct {
	// Dir is a folder for the images' files. New makes it, Close removes it.
	Dir string
	// Supervisor is the executable that holds a pod's processes.
	Supervisor []byte
	// Delays are those of the modelled parts.
	Delays Delays
	// Seed is of what is random. The delays of the n-th deployment of a workload are
	// the same with the same seed; what runs for real is not.
	Seed uint64
}

// Validate reports what is missing.
func (c Config) Validate() error {
	switch {
	case c.Dir == "":
		return errors.New("local cluster: no folder")
	case len(c.Supervisor) == 0:
		return errors.New("local cluster: no supervisor")
	}
	return c.Delays.Validate()
}

// A Cluster is a local one. Safe for concurrent use.
type Cluster struct {
	config     Config
	supervisor string // path
	isolation  error  // nil: pods have PID namespaces of their own
	addresses  addresses

	mu       sync.Mutex
	images   map[string]string // the folder of an image's files, by its reference
	deployed map[string]uint64 // how often a workload was, by its name

	making sync.Mutex       // guards made, and lets one be made at a time
	made   map[string]error // what came of Make, by the folder of an image's files
}

var _ cluster.Cluster = (*Cluster)(nil)

// New makes a cluster: a folder, and nothing that runs.
func New(ctx context.Context, c Config) (*Cluster, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return nil, fmt.Errorf("local cluster: %w", err)
	}
	c.Dir = dir
	if err := os.Mkdir(c.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("local cluster: %w", err)
	}
	l := &Cluster{config: c, supervisor: filepath.Join(c.Dir, "supervisor"), images: map[string]string{}, deployed: map[string]uint64{}, made: map[string]error{}}
	if err := writeExecutable(l.supervisor, c.Supervisor, 0o755); err != nil {
		return nil, errors.Join(fmt.Errorf("local cluster: %w", err), l.Close(ctx))
	}
	l.isolation = supervisor.Isolation(ctx, l.supervisor)
	l.addresses.begin(c.Seed)
	return l, nil
}

// Isolation is nil where pods have PID namespaces of their own, else why not.
func (l *Cluster) Isolation() error { return l.isolation }

// Info describes the cluster.
func (l *Cluster) Info() history.ClusterInfo {
	return history.ClusterInfo{
		Type: "local", Name: "local", Kubernetes: l.config.Delays.Kubernetes, Nodes: []string{Node},
		ProxyMode: "modelled", CNI: "loopback", Cores: runtime.NumCPU(), Modelled: true,
	}
}

// Deploy starts the workload's pods.
func (l *Cluster) Deploy(ctx context.Context, w cluster.Workload) (cluster.Deployed, error) {
	if w.NeedsPID1 && l.isolation != nil {
		return nil, fmt.Errorf("deploy %s: its main process must be PID 1, and pods cannot have a PID namespace here (%w): %w",
			w.Name, l.isolation, errors.ErrUnsupported)
	}
	if err := takesEdge(w.Edge); err != nil {
		return nil, fmt.Errorf("deploy %s: %w", w.Name, err)
	}
	o, err := decode(w)
	if err != nil {
		return nil, fmt.Errorf("deploy %s: %w", w.Name, err)
	}
	t, err := l.template(ctx, o.container(), w.Images, o.port)
	if err != nil {
		return nil, fmt.Errorf("deploy %s: %w", w.Name, err)
	}
	d := newDeployed(l, w, o, t, l.config.Seed+l.times(w.Name))
	d.begin()
	return d, nil
}

// times counts how often a workload of that name was deployed.
func (l *Cluster) times(name string) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deployed[name]++
	return l.deployed[name]
}

// Close removes the cluster's folder. What was deployed has its own end.
func (l *Cluster) Close(context.Context) error {
	if err := os.RemoveAll(l.config.Dir); err != nil {
		return fmt.Errorf("local cluster: %w", err)
	}
	return nil
}
