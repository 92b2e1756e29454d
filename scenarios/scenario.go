// Package scenarios owns scenario and suite files: their types, the embedded
// ones, validation and selection. It runs nothing, and knows of fixtures and
// disruptions no more than what Known says.
//
// A file holds one YAML document with the keys scenarios and suites, both lists:
//
//	scenarios:
//	  - name: mine                 # a workload of the user's instead of a fixture, see [Workload]
//	    workload: {manifests: [k8s/], target: svc/shop:80}
//	    disruption: rollout
//	  - name: exit-slow            # lower-case letters, digits, dots and dashes
//	    doc: What it shows.        # one sentence, for the list
//	    fixture: go-exit
//	    disruption: rollout
//	    edge: nginx-service        # a proxy in front of it, through which the streams come; default none
//	    disrupts: edge             # the disruption takes the proxy's pods; default: the fixture's
//	    budget: 0                  # dropped hits allowed, of every stream that does not say its own
//	    disruptionLimit: 5m
//	    overload: false            # true: streams may need more than the pods carry that the disruption leaves
//	    streams:                   # default: [fresh, reused]
//	      - fresh                  # a preset by its name: fresh, reused or slow
//	      - name: slow             # a preset with something changed
//	        rate: 5
//	      - name: posts            # a stream of one's own; it must say its connection
//	        connection: reused
//	        method: POST
//	        body: hello
//
//	suites:
//	  - name: mine
//	    scenarios:
//	      - scenario: exit-slow
//	        expect: {fresh: some, slow: some, posts: any}
//	      - scenario: go-drain.rollout
//	        expect: none           # of every stream
//	      - scenario: go-exit.rollout
//	        expect: some
//	        provokes: {fresh: gone-address}    # by which mechanism hits of a stream must be lost
//	        besides: [late-endpoint]           # and by which they may be
//	      - fixtures: [go-exit, 'uvicorn-*']   # and stacks: ['*'], by their folders
//	        disruptions: [rollout, pod-delete] # each fixture × each of these
//	        edges: ['*-endpoints'] # and each of these; default: without one
//	        disrupts: edge         # takes the edges' pods; default: the fixtures'
//	        slow: true             # with requests of 2 s, in scenarios of their own where they do not fit
//	        expect: any            # the default here
//
// Every field of a stream: name, vantage, url, connection, connections, method,
// path, body, scheme, host, headers, ca, insecureSkipVerify, retry, dns, rate, work,
// connectTimeout, responseTimeout, budget, faults, faultEvery; see [Stream]. Durations have a unit. Aliases and merge keys
// are refused. Every fixture × disruption is a scenario without a
// file, named <fixture>.<disruption>, with the streams fresh and reused.
package scenarios

import "time"

// A Scenario is fixture × disruption × streams × budget. Those that Load
// returned are valid; scenarios made by hand are not checked.
type Scenario struct {
	Name       string
	Doc        string    // one sentence
	Fixture    string    // empty where Workload is
	Workload   *Workload // the user's own; nil: a fixture
	Disruption string
	Edge       string // the proxy in front of the fixture; empty: none
	Disrupts   string // history.DisruptsEdge: the disruption takes the edge's pods; empty: the fixture's
	Streams    []Stream
	// Budget is how many dropped hits are allowed in a stream that says nothing
	// of its own; Load has put it into every such stream.
	Budget int
	// Overload says that the streams may need more than the pods carry which the
	// disruption leaves: they need no more than all of them do, and what is lost to
	// waiting then is what the scenario shows.
	Overload bool
	// DisruptionLimit bounds the wait for the disruption to be complete.
	DisruptionLimit time.Duration
	// File and Line tell where it is written; File is empty for a scenario that
	// every fixture × disruption has without a file.
	File string
	Line int

	room      room
	generated bool // by a matrix of a suite
}

// A Stream is one constant-rate sequence of hits as a file describes it. The
// zero value of a field means its default, unless it says otherwise.
type Stream struct {
	Name       string
	Vantage    string // "service", "edge" or "host"; default "edge" where the scenario has one, else "service"
	URL        string // vantage host: where to connect instead of the fixture; full, with path and query
	Connection string // "fresh" or "reused"; no default
	// Connections is the number of lanes of a reused stream, default 30.
	Connections int
	Method      string // default GET
	Path        string // default "/"; with its query, without work and fault
	Body        string
	Scheme      string            // "https"; empty: http, or URL says it
	Host        string            // the Host header, and the name that a TLS server is asked for; empty: that of the address
	Headers     map[string]string // of every request; "env:NAME" is what that variable holds where zarif runs
	CA          string            // PEM: what vouches for the server's certificate; empty: what the machine trusts
	// InsecureSkipVerify takes whatever certificate the server shows.
	InsecureSkipVerify bool
	Retry              string // "none" (default) or "client"
	DNS                bool   // dial by name
	// Rate is in hits per second; 0: what the command line says, else Usual, scaled
	// down with the others to what the fixture carries.
	Rate float64
	// Usual is the rate where nobody says one; 0: what the command line says, else
	// 100. It is that of a preset.
	Usual float64
	// Work is what each hit asks the fixture to take. Zero is no work: Load puts
	// 50 ms where a file says nothing.
	Work           time.Duration
	ConnectTimeout time.Duration // default 5 s
	// ResponseTimeout is from the end of connecting to the end of the body,
	// default Work + 10 s.
	ResponseTimeout time.Duration
	Budget          int // dropped hits allowed; zero is none
	// Faults are asked for in turn, one with every FaultEvery-th hit. A fault with
	// "@reused" behind it happens only on a connection that was used before.
	Faults     []string
	FaultEvery uint64

	plain bool // the workload is none of ours: it is asked for no work
}

// What streams get that say nothing else. All of it is recorded in histories.
const (
	DefaultRate            = 100.0 // hits per second, scaled down where the fixture does not carry it
	DefaultWork            = 50 * time.Millisecond
	DefaultConnections     = 30
	DefaultConnectTimeout  = 5 * time.Second
	DefaultResponseMargin  = 10 * time.Second // response timeout beyond the work
	DefaultDisruptionLimit = 5 * time.Minute
)
