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
	// AsExpected: there is a trial, every trial is as expected, nothing was skipped,
	// and every history that was found could be read.
	AsExpected bool              `json:"asExpected"`
	Trials     []Trial           `json:"trials"`
	Scenarios  []ScenarioSummary `json:"scenarios"`
	// Skipped are scenarios that the cluster cannot do. They have no trials.
	Skipped []Skipped `json:"skipped,omitempty"`
}

// Skipped is a scenario of which nothing was seen, since the cluster cannot do
// what it needs.
type Skipped struct {
	Scenario   string `json:"scenario"`
	Fixture    string `json:"fixture"`
	Disruption string `json:"disruption"`
	Suite      string `json:"suite,omitempty"`
	Reason     string `json:"reason"`
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
	Delays     string   `json:"delays,omitempty"` // of a modelled one: where they come from
	Why        string   `json:"why,omitempty"`    // this one was taken and no other
}

// A Trial is one execution of a scenario, analysed.
type Trial struct {
	Scenario   string    `json:"scenario"`
	Fixture    string    `json:"fixture"`
	Disruption string    `json:"disruption"`
	Trial      int       `json:"trial"` // from 1
	Seed       uint64    `json:"seed"`
	Suite      string    `json:"suite,omitempty"`
	Edge       string    `json:"edge,omitempty"`     // the set-up of the proxy in front of the target
	Disrupts   string    `json:"disrupts,omitempty"` // "edge": the pods are those of the proxy, and the target is at rest
	Started    time.Time `json:"started"`
	Finished   time.Time `json:"finished,omitzero"` // the last moment that the history tells of

	Verdict    Verdict  `json:"verdict"`
	AsExpected bool     `json:"asExpected"` // never true when inconclusive
	Reasons    []string `json:"reasons"`    // why it is not a pass; empty for one
	// Unexpected is how a definite verdict is not what was expected.
	Unexpected []string `json:"unexpected,omitempty"`

	// Images are those of the trial that a container engine built; absent: none was, or
	// nobody wrote down which.
	Images  []history.Built `json:"images,omitempty"`
	Limits  Limits          `json:"limits"`
	Windows []Window        `json:"windows"`
	Streams []Stream        `json:"streams"`
	Pods    []Pod           `json:"pods"`
	Ledger  *Ledger         `json:"ledger,omitempty"` // absent: the application does not log hits
	Events  []Event         `json:"events"`

	// Findings explain the dropped and the masked hits; absent: nobody asked why.
	Findings []Finding `json:"findings,omitempty"`
	// Remarks are about pods' ends, without any lost hit.
	Remarks []Remark `json:"remarks,omitempty"`

	// NewWhileDraining is what new connections met that came to pods which had been
	// asked to end and had not; absent: none did that can be told.
	NewWhileDraining *Met `json:"newWhileDraining,omitempty"`

	// Unseen is the evidence that this trial did not have and a fixture's would have
	// had; Stays is what it changed and did not put back. A sentence each.
	Unseen []string `json:"unseen,omitempty"`
	Stays  []string `json:"stays,omitempty"`

	// Skipped is why this trial shows nothing; Collect makes a Skipped of it. Empty
	// for all others.
	Skipped string `json:"-"`

	// Complete: the trial ended as planned, and its history has its end mark and
	// every record before that. It is not part of results.json.
	Complete bool `json:"-"`

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
	// Advice is what would stop the losses, by what its trials measured; absent: there
	// is none.
	Advice []Advice `json:"advice,omitempty"`
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
// included; else 3, something is inconclusive or was skipped. A definite surprise
// is news whatever else remains open, so 1 goes before 3. No trials at all are
// inconclusive: nothing failed, and nothing was shown.
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
