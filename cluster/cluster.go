// Package cluster owns the contracts between what runs workloads (kind, an
// existing cluster, this machine) and what disrupts and measures them. It holds
// no behaviour of its own.
package cluster

import (
	"context"
	"io"
	"net"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"zarif/report/history"
)

// A Cluster runs workloads. Safe for concurrent use.
type Cluster interface {
	// Info describes the cluster as it was found or made.
	Info() history.ClusterInfo
	// Deploy makes a namespace of its own for the workload, creates its objects
	// in it and returns as soon as they are accepted; Await tells when pods are
	// ready. After an error, which names the workload, nothing of it is left.
	Deploy(ctx context.Context, w Workload) (Deployed, error)
	// Close gives the cluster back: deleted, kept, or only disconnected,
	// whatever it was configured to do.
	Close(ctx context.Context) error
}

// A Workload is any Kubernetes objects, a target in them and the images they need.
type Workload struct {
	Name    string
	Objects []*unstructured.Unstructured // namespaced ones, without a namespace
	Target  Target
	Images  []Image
	Grace   time.Duration // of the target's pods; decides how long removing may take
	// LogsHits says that the application writes the fixtures' log to standard
	// output, so that its lines become Served records and app events.
	LogsHits bool
	// NeedsPID1 says that what the application does depends on being the first
	// process of its PID namespace, as in a container.
	NeedsPID1 bool
	// Edge is the proxy between the load and the target; nil: there is none.
	Edge *Edge
	// Users says that it is a user's own; nil: it is a fixture's.
	Users *Users
}

// A Target is what the load reaches and the disruption takes away.
type Target struct {
	Kind      string // "Deployment" or "StatefulSet"
	Name      string
	Container string // the one whose process is killed and whose log is read
	Service   string
	Port      int32 // of the Service
}

// An Image is a container image, in one of two ways. Made of static binaries: a
// root filesystem with these files and nothing else. Or, with Build, what a
// container engine builds; Files, Entrypoint, User and StopSignal are empty then.
// Its reference is derived from what it is made of.
type Image struct {
	Name       string // repository, e.g. "zarif/goapp"
	Files      []File
	Entrypoint []string
	User       string // "uid:gid"; numeric, since there is no /etc/passwd
	StopSignal string // empty: SIGTERM
	Build      *Build // nil: there is nothing to build
}

// A Build is how a container engine makes an image. What it is built upon is not
// part of it: the builder names a Debian base by the argument BASE and labels the
// image with it (package cluster/image/build).
type Build struct {
	Context []File            // paths relative to the context's root, where the Dockerfile is
	Args    map[string]string // build arguments beside BASE; may be nil
	// Versions is a shell script that prints, run in the image, a line for each part
	// of it that matters: its name and its version. Empty: none is asked for. It is no
	// part of the image, nor of its reference.
	Versions string
	// Installed says how the application runs without the image; nil: it does not.
	// What it says is no part of the image, nor of its reference.
	Installed *Installed
}

// A File of an image, or of what one is built from.
type File struct {
	Path string // absolute in an image, relative in a Build
	Mode int64
	Data []byte
}

// Deployed is one workload in a namespace that it owns.
type Deployed interface {
	// Site says how the target is reached from a vantage.
	Site(ctx context.Context, vantage string) (Site, error)
	// Watch hands over what happens to the target's pods, endpoints and nodes and
	// what the application logs, until ctx ends; times are µs since epoch. It
	// returns only after every line and event that was under way has been handed
	// over (bounded), with an error if anything may have been missed. sink is
	// called from several goroutines.
	Watch(ctx context.Context, epoch time.Time, sink func(history.Record)) error
	// Await blocks until done says so of the observed state, which is asked again
	// at every change, or until ctx ends; the error then says what was waited for
	// and what the state was.
	Await(ctx context.Context, what string, done func(State) bool) error
	// Remove deletes the namespace and waits until it is gone.
	Remove(ctx context.Context) error
}

// A Site is how a target is reached from one vantage.
type Site struct {
	URL  string   // scheme, host and port, no path
	Dial DialFunc // load runs in this process through it; nil: an ordinary dialer
	// Place is where the load agent runs; nil: load runs in this process.
	Place Place
}

// DialFunc opens a connection to address, "host:port".
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// A Place runs commands beside the load agent, in its container.
type Place interface {
	// Exec runs argv until it ends or ctx does. stdin may be nil.
	Exec(ctx context.Context, argv []string, stdin io.Reader, stdout, stderr io.Writer) error
}
