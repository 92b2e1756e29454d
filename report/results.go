// Package report owns what a history means: windows, counts, percentiles, pods'
// lives, the ledger and the verdict, and the types of results.json. It needs no
// cluster, reads histories only through report/history, and does not render:
// that is report/render's.
package report

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"zarif/report/history"
)

// Schema names the form of results.json. Fields are added freely under it;
// renaming or dropping one takes a new version.
const Schema = "zarif.results/v1"

// A Verdict is what a trial, or the trials of a scenario, showed.
type Verdict string

// The verdicts.
const (
	Pass         Verdict = "pass"
	Fail         Verdict = "fail"
	Inconclusive Verdict = "inconclusive"
)

// What is expected of a stream. Empty: nothing was said, so a pass is expected.
const (
	ExpectNone = "none" // no drop at all
	ExpectSome = "some" // at least one drop
	ExpectAny  = "any"  // whatever comes
)

// Results is results.json. Times are RFC 3339, durations are in the unit that a
// field's name ends with, counts are integers. Absent means unknown, never zero.
type Results struct {
	Schema  string      `json:"schema"`
	Tool    Tool        `json:"tool"`
	Cluster ClusterInfo `json:"cluster"`

	Started  time.Time `json:"started,omitzero"`
	Finished time.Time `json:"finished,omitzero"`
	// AsExpected: there is a trial, every trial is as expected, and every history
	// that was found could be read.
	AsExpected bool              `json:"asExpected"`
	Trials     []Trial           `json:"trials"`
	Scenarios  []ScenarioSummary `json:"scenarios"`
}

// Tool is the build of zarif that ran the trials.
type Tool struct {
	Version string   `json:"version"`
	Commit  string   `json:"commit,omitempty"`
	Dirty   bool     `json:"dirty"`
	Argv    []string `json:"argv"`
	Go      string   `json:"go"`
}

// ClusterInfo is the cluster that the trials ran on.
type ClusterInfo struct {
	Type       string   `json:"type"`
	Name       string   `json:"name"`
	Kubernetes string   `json:"kubernetes,omitempty"`
	Nodes      []string `json:"nodes,omitempty"`
	ProxyMode  string   `json:"proxyMode,omitempty"`
	CNI        string   `json:"cni,omitempty"`
	Image      string   `json:"image,omitempty"`
	Modelled   bool     `json:"modelled"`
}

// A Trial is one execution of a scenario, analysed.
type Trial struct {
	Scenario   string    `json:"scenario"`
	Fixture    string    `json:"fixture"`
	Disruption string    `json:"disruption"`
	Trial      int       `json:"trial"` // from 1
	Seed       uint64    `json:"seed"`
	Suite      string    `json:"suite,omitempty"`
	Started    time.Time `json:"started"`
	Finished   time.Time `json:"finished,omitzero"` // the last moment that the history tells of

	Verdict    Verdict  `json:"verdict"`
	AsExpected bool     `json:"asExpected"` // never true when inconclusive
	Reasons    []string `json:"reasons"`    // why it is not a pass; empty for one
	// Unexpected is how a definite verdict is not what was expected.
	Unexpected []string `json:"unexpected,omitempty"`

	Limits  Limits   `json:"limits"`
	Windows []Window `json:"windows"`
	Streams []Stream `json:"streams"`
	Pods    []Pod    `json:"pods"`
	Ledger  *Ledger  `json:"ledger,omitempty"` // absent: the application does not log hits
	Events  []Event  `json:"events"`

	// Meta is what was decided before the trial began. It is not part of results.json.
	Meta history.Meta `json:"-"`
}

// Limits are what a trial was held to. The time-outs are the longest of its
// streams; each stream has its own as well.
type Limits struct {
	ConnectTimeout  float64        `json:"connectTimeout_ms"`
	ResponseTimeout float64        `json:"responseTimeout_ms"`
	Disruption      float64        `json:"disruption_s"`
	Budget          map[string]int `json:"budget"` // dropped hits allowed, by stream
}

// A Window is one phase of a trial.
type Window struct {
	Name  string    `json:"name"`
	Start time.Time `json:"start"`
	End   time.Time `json:"end,omitzero"` // absent: the history stops before it ended
}

// A Stream is one constant-rate sequence of hits and what became of them.
// Scheduled = Sent + Missed, Sent = OK + Dropped + Unresolved, Causes add up to
// Dropped, and Windows add up to all of these.
type Stream struct {
	Name            string  `json:"name"`
	Vantage         string  `json:"vantage"`
	Connection      string  `json:"connection"`
	Connections     int     `json:"connections,omitempty"` // of a reused stream
	Method          string  `json:"method"`
	Retry           string  `json:"retry"`
	Rate            float64 `json:"rate"` // hits per second
	Work            float64 `json:"work_ms"`
	ConnectTimeout  float64 `json:"connectTimeout_ms"`
	ResponseTimeout float64 `json:"responseTimeout_ms"`

	Counts
	// SlowConnects are connects that took a second or more: a lost SYN.
	SlowConnects int `json:"slowConnects"`
	// SendLag is how late hits left, from when they were scheduled.
	SendLag *SendLag `json:"sendLag_ms,omitempty"`

	Expected   string         `json:"expected,omitempty"` // absent: no suite said anything
	AsExpected bool           `json:"asExpected"`         // never true in an inconclusive trial
	Causes     map[string]int `json:"causes"`
	// Swallowed are the causes of the attempts that the client repeated by itself,
	// whatever became of their hits afterwards. They are not part of Causes.
	Swallowed map[string]int          `json:"swallowed,omitempty"`
	Windows   map[string]StreamWindow `json:"windows"`
	Outages   []Outage                `json:"outages"`
	Faults    map[string]Fault        `json:"faults,omitempty"` // by fault that hits asked for
}

