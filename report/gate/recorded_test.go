package gate

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"zarif/report"
)

// record makes testdata/recorded.jsonl anew:
//
//	go test ./report/gate -run TestRecord -record DIR,DIR…
var record = flag.String("record", "", "results folders, with commas between, to take the recorded trials from")

const recordedFile = "testdata/recorded.jsonl"

// A recording is the first line of the file: where the trials are from.
type recording struct {
	About    string    `json:"about"`
	Sessions []session `json:"sessions"`
}

// A session is one run of zarif.
type session struct {
	Started time.Time          `json:"started"`
	Tool    report.Tool        `json:"tool"`
	Cluster report.ClusterInfo `json:"cluster"`
}

// A recorded trial is what a gate looks at in one, on a line of its own. Its session
// is an index.
type recorded struct {
	Session    int               `json:"session"`
	Scenario   string            `json:"scenario"`
	Trial      int               `json:"trial"`
	Seed       uint64            `json:"seed"`
	Verdict    report.Verdict    `json:"verdict"`
	Disruption *float64          `json:"disruption_s,omitempty"`
	Exits      []float64         `json:"exits_s"` // of the pods that were taken away
	Kills      int               `json:"kills"`
	Streams    []recordedStreams `json:"streams"`
}

type recordedStreams struct {
	Name       string         `json:"name"`
	Connection string         `json:"connection"`
	Rate       float64        `json:"rate"`
	Sent       int            `json:"sent"`
	Dropped    int            `json:"dropped"`
	Causes     map[string]int `json:"causes"`
	Outage     float64        `json:"outage_ms"`
	Before     *float64       `json:"baselineP99_ms,omitempty"`
	P99        *float64       `json:"disruptionP99_ms,omitempty"`
}

func TestRecord(t *testing.T) {
	if *record == "" {
		t.Skip("nothing to record: -record names no folder")
	}
	head := recording{About: "Trials of zarif as they were measured, reduced to what a gate looks at. One line each; sessions are runs of zarif, in their order. Made by go test ./report/gate -run TestRecord -record DIR,DIR"}
	var lines []any
	for i, dir := range strings.Split(*record, ",") {
		text, err := os.ReadFile(filepath.Join(dir, "results.json"))
		if err != nil {
			t.Fatal(err)
		}
		var r report.Results
		if err := json.Unmarshal(text, &r); err != nil {
			t.Fatal(err)
		}
		r.Tool.Argv = nil // may name folders of a machine
		r.Cluster.Why, r.Cluster.Delays = "", ""
		head.Sessions = append(head.Sessions, session{r.Started, r.Tool, r.Cluster})
		for _, trial := range r.Trials {
			lines = append(lines, reduce(i, trial))
		}
	}
	f, err := os.Create(recordedFile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	enc := json.NewEncoder(f)
	for _, line := range append([]any{head}, lines...) {
		if err := enc.Encode(line); err != nil {
			t.Fatal(err)
		}
	}
}

func reduce(session int, t report.Trial) recorded {
	out := recorded{Session: session, Scenario: t.Scenario, Trial: t.Trial, Seed: t.Seed, Verdict: t.Verdict, Disruption: known(duration(&t, nil)), Exits: []float64{}}
	if k := kills(&t, nil); k > 0 {
		out.Kills = int(k)
	}
	for _, p := range t.Pods {
		if p.TakenAway && p.GraceUsed != nil {
			out.Exits = append(out.Exits, *p.GraceUsed)
		}
	}
	for i := range t.Streams {
		s := &t.Streams[i]
		out.Streams = append(out.Streams, recordedStreams{
			Name: s.Name, Connection: s.Connection, Rate: s.Rate, Sent: s.Sent, Dropped: s.Dropped, Causes: s.Causes,
			Outage: outage(nil, s), Before: known(p99In(s, "baseline")), P99: known(p99In(s, "disruption")),
		})
	}
	return out
}

// trial is what was recorded as a trial of results again.
func (r recorded) trial() report.Trial {
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(r.Session*1000+r.Trial) * time.Hour)
	at := func(s float64) time.Time { return began.Add(time.Duration(s * 1e9)) }
	fixture, disruption, _ := strings.Cut(r.Scenario, ".")
	t := report.Trial{
		Scenario: r.Scenario, Fixture: fixture, Disruption: disruption, Trial: r.Trial, Seed: r.Seed, Started: began, Verdict: r.Verdict,
		Limits: report.Limits{Budget: map[string]int{}},
	}
	if r.Disruption != nil {
		t.Windows = []report.Window{{Name: "disruption", Start: began, End: at(*r.Disruption)}}
	}
	for i, used := range r.Exits {
		t.Pods = append(t.Pods, report.Pod{Name: fmt.Sprint("pod-", i), Role: report.RoleOld, TakenAway: true, Deleted: began, GraceUsed: &used, Killed: new(i < r.Kills)})
	}
	for _, s := range r.Streams {
		t.Limits.Budget[s.Name] = 0
		stream := report.Stream{
			Name: s.Name, Vantage: "service", Connection: s.Connection, Rate: s.Rate, Causes: s.Causes,
			Counts:  report.Counts{Scheduled: s.Sent, Sent: s.Sent, Dropped: s.Dropped, OK: s.Sent - s.Dropped},
			Windows: map[string]report.StreamWindow{},
		}
		for name, p := range map[string]*float64{"baseline": s.Before, "disruption": s.P99} {
			if p != nil {
				stream.Windows[name] = report.StreamWindow{Latency: &report.Latency{P99: *p}}
			}
		}
		if s.Outage > 0 {
			stream.Outages = []report.Outage{{Start: began, End: at(s.Outage / 1000), Dropped: 1}}
		}
		t.Streams = append(t.Streams, stream)
	}
	return t
}

// trialsRecorded are all conclusive ones by scenario, of one session, or of all
// where it is negative.
func trialsRecorded(t *testing.T, session int) map[string][]report.Trial {
	t.Helper()
	f, err := os.Open(recordedFile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all := map[string][]report.Trial{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	lines.Scan() // where they are from
	for lines.Scan() {
		var r recorded
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		if trial := r.trial(); session < 0 || r.Session == session {
			all[r.Scenario] = append(all[r.Scenario], trial)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// resultsOf puts trials together; their summaries are of no interest here.
func resultsOf(trials ...[]report.Trial) report.Results {
	return report.Results{Schema: report.Schema, Cluster: report.ClusterInfo{Type: "local"}, Trials: slices.Concat(trials...)}
}
