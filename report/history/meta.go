package history

import "time"

// Schema names the form of the histories that this package writes.
const Schema = "zarif.history/v1"

// Meta is the first record: everything that was decided before the trial began.
type Meta struct {
	Schema  string      `json:"schema"`
	Tool    Tool        `json:"tool"`
	Cluster ClusterInfo `json:"cluster"`

	Scenario   string    `json:"scenario"`
	Fixture    string    `json:"fixture"`
	Disruption string    `json:"disruption"`
	Edge       string    `json:"edge,omitempty"`     // the set-up of the proxy in front of the target; empty: none
	Disrupts   string    `json:"disrupts,omitempty"` // DisruptsEdge: the pods that the disruption takes are the edge's; empty: the fixture's
	Trial      int       `json:"trial"`              // from 1
	Seed       uint64    `json:"seed"`
	Started    time.Time `json:"started"` // the epoch of SourceHarness

	Streams         []Stream      `json:"streams"`
	DisruptionLimit time.Duration `json:"disruptionLimit_ns"`
	Replicas        int           `json:"replicas"`
	Grace           time.Duration `json:"grace_ns"`            // terminationGracePeriodSeconds
	PreStop         string        `json:"preStop,omitempty"`   // as a reader would say it, e.g. "sleep 5"
	LogsHits        bool          `json:"logsHits,omitempty"`  // the application writes the fixtures' log
	Users           bool          `json:"users,omitempty"`     // the workload is a user's own: it writes no such log, and its answers do not name their pod
	Container       string        `json:"container,omitempty"` // the target container; empty: its pods have only one
	Images          []string      `json:"images,omitempty"`    // references; of a user's workload what its containers ran, "IMAGE ID" as their statuses told it
	Built           []Built       `json:"built,omitempty"`     // those of Images that a container engine built
	Suite           string        `json:"suite,omitempty"`
	Restarts        int           `json:"restarts,omitempty"` // container restarts that the disruption itself causes
	Place           int           `json:"place,omitempty"`    // of the scenario among those of its run, from 1; 0: unknown
}

// Tool is the build of zarif that made a history.
type Tool struct {
	Version string   `json:"version"`
	Commit  string   `json:"commit,omitempty"`
	Dirty   bool     `json:"dirty,omitempty"`
	Argv    []string `json:"argv,omitempty"`
	Go      string   `json:"go"`
}

// Built says what an image was that a container engine built for trials: its
// reference tells what it was built of, and not upon what.
type Built struct {
	Reference string   `json:"reference"`
	ID        string   `json:"id,omitempty"`       // in the engine that built it
	Base      string   `json:"base,omitempty"`     // reference of the Debian that it was built upon
	BaseID    string   `json:"baseId,omitempty"`   // its id in that engine
	Versions  []string `json:"versions,omitempty"` // what it has in it, e.g. "uvicorn 0.54.0"; empty: unknown
}

// ClusterInfo describes the cluster that a trial ran on.
type ClusterInfo struct {
	Type       string   `json:"type"` // "kind", "context" or "local"
	Name       string   `json:"name"`
	Kubernetes string   `json:"kubernetes,omitempty"` // version
	Nodes      []string `json:"nodes,omitempty"`
	ProxyMode  string   `json:"proxyMode,omitempty"` // kube-proxy's: "iptables", "nftables", "ipvs"
	CNI        string   `json:"cni,omitempty"`
	Image      string   `json:"image,omitempty"` // of the nodes
	Cores      int      `json:"cores,omitempty"` // of the machine that all nodes and the load share; 0: unknown, or they share none
	Built      []Built  `json:"built,omitempty"` // images that were built for it; a trial's Meta has its own instead
	Modelled   bool     `json:"modelled,omitempty"`
	Delays     string   `json:"delays,omitempty"` // of a modelled one: where they come from, e.g. "measured on Kubernetes v1.34.4 (2026-11-22)"
	Why        string   `json:"why,omitempty"`    // this one was taken and no other; empty where nothing was said
}

// A Stream is one constant-rate sequence of hits, resolved: no field is left to
// a default.
type Stream struct {
	ID      uint8  `json:"id"` // its place in Meta.Streams
	Name    string `json:"name"`
	Source  string `json:"source"`           // whose clock its hits carry: SourceAgent or SourceHarness
	Vantage string `json:"vantage"`          // "service", "edge" or "host"
	URL     string `json:"url"`              // full, with path and query
	Scheme  string `json:"scheme,omitempty"` // "https" where URL was only a path; empty: http, or URL says it
	Host    string `json:"host,omitempty"`   // the Host header where it is not the URL's; with https also the name that is asked for (SNI)
	// Headers of every request. A value "env:NAME" is what that variable holds where
	// zarif runs, which is no part of the history.
	Headers map[string]string `json:"headers,omitempty"`
	// CA holds the certificates, in PEM, of which one vouches for the server's; empty:
	// those of the machine that the load comes from.
	CA string `json:"ca,omitempty"`
	// InsecureSkipVerify takes whatever certificate the server shows.
	InsecureSkipVerify bool `json:"insecureSkipVerify,omitempty"`

	Method          string        `json:"method"`
	Body            string        `json:"body,omitempty"`
	Connection      string        `json:"connection"`            // "fresh" or "reused"
	Connections     int           `json:"connections,omitempty"` // lanes of a reused stream
	Retry           string        `json:"retry"`                 // "none" or "client"
	DNS             bool          `json:"dns,omitempty"`         // dial by name
	Rate            float64       `json:"rate"`                  // hits per second
	Work            time.Duration `json:"work_ns"`               // what each hit asks the fixture to take
	ConnectTimeout  time.Duration `json:"connectTimeout_ns"`
	ResponseTimeout time.Duration `json:"responseTimeout_ns"` // from the end of connecting to the end of the body
	Budget          int           `json:"budget"`             // dropped hits allowed
	Expected        string        `json:"expected,omitempty"` // "none", "some" or "any"; empty without a suite
	Provokes        Mechanism     `json:"provokes,omitempty"` // what must lose some of its hits; empty: nobody said
	Besides         []Mechanism   `json:"besides,omitempty"`  // what else may, where Provokes is said

	// Faults are asked for in turn, one with every FaultEvery-th hit: hit n asks
	// for Faults[(n/FaultEvery) % len(Faults)] when n is a multiple of FaultEvery.
	Faults     []string `json:"faults,omitempty"`
	FaultEvery uint64   `json:"faultEvery,omitempty"`
}

// Connection modes.
const (
	Fresh  = "fresh"
	Reused = "reused"
)

// Vantages.
const (
	VantageService = "service"
	VantageEdge    = "edge"
	VantageHost    = "host"
)

// Who repeats a request whose connection died.
const (
	RetryNone   = "none"
	RetryClient = "client"
)

// Fault is the fault that hit seq asks the server for; empty: none.
func (s *Stream) Fault(seq uint64) string {
	if len(s.Faults) == 0 || s.FaultEvery == 0 || seq%s.FaultEvery != 0 {
		return ""
	}
	return s.Faults[(seq/s.FaultEvery)%uint64(len(s.Faults))]
}

// Interval is the time between two hits.
func (s *Stream) Interval() time.Duration {
	return time.Duration(float64(time.Second) / s.Rate)
}