// Counts are the outcomes of hits.
type Counts struct {
	Scheduled  int `json:"scheduled"`
	Sent       int `json:"sent"`
	Missed     int `json:"missed"`
	OK         int `json:"ok"`
	Dropped    int `json:"dropped"`
	Masked     int `json:"masked"` // ok hits that the client sent again by itself
	Unresolved int `json:"unresolved"`
}

// StreamWindow is one stream in one window: the window in which a hit was
// scheduled, except that one under way when the disruption starts counts there.
type StreamWindow struct {
	Counts
	// Latency is from the scheduled time to the end of the response, over ok hits
	// (masked ones included): a dropped hit has an end, but no latency. Absent
	// where there was no ok hit.
	Latency *Latency `json:"latency_ms,omitempty"`
}

// Latency holds exact percentiles (nearest rank) in milliseconds.
type Latency struct {
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p999"`
	Max  float64 `json:"max"`
}

// SendLag holds exact percentiles (nearest rank) in milliseconds.
type SendLag struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// An Outage is a maximal run of sent hits without a success, by scheduled time,
// that holds at least one drop. It starts when its first hit was scheduled and
// ends when the next successful one was; at the end of the load, one interval
// after its last hit.
type Outage struct {
	Start   time.Time `json:"start"`
	End     time.Time `json:"end"`
	Dropped int       `json:"dropped"`
}

// Duration is how long no hit succeeded.
func (o Outage) Duration() time.Duration { return o.End.Sub(o.Start) }

// A Fault is what became of the sent hits that asked the server for one.
type Fault struct {
	Asked      int            `json:"asked"`
	OK         int            `json:"ok"`
	Masked     int            `json:"masked"`
	Unresolved int            `json:"unresolved"`
	Causes     map[string]int `json:"causes"`
	Swallowed  map[string]int `json:"swallowed,omitempty"` // attempts that the client repeated by itself
}

// An Event is something that happened, in harness time.
type Event struct {
	T         time.Time `json:"t"` // the earliest moment it can have happened at
	Precision float64   `json:"precision_ms"`
	Source    string    `json:"source"`
	Type      string    `json:"type"`
	Pod       string    `json:"pod,omitempty"`
	Node      string    `json:"node,omitempty"`
	Detail    string    `json:"detail,omitempty"` // its attributes as key=value, by key
}

// A ScenarioSummary puts the trials of a scenario together.
type ScenarioSummary struct {
	Scenario   string `json:"scenario"`
	Fixture    string `json:"fixture"`
	Disruption string `json:"disruption"`
	Trials     int    `json:"trials"`
	// Verdict is fail if any trial failed, else inconclusive if any was, else pass.
	Verdict    Verdict         `json:"verdict"`
	Verdicts   map[Verdict]int `json:"verdicts"`
	AsExpected bool            `json:"asExpected"` // every trial was
	Streams    []StreamSummary `json:"streams"`
}

// A StreamSummary adds a stream up over the trials of its scenario.
type StreamSummary struct {
	Name       string `json:"name"`
	Expected   string `json:"expected,omitempty"`
	AsExpected bool   `json:"asExpected"`
	Sent       int    `json:"sent"`
	Dropped    int    `json:"dropped"`
	Masked     int    `json:"masked"`
	Missed     int    `json:"missed"`
	Unresolved int    `json:"unresolved"`
	DroppedMin int    `json:"droppedMin"` // in one trial
	DroppedMax int    `json:"droppedMax"` // in one trial
	// Rate is dropped / sent over all trials, 0 to 1; absent if nothing was sent.
	Rate *float64 `json:"rate,omitempty"`
	// CI95 is the 95 % interval of Rate by resampling whole trials; absent under 5.
	CI95 *[2]float64 `json:"ci95,omitempty"`
}

// ExitCode is the exit code of a run with these results: 0 when every trial was
// as expected; 1 when a trial with a definite verdict was not, a surprising pass
// included; else 3, something is inconclusive. A definite surprise is news
// whatever else remains open, so 1 goes before 3. No trials at all are
// inconclusive.
func (r Results) ExitCode() int {
	if r.AsExpected {
		return 0
	}
	for _, t := range r.Trials {
		if t.Verdict != Inconclusive && !t.AsExpected {
			return 1
		}
	}
	return 3
}

// WriteJSON writes r as results.json.
func WriteJSON(w io.Writer, r Results) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(r); err != nil {
		return fmt.Errorf("write results: %w", err)
	}
	return nil
}
