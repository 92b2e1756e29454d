package kind

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// State says what a cluster is to this zarif.
type State string

// The states of a cluster.
const (
	StateInUse   State = "in use"   // ours, held by the process PID
	StateKept    State = "kept"     // ours, to be left alone between runs
	StateStale   State = "stale"    // ours, and nobody's any more: DownStale removes it
	StateForeign State = "not ours" // never touched
)

// Cluster is one cluster that a mark or the engine knows of.
type Cluster struct {
	Name       string    `json:"name"`
	State      State     `json:"state"`
	Detail     string    `json:"detail,omitempty"` // what a user should know beside
	PID        int       `json:"pid,omitempty"`    // of the process that holds it; 0: none, or unknown
	Nodes      int       `json:"nodes"`            // node containers that are there
	Running    int       `json:"running"`          // how many of them run
	Image      string    `json:"image,omitempty"`  // here and below: where a mark of ours tells
	Created    time.Time `json:"created,omitzero"`
	Owner      string    `json:"owner,omitempty"`
	Host       string    `json:"host,omitempty"`
	Version    string    `json:"version,omitempty"` // of the zarif that made it
	Kubeconfig string    `json:"kubeconfig,omitempty"`
}

// Clusters lists every kind cluster that the marks in the state directory (empty:
// the default one) or the engine know of, by name. Without an engine it lists the
// marks and returns the error too.
func Clusters(ctx context.Context, dir string) ([]Cluster, error) {
	dir, err := stateDir(dir)
	if err != nil {
		return nil, err
	}
	names, err := places(dir)
	if err != nil {
		return nil, err
	}
	name, failed := Engine(ctx)
	e := engine(name)
	if failed == nil {
		all, _, err := e.containers(ctx, "")
		failed = err
		for _, c := range all {
			names = append(names, c.cluster)
		}
	}
	slices.Sort(names)
	var clusters []Cluster
	for _, name := range slices.Compact(names) {
		c, err := newSite(dir, name, e, nil).status(ctx)
		clusters = append(clusters, c)
		if failed == nil {
			failed = err
		}
	}
	return clusters, failed
}

func (s *site) status(ctx context.Context) (Cluster, error) {
	c := Cluster{Name: s.name, State: StateForeign}
	mark, err := readMark(s.place.mark())
	if err != nil {
		c.Detail = err.Error()
		return c, nil
	}
	if mark != nil {
		c.Image, c.Created, c.Owner, c.Host, c.Version = mark.Image, mark.Made, mark.Owner, mark.Host, mark.Version
	}
	found := there{mark: mark}
	if s.engine != "" {
		if found, err = s.glance(ctx); err != nil {
			return c, err
		}
	}
	for _, node := range found.containers {
		c.Nodes++
		if node.running {
			c.Running++
		}
	}
	c.PID, c.State = s.use()
	if c.State == StateInUse && mark == nil && len(found.containers) == 0 {
		return c, nil // just begun
	}
	host, err := hostName()
	if err != nil {
		return c, err
	}
	switch {
	case mark == nil && len(found.containers) == 0:
		c.State, c.Detail = StateStale, "nothing of it is left but a lock file"
	case !found.ours(host):
		c.State, c.PID, c.Detail = StateForeign, 0, notOurs(s.name, found).(*Fault).What
		return c, nil
	case c.State == StateInUse:
	case mark.kept():
		c.State = StateKept
	case !mark.Ready:
		c.State, c.Detail = StateStale, "it was never complete"
	default:
		c.State = StateStale
	}
	c.Kubeconfig = s.place.kubeconfig()
	return c, nil
}

// use tells whether a process holds the cluster. Asking must not make a directory.
func (s *site) use() (pid int, state State) {
	if !exists(s.place.lock()) {
		return 0, StateStale
	}
	l, err := tryLock(s.place)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return holder(s.place), StateInUse
	}
	if err == nil {
		l.file.Close()
	}
	return 0, StateStale
}

// Stale lists the clusters that are ours and nobody's any more.
func Stale(ctx context.Context, dir string) ([]string, error) {
	clusters, err := Clusters(ctx, dir)
	var names []string
	for _, c := range clusters {
		if c.State == StateStale {
			names = append(names, c.Name)
		}
	}
	return names, err
}

// DownStale removes every stale cluster, also those that a killed process left
// in the middle of their creation, and returns the names of those that are gone.
func DownStale(ctx context.Context, dir string) (removed []string, err error) {
	names, err := Stale(ctx, dir)
	if err != nil {
		return nil, err
	}
	var failed []error
	for _, name := range names {
		switch gone, err := down(ctx, dir, name, true); {
		case err != nil:
			failed = append(failed, err)
		case gone:
			removed = append(removed, name)
		}
	}
	return removed, errors.Join(failed...)
}

// Down deletes a cluster of ours, kept or not, that nobody uses.
func Down(ctx context.Context, dir, name string) error {
	_, err := down(ctx, dir, name, false)
	return err
}

func down(ctx context.Context, dir, name string, onlyStale bool) (gone bool, err error) {
	if !validName.MatchString(name) {
		return false, fmt.Errorf("cluster name %q: want lower-case letters, digits, '-' and '.'", name)
	}
	if dir, err = stateDir(dir); err != nil {
		return false, err
	}
	program, err := Engine(ctx)
	if err != nil {
		return false, err
	}
	s := newSite(dir, name, engine(program), nil)
	held, err := acquire(ctx, s.place, name)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, held.release()) }()
	found, err := s.look(ctx)
	if err != nil {
		return false, err
	}
	host, err := hostName()
	switch {
	case err != nil:
		return false, err
	case found.mark == nil && len(found.containers) == 0:
		if onlyStale {
			return true, nil // a lock file without a cluster, which goes with its release
		}
		return false, &Fault{What: "there is no cluster named " + name, Cure: "zarif cluster status lists those there are"}
	case !found.ours(host):
		return false, notOurs(name, found)
	case onlyStale && found.mark.kept():
		return false, nil // made anew since we looked
	}
	return true, s.remove(ctx, found.mark.ID)
}
