package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"zarif/report/history"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestCollect(t *testing.T) {
	trial := func(scenario string, n int, started time.Duration, verdict Verdict, asExpected bool, dropped int) Trial {
		return Trial{
			Scenario: scenario, Fixture: "f", Disruption: "d", Trial: n, Started: epoch.Add(started), Finished: epoch.Add(started + time.Minute),
			Verdict: verdict, AsExpected: asExpected,
			Streams: []Stream{{Name: "fresh", Expected: ExpectSome, AsExpected: asExpected, Counts: Counts{Sent: 1000, Dropped: dropped, Masked: 1, Missed: 2}}},
			Meta:    history.Meta{Tool: history.Tool{Version: scenario}, Cluster: history.ClusterInfo{Name: scenario}},
		}
	}
	trials := []Trial{
		trial("late", 2, 9*time.Minute, Pass, false, 0),
		trial("late", 1, 5*time.Minute, Fail, true, 30),
		trial("early", 1, 0, Inconclusive, false, 10),
		trial("early", 2, 7*time.Minute, Pass, true, 20),
	}
	r := Collect(trials)
	var order []string
	for _, t := range r.Trials {
		order = append(order, t.Scenario+string(rune('0'+t.Trial)))
	}
	if got := strings.Join(order, " "); got != "early1 early2 late1 late2" {
		t.Errorf("order %s", got)
	}
	if trials[0].Scenario != "late" {
		t.Error("the caller's slice was sorted")
	}
	if !r.Started.Equal(epoch) || !r.Finished.Equal(epoch.Add(10*time.Minute)) || r.Tool.Version != "early" || r.Cluster.Name != "early" || r.AsExpected {
		t.Errorf("%+v", r)
	}
	want := []ScenarioSummary{
		{
			Scenario: "early", Fixture: "f", Disruption: "d", Trials: 2, Verdict: Inconclusive, Verdicts: map[Verdict]int{Inconclusive: 1, Pass: 1},
			Streams: []StreamSummary{{Name: "fresh", Expected: ExpectSome, Sent: 2000, Dropped: 30, Masked: 2, Missed: 4, DroppedMin: 10, DroppedMax: 20, Rate: new(0.015)}},
		},
		{
			Scenario: "late", Fixture: "f", Disruption: "d", Trials: 2, Verdict: Fail, Verdicts: map[Verdict]int{Fail: 1, Pass: 1},
			Streams: []StreamSummary{{Name: "fresh", Expected: ExpectSome, Sent: 2000, Dropped: 30, Masked: 2, Missed: 4, DroppedMax: 30, Rate: new(0.015)}},
		},
	}
	if !reflect.DeepEqual(r.Scenarios, want) {
		t.Errorf("got  %+v\nwant %+v", r.Scenarios, want)
	}
}

func TestInterval(t *testing.T) {
	same := share{dropped: 10, sent: 1000}
	for name, c := range map[string]struct {
		trials    []share
		none      bool
		low, high float64
	}{
		"four trials":          {trials: []share{same, same, same, same}, none: true},
		"five equal ones":      {trials: []share{same, same, same, same, same}, low: 0.01, high: 0.01},
		"no drop":              {trials: make5(share{sent: 10}), low: 0, high: 0},
		"nothing sent":         {trials: make5(share{}), none: true},
		"one of five lost all": {trials: append(make5(share{sent: 100})[:4], share{100, 100}), low: 0, high: 0.6},
	} {
		t.Run(name, func(t *testing.T) {
			got := interval(c.trials)
			if (got == nil) != c.none {
				t.Fatalf("got %v", got)
			}
			if got != nil && (math.Abs(got[0]-c.low) > 1e-9 || math.Abs(got[1]-c.high) > 1e-9) {
				t.Errorf("got %v, want %v to %v", *got, c.low, c.high)
			}
			if again := interval(c.trials); !reflect.DeepEqual(got, again) {
				t.Errorf("%v and then %v", got, again)
			}
		})
	}
}

func make5(s share) []share { return []share{s, s, s, s, s} }

func (s *story) save(t *testing.T, dir string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "history.jsonl.zst")
	w, err := history.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range s.records() {
		w.Put(r)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoad(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "results [1]*") // nothing to a glob
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "holds no history") {
		t.Errorf("a folder that is not there: %v", err)
	}
	s := newStory()
	s.save(t, filepath.Join(dir, "trials", "good", "1"))
	r, err := Load(dir)
	if err != nil || len(r.Trials) != 1 || !r.AsExpected || r.ExitCode() != 0 {
		t.Fatalf("one good history: %v, exit code %d", err, r.ExitCode())
	}

	for _, name := range []string{"b", "c", "d"} {
		s.addStream(name) // several blocks of the compression
	}
	s.meta.Scenario, s.meta.Started = "killed", epoch.Add(time.Minute)
	s.clocks[0].Epoch = s.clocks[0].Epoch.Add(time.Minute)
	path := s.save(t, filepath.Join(dir, "trials", "killed", "1"))
	all, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, all[:len(all)*2/3], 0o644); err != nil {
		t.Fatal(err)
	}
	r, err = Load(dir)
	if err != nil || len(r.Trials) != 2 || r.Trials[1].Verdict != Inconclusive || r.ExitCode() != 3 {
		t.Fatalf("a cut history is inconclusive: %v, %d trials, exit code %d", err, len(r.Trials), r.ExitCode())
	}

	bad := filepath.Join(dir, "trials", "bad", "2", "history.jsonl.zst")
	os.MkdirAll(filepath.Dir(bad), 0o755)
	if err := os.WriteFile(bad, []byte("this is no history"), 0o644); err != nil {
		t.Fatal(err)
	}
	r, err = Load(dir)
	if err == nil || !strings.Contains(err.Error(), bad) || len(r.Trials) != 2 || r.AsExpected {
		t.Errorf("a broken one is named, the others stay: %v, %d trials, as expected %v", err, len(r.Trials), r.AsExpected)
	}
}

