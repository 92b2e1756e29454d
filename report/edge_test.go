package report

import (
	"reflect"
	"testing"

	"zarif/report/history"
)

// through sends the story's stream through an edge that logs every hit as answered.
func through(s *story) []history.Proxied {
	s.meta.Edge = "nginx-service"
	s.meta.Streams[0].Vantage = history.VantageEdge
	var log []history.Proxied
	for i := range s.hits {
		h := &s.hits[i]
		log = append(log, history.Proxied{
			Hit: history.HitID(0, h.Seq), Edge: "zarif-edge-a", Done: h.Done + agentBehind, Status: 200,
			Upstream: []string{"10.0.0.1:80"}, UpstreamStatus: 200, Tries: 1,
		})
	}
	return log
}

func analyseThrough(t *testing.T, s *story, log []history.Proxied) Trial {
	t.Helper()
	records := s.records()
	for i := range log {
		records = append(records, history.Record{Proxied: &log[i]})
	}
	for i := range records {
		if end := records[i].End; end != nil && end.Source == history.SourceHarness {
			end.Records += uint64(len(log))
		}
	}
	trial, err := Analyse(each(records))
	if err != nil {
		t.Fatal(err)
	}
	checkSums(t, trial)
	return trial
}

// Whose an error is: of three 502s and one 500 the edge's log tells it.
func TestTheEdgesOwnErrors(t *testing.T) {
	at := disruptionAt + 600_000
	n := numberAt(at)
	s := newStory()
	log := through(s)
	s.drop(0, at, 3, history.Status502)
	s.drop(0, at+300_000, 1, history.Status5xx)
	s.drop(0, at+400_000, 1, history.Closed)
	s.drop(0, at+500_000, 1, history.Truncated)
	own := func(n uint64, reason string) {
		log[n].Status, log[n].UpstreamStatus, log[n].Reason = 502, 0, reason
	}
	own(n, history.EdgeRefused)
	own(n+1, history.EdgeRefused)
	log[n+2].Status, log[n+2].UpstreamStatus = 502, 502
	log[n+3].Status, log[n+3].UpstreamStatus = 500, 500
	log[n+5].Reason = history.EdgeTruncated
	log = append(log[:n+4], log[n+5:]...) // HAProxy logs nothing of what it gives up
	trial := analyseThrough(t, s, log)
	want := &Edge{Logged: 329, Answered: 328, Origins: map[string]map[string]int{
		"status-502": {history.EdgeRefused: 2, OriginApplication: 1},
		"status-5xx": {OriginApplication: 1},
		"closed":     {OriginUnlogged: 1},
		"truncated":  {history.EdgeTruncated: 1},
	}}
	if got := trial.Streams[0].Edge; !reflect.DeepEqual(got, want) {
		t.Errorf("the edge tells %+v\nwant %+v", got, want)
	}
	if trial.Edge != "nginx-service" {
		t.Errorf("the trial's edge is %q", trial.Edge)
	}
}

// An edge may send a hit to several pods, which is no contradiction, and the client
// does not learn of it.
func TestWhatTheEdgeSentAgain(t *testing.T) {
	at := disruptionAt + 600_000
	n := numberAt(at)
	s := newStory()
	log := through(s)
	again := s.served[n]
	again.Pod, again.Done, again.Status = "c", 0, 0
	s.served = append(s.served, again)
	log[n].Tries, log[n].Lost, log[n].Upstream = 2, []string{history.EdgeReset}, []string{"10.0.0.3:80", "10.0.0.1:80"}
	trial := analyseThrough(t, s, log)
	if e := trial.Streams[0].Edge; e.Retried != 1 || e.Saved != 1 || len(e.Origins) != 0 {
		t.Errorf("the edge tells %+v", e)
	}
	if l := trial.Ledger; l.Repeated != 1 || l.ContradictionsTotal != 0 {
		t.Errorf("repeated %d, contradictions %v", l.Repeated, l.Contradictions)
	}
	if trial.Verdict != Pass {
		t.Errorf("%s: %v", trial.Verdict, trial.Reasons)
	}
}

// That a hit was answered and the edge has no line of it shows that lines were lost;
// of one that nobody answered it shows nothing.
func TestAnEdgesLogThatIsNotWhole(t *testing.T) {
	s := newStory()
	log := through(s)
	n := numberAt(disruptionAt + 600_000)
	s.drop(0, disruptionAt+600_000, 1, history.Status503)
	s.drop(0, disruptionAt+900_000, 1, history.Closed)
	gone := numberAt(disruptionAt + 900_000)
	log = append(append(append([]history.Proxied{}, log[1:n]...), log[n+1:gone]...), log[gone+1:]...)
	e := analyseThrough(t, s, log).Streams[0].Edge
	if e.Lost != 2 || e.Answered != 329 || e.Logged != 327 {
		t.Errorf("the edge tells %+v; want 2 lost of 329 answered, 327 logged", e)
	}
}

// A client's connection ends at the edge: when it was opened says nothing of a pod.
func TestConnectionsToAnEdgeAreNoPods(t *testing.T) {
	s := newStory()
	trial := analyseThrough(t, s, through(s))
	for _, p := range trial.Pods {
		if !p.LastNewConnection.IsZero() {
			t.Errorf("pod %s has a last new connection at %s", p.Name, p.LastNewConnection)
		}
	}
	if trial.Verdict != Pass {
		t.Errorf("%s: %v", trial.Verdict, trial.Reasons)
	}
}

// Where the disruption takes the edge, its pods are those that connections lead to.
func TestConnectionsToADisruptedEdgeAreItsPods(t *testing.T) {
	s := newStory()
	log := through(s)
	s.meta.Disrupts = history.DisruptsEdge
	trial := analyseThrough(t, s, log)
	plain := newStory().analyse(t)
	if trial.Disrupts != history.DisruptsEdge {
		t.Errorf("the trial disrupts %q", trial.Disrupts)
	}
	some := false
	for i, p := range trial.Pods {
		some = some || !p.LastNewConnection.IsZero()
		if !p.LastNewConnection.Equal(plain.Pods[i].LastNewConnection) {
			t.Errorf("pod %s has a last new connection at %s, want %s", p.Name, p.LastNewConnection, plain.Pods[i].LastNewConnection)
		}
	}
	if !some {
		t.Error("no pod has one")
	}
}

func TestAStreamWithoutAnEdge(t *testing.T) {
	if e := newStory().analyse(t).Streams[0].Edge; e != nil {
		t.Errorf("the edge tells %+v", e)
	}
}
