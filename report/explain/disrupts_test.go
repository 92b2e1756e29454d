package explain

import (
	"strings"
	"testing"

	"zarif/report/history"
)

// Where the disruption takes the edge, its pods lose hits as any pods do, and nobody
// blames what is behind them; elsewhere nothing is known of how they go.
func TestADisruptedEdgeLosesHitsAsPodsDo(t *testing.T) {
	for _, c := range []struct{ disrupts, want, pods string }{
		{history.DisruptsEdge, LateEndpoint, "a"},
		{"", Unexplained, ""},
	} {
		w := newTale()
		w.meta.Edge, w.meta.Disrupts = "nginx-service", c.disrupts
		for i := range w.meta.Streams {
			w.meta.Streams[i].Vantage = history.VantageEdge
		}
		w.deleted("a", 6)
		w.lose(try{from: 6.2, to: 6.2004, cause: history.Refused})
		w.background(0, 20)
		trial := examined(t, w.all())
		if len(trial.Findings) != 1 {
			t.Fatalf("%d findings", len(trial.Findings))
		}
		if f := trial.Findings[0]; f.Mechanism != c.want || strings.Join(f.Pods, " ") != c.pods {
			t.Errorf("where it disrupts %q: %s by %v, want %s by %s", c.disrupts, f.Mechanism, f.Pods, c.want, c.pods)
		}
	}
}