// contract are the fields of results.json that other programs rely on. A line may
// be added; none may be changed or taken away without a new schema.
var contract = strings.Fields(`
	schema tool.version tool.commit tool.dirty tool.argv tool.go
	cluster.type cluster.name cluster.kubernetes cluster.nodes cluster.proxyMode cluster.cni cluster.image cluster.modelled
	started finished asExpected
	trials.scenario trials.fixture trials.disruption trials.trial trials.seed trials.started trials.finished trials.verdict trials.reasons
	trials.limits.connectTimeout_ms trials.limits.responseTimeout_ms trials.limits.disruption_s trials.limits.budget.fresh
	trials.windows.name trials.windows.start trials.windows.end
	trials.streams.name trials.streams.vantage trials.streams.connection trials.streams.connections trials.streams.method trials.streams.retry trials.streams.rate
	trials.streams.scheduled trials.streams.sent trials.streams.missed trials.streams.ok trials.streams.dropped trials.streams.masked trials.streams.unresolved
	trials.streams.slowConnects trials.streams.sendLag_ms.p50 trials.streams.sendLag_ms.p99 trials.streams.sendLag_ms.max
	trials.streams.expected trials.streams.asExpected trials.streams.causes.reset
	trials.streams.windows.baseline.sent trials.streams.windows.baseline.dropped trials.streams.windows.baseline.masked
	trials.streams.windows.baseline.latency_ms.p50 trials.streams.windows.baseline.latency_ms.p90 trials.streams.windows.baseline.latency_ms.p99
	trials.streams.windows.baseline.latency_ms.p999 trials.streams.windows.baseline.latency_ms.max
	trials.streams.outages.start trials.streams.outages.end trials.streams.outages.dropped
	trials.pods.name trials.pods.node trials.pods.role trials.pods.created trials.pods.ready trials.pods.deleted trials.pods.sigterm
	trials.pods.endpointNotReady trials.pods.endpointGone trials.pods.exited trials.pods.lastNewConnection trials.pods.exitCode trials.pods.signal
	trials.pods.restarts trials.pods.graceLimit_s trials.pods.graceUsed_s trials.pods.killed trials.pods.lateHits
	trials.ledger.matched trials.ledger.clientOnly trials.ledger.serverOnly trials.ledger.logsComplete
	trials.events.t trials.events.precision_ms trials.events.source trials.events.type trials.events.pod trials.events.node trials.events.detail
	scenarios.scenario scenarios.trials scenarios.verdict scenarios.asExpected
	cluster.delays cluster.why skipped.scenario skipped.fixture skipped.disruption skipped.suite skipped.reason
	scenarios.streams.name scenarios.streams.sent scenarios.streams.dropped scenarios.streams.masked scenarios.streams.rate scenarios.streams.ci95`)

// told is a story in which everything that can be known is.
func told() *story {
	s := newStory()
	s.meta.Tool = history.Tool{Version: "v0.1.0", Commit: "abc", Argv: []string{"zarif", "run"}, Go: "go1.26"}
	s.meta.Cluster = history.ClusterInfo{Type: "kind", Name: "zarif", Kubernetes: "v1.34.4", Nodes: []string{"n1"}, ProxyMode: "iptables", CNI: "ptp", Image: "node", Delays: "measured", Why: "asked for"}
	s.meta.Streams[0].Expected, s.meta.Streams[0].Connections = ExpectSome, 30
	s.drop(0, disruptionAt+600_000, 2, history.Reset)
	s.find(history.EventContainerExited, "a").Attrs["signal"] = "15"
	s.find(history.EventPodReady, "a").Node = "n1"
	return s
}

func TestContract(t *testing.T) {
	s := told()
	var trials []Trial
	for n := range 5 {
		s.meta.Trial = n + 1
		trials = append(trials, s.analyse(t))
	}
	var out bytes.Buffer
	r := Collect(trials)
	r.Skipped = Collect([]Trial{skipped(t, "py-ignore.rollout")}).Skipped
	if err := WriteJSON(&out, r); err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(out.Bytes(), &tree); err != nil {
		t.Fatal(err)
	}
	paths := map[string]bool{}
	collectPaths(tree, "", paths)
	for _, path := range contract {
		if !paths[path] {
			t.Errorf("results.json lacks %s", path)
		}
	}
	var back Results
	if err := json.Unmarshal(out.Bytes(), &back); err != nil || back.ExitCode() != 0 || len(back.Trials) != 5 {
		t.Errorf("read back: %v, exit code %d", err, back.ExitCode())
	}
}

func collectPaths(node any, path string, paths map[string]bool) {
	paths[path] = true
	switch node := node.(type) {
	case map[string]any:
		for key, value := range node {
			collectPaths(value, strings.TrimPrefix(path+"."+key, "."), paths)
		}
	case []any:
		for _, value := range node {
			collectPaths(value, path, paths)
		}
	}
}

// The whole of results.json for one small trial, so that a change of it is seen.
func TestGolden(t *testing.T) {
	var out bytes.Buffer
	if err := WriteJSON(&out, Collect([]Trial{told().analyse(t)})); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "results.json")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), want) {
		t.Errorf("%s differs (write it anew with -update):\n%s", golden, out.Bytes())
	}
}
