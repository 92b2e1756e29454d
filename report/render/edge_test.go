package render

import (
	"bytes"
	"strings"
	"testing"

	"zarif/report"
)

// throughEdges are two trials of one scenario behind a proxy.
func throughEdges() report.Results {
	trial := func(n int, edge *report.Edge, causes map[string]int) report.Trial {
		s := stream("fresh", "some", true, causes)
		s.Vantage, s.Edge = "edge", edge
		return report.Trial{
			Scenario: "go-exit.rollout.nginx-service", Fixture: "go-exit", Disruption: "rollout", Edge: "nginx-service", Trial: n, Started: epoch,
			Verdict: report.Fail, AsExpected: true, Pods: pods(3, 0, 0.1), Streams: []report.Stream{s},
		}
	}
	return report.Collect([]report.Trial{
		trial(1, &report.Edge{Logged: 4000, Retried: 5, Saved: 3, Origins: map[string]map[string]int{
			"status-502": {"refused": 9, "reset": 3}, "status-5xx": {report.OriginApplication: 2},
		}}, map[string]int{"status-502": 12, "status-5xx": 2}),
		trial(2, &report.Edge{Logged: 3999, Origins: map[string]map[string]int{
			"status-502": {"refused": 1, report.OriginApplication: 4}, "closed": {report.OriginUnlogged: 1},
		}}, map[string]int{"status-502": 5, "closed": 1}),
	})
}

// A log that lacks lines is told of even where nothing was dropped.
func TestAnEdgesLogThatIsNotWhole(t *testing.T) {
	r := throughEdges()
	for i := range r.Trials {
		r.Trials[i].Streams[0].Edge = &report.Edge{Logged: 2100, Answered: 2119, Lost: 19}
	}
	const want = "go-exit.rollout.nginx-service, fresh: the log is not whole: it lacks 38 of 4,238 answered hits, so that unlogged tells nothing"
	if lines := edges(r); len(lines) != 1 || lines[0] != want {
		t.Errorf("the edges tell %q\nwant %q", lines, want)
	}
}

func TestWhatTheEdgesTell(t *testing.T) {
	const want = "go-exit.rollout.nginx-service, fresh: closed 1 (unlogged 1); " +
		"status-502 17 (edge: refused 10, reset 3; application 4); status-5xx 2 (application 2); sent again by the edge 5, of which ok 3"
	if lines := edges(throughEdges()); len(lines) != 1 || lines[0] != want {
		t.Errorf("the edges tell %q\nwant %q", lines, want)
	}
	if lines := edges(demo()); len(lines) != 0 {
		t.Errorf("without an edge they tell %q", lines)
	}
	var table, markdown bytes.Buffer
	if err := Table(&table, throughEdges(), Options{Width: 200}); err != nil {
		t.Fatal(err)
	}
	if err := Markdown(&markdown, throughEdges()); err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{"table": table.String(), "Markdown": markdown.String()} {
		if !strings.Contains(text, "edge: refused 10, reset 3") || !strings.Contains(text, "Through an edge:") {
			t.Errorf("the %s leaves it out:\n%s", what, text)
		}
	}
}
