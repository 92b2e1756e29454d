package explain

import (
	"slices"
	"strings"
	"testing"
	"time"

	"zarif/report"
	"zarif/report/history"
)

// TestMechanisms: each mechanism on the smallest history that shows it, and what is
// like it and is not it.
func TestMechanisms(t *testing.T) {
	whole := func(w *tale) { w.background(0, 20) }
	tests := []struct {
		name    string
		tell    func(*tale)
		want    string // mechanism
		pods    string
		way     string
		missing bool
	}{
		{"refused after the exit", func(w *tale) {
			w.deleted("a", 6)
			w.lose(try{from: 6.2, to: 6.2004, cause: history.Refused})
			whole(w)
		}, LateEndpoint, "a", byElimination, false},
		{"refused after the exit of one that does not say when it listens", func(w *tale) {
			w.deleted("a", 6)
			w.events = slices.DeleteFunc(w.events, func(e history.Event) bool { return e.Type == history.EventAppReady })
			w.lose(try{from: 6.2, to: 6.2004, cause: history.Refused})
			whole(w)
		}, LateEndpoint, "a", byElimination, false},
		{"refused while it stops", func(w *tale) {
			w.deleted("a", 6)
			w.lose(try{from: 6.025, to: 6.0254, cause: history.Refused})
			whole(w)
		}, LateEndpoint, "a", byElimination, false},
		{"refused just before the exit line, within what the clocks may be apart", func(w *tale) {
			w.uncertain = 100 * time.Millisecond
			w.deleted("a", 6)
			w.lose(try{from: 5.95, to: 5.9504, cause: history.Refused})
			whole(w)
		}, LateEndpoint, "a", byElimination, false},
		{"refused well before anything was taken away", func(w *tale) {
			w.deleted("a", 6)
			w.lose(try{from: 5.5, to: 5.5004, cause: history.Refused})
			whole(w)
		}, Unexplained, "", byNothing, false},
		{"refused when the proxy had certainly forgotten", func(w *tale) {
			w.deleted("a", 6)
			w.up("d", 7)
			w.answers["d"] = span{from: micros(8)}
			w.lose(try{from: 9, to: 9.0004, cause: history.Refused})
			whole(w)
		}, Unexplained, "", byNothing, false},
		{"refused, and so was everything then: the way, not the pod", func(w *tale) {
			w.deleted("a", 6)
			w.quiet = []span{{micros(6.1), micros(8)}}
			w.lose(try{from: 6.5, to: 6.5004, cause: history.Refused})
			whole(w)
		}, Unexplained, "", byNothing, false},
		{"two pods that had stopped: either", func(w *tale) {
			w.deleted("a", 6)
			w.deleted("b", 6)
			w.lose(try{from: 6.2, to: 6.2004, cause: history.Refused})
			whole(w)
		}, LateEndpoint, "a b", byElimination, false},
		{"silence after the exit", func(w *tale) {
			w.deleted("a", 6)
			w.lose(try{from: 6.3, to: 11.3, cause: history.ConnectTimeout})
			whole(w)
		}, GoneAddress, "a", byElimination, false},
		{"silence at rest: a firewall for two seconds", func(w *tale) {
			w.quiet = []span{{micros(2), micros(4)}}
			w.lose(try{from: 2.5, to: 7.5, cause: history.ConnectTimeout})
			whole(w)
		}, Unexplained, "", byNothing, false},
		{"silence at rest, one packet", func(w *tale) {
			w.lose(try{from: 2.5, to: 7.5, cause: history.ConnectTimeout})
			whole(w)
		}, Unexplained, "", byNothing, false},
		{"a kept connection to a pod that is gone", func(w *tale) {
			w.deleted("a", 6)
			w.lose(try{stream: 1, from: 7.5, to: 17.5, opened: true, reusedSince: 1, pod: "a", cause: history.ResponseTimeout})
			whole(w)
		}, GoneAddress, "a", byConnection, false},
		{"begun, and cut by the exit", func(w *tale) {
			w.deleted("a", 6)
			w.lose(try{from: 5.99, to: 6.032, opened: true, cause: history.Closed, served: 5.992, by: "a"})
			whole(w)
		}, InFlightCut, "a", byLog, false},
		{"begun, and given up by a process that lives on", func(w *tale) {
			w.lose(try{from: 3, to: 3.05, opened: true, cause: history.Closed, served: 3.001, by: "a"})
			whole(w)
		}, Unexplained, "a", byLog, false},
		{"begun, and killed at the end of the grace period", func(w *tale) {
			w.meta.Grace = 2 * time.Second
			w.event(history.SourceAPI, history.EventPodDeleted, "a", 6, "grace", "2")
			w.event(history.SourceAPI, history.EventEndpointNotReady, "a", 6.05)
			w.event(history.SourceAPI, history.EventContainerExited, "a", 8, "exitCode", "137", "restarts", "0").Precision = second
			w.answers["a"] = span{to: micros(6)}
			w.lose(try{from: 6.5, to: 8.1, opened: true, cause: history.Closed, served: 6.501, by: "a"})
			whole(w)
		}, InFlightKilled, "a", byLog, false},
		{"reset as the process ended, never read", func(w *tale) {
			w.deleted("a", 6)
			w.lose(try{from: 6.02, to: 6.031, opened: true, cause: history.Reset})
			whole(w)
		}, NeverServed, "a", byElimination, false},
		{"reset, and nothing had stopped", func(w *tale) {
			w.lose(try{from: 3, to: 3.01, opened: true, cause: history.Reset})
			whole(w)
		}, Unexplained, "", byNothing, false},
		{"closed as the process ended, and its whole log has no line", func(w *tale) {
			w.deleted("a", 6)
			w.lose(try{from: 6.02, to: 6.031, opened: true, cause: history.Closed})
			whole(w)
		}, NeverServed, "a", byElimination, false},
		{"closed as the process ended, and its log has a gap", func(w *tale) {
			w.deleted("a", 6)
			w.event(history.SourcePods, history.EventLogGap, "a", 6, "after", "10", "before", "12")
			w.lose(try{from: 6.02, to: 6.031, opened: true, cause: history.Closed})
			whole(w)
		}, InFlightCut, "a", byElimination, true},
		{"closed as the process ended, which logs no requests", func(w *tale) {
			w.meta.LogsHits = false
			w.deleted("a", 6)
			w.lose(try{from: 6.02, to: 6.031, opened: true, cause: history.Closed})
			whole(w)
		}, InFlightCut, "a", byElimination, true},
		{"a kept connection, reset under a request", func(w *tale) {
			w.deleted("a", 6)
			w.lose(try{stream: 1, from: 6.03, to: 6.031, opened: true, reusedSince: 1, pod: "a", cause: history.Reset})
			whole(w)
		}, IdleRace, "a", byConnection, false},
		{"the same, masked", func(w *tale) {
			w.deleted("a", 6)
			w.lose(try{stream: 1, from: 6.03, to: 6.031, opened: true, reusedSince: 1, pod: "a", cause: history.Reset, masked: true})
			whole(w)
		}, IdleRace, "a", byConnection, false},
		{"a kept connection, closed by a pod that goes on serving", func(w *tale) {
			w.lose(try{stream: 1, from: 3, to: 3.001, opened: true, reusedSince: 1, pod: "a", cause: history.Closed})
			whole(w)
		}, IdleRace, "a", byConnection, false},
		{"an answer that breaks off", func(w *tale) {
			w.deleted("a", 6)
			w.lose(try{from: 5.99, to: 6.032, opened: true, cause: history.Truncated, first: true, pod: "a", served: 5.992, by: "a"})
			whole(w)
		}, Truncated, "a", byAnswer, false},
		{"a new pod that does not listen yet", func(w *tale) {
			w.starting("d")
			w.lose(try{from: 8, to: 8.0004, cause: history.Refused})
			whole(w)
		}, NotReady, "d", byElimination, false},
		{"a new pod that does not listen yet, beside one that drains and does", func(w *tale) {
			w.event(history.SourceAPI, history.EventPodDeleted, "a", 7.7, "grace", "30")
			w.event(history.SourceAPI, history.EventEndpointNotReady, "a", 7.75)
			w.event(history.SourcePods, history.EventAppSignal, "a", 7.72, "signal", "SIGTERM")
			w.event(history.SourcePods, history.EventAppDraining, "a", 7.72)
			w.event(history.SourcePods, history.EventAppClosed, "a", 12.7)
			w.event(history.SourcePods, history.EventAppExit, "a", 12.71, "code", "0")
			delete(w.answers, "a")
			w.starting("d")
			w.lose(try{from: 8, to: 8.0004, cause: history.Refused})
			whole(w)
		}, NotReady, "d", byElimination, false},
		{"a new pod that does not listen yet, as one stops that the proxy forgot while it drained", func(w *tale) {
			w.event(history.SourceAPI, history.EventPodDeleted, "a", 5.5, "grace", "30")
			w.event(history.SourceAPI, history.EventEndpointNotReady, "a", 5.55)
			w.event(history.SourcePods, history.EventAppSignal, "a", 5.52, "signal", "SIGTERM")
			w.event(history.SourcePods, history.EventAppDraining, "a", 5.52)
			w.event(history.SourcePods, history.EventAppClosed, "a", 8.1)
			w.event(history.SourcePods, history.EventAppExit, "a", 8.11, "code", "0")
			w.answers["a"] = span{to: micros(5.6)}
			w.starting("d")
			w.lose(try{from: 8, to: 8.0004, cause: history.Refused})
			whole(w)
		}, NotReady, "d", byElimination, false},
		{"the same, and what drains answered a connection that came later", func(w *tale) {
			w.event(history.SourceAPI, history.EventPodDeleted, "a", 7.7, "grace", "30")
			w.event(history.SourceAPI, history.EventEndpointNotReady, "a", 7.75)
			w.event(history.SourcePods, history.EventAppSignal, "a", 7.72, "signal", "SIGTERM")
			w.event(history.SourcePods, history.EventAppExit, "a", 12.71, "code", "0")
			w.answers["a"] = span{to: micros(8.2)}
			w.starting("d")
			w.lose(try{from: 8, to: 8.0004, cause: history.Refused})
			whole(w)
		}, NotReady, "d", byElimination, false},
		{"new pods that do not listen yet are all that is in service, and nobody answers", func(w *tale) {
			for _, pod := range []string{"a", "b", "c"} {
				w.event(history.SourceAPI, history.EventPodDeleted, pod, 7.7, "grace", "30")
				w.event(history.SourceAPI, history.EventEndpointNotReady, pod, 7.75)
				w.event(history.SourcePods, history.EventAppSignal, pod, 7.72, "signal", "SIGTERM")
				w.event(history.SourcePods, history.EventAppDraining, pod, 7.72)
				w.event(history.SourcePods, history.EventAppClosed, pod, 12.7)
				w.event(history.SourcePods, history.EventAppExit, pod, 12.71, "code", "0")
				w.answers[pod] = span{to: micros(8)}
			}
			w.starting("d")
			w.lose(try{from: 8.5, to: 8.5004, cause: history.Refused})
			whole(w)
		}, NotReady, "d", byElimination, false},
		{"nobody answers, although one of those in service listens", func(w *tale) {
			w.quiet = []span{{micros(8), micros(9)}}
			w.starting("d")
			w.lose(try{from: 8.5, to: 8.5004, cause: history.Refused})
			whole(w)
		}, Unexplained, "", byNothing, false},
		{"the same, and whether it still listened is not known", func(w *tale) {
			w.event(history.SourceAPI, history.EventPodDeleted, "a", 7.7, "grace", "30")
			w.event(history.SourceAPI, history.EventEndpointNotReady, "a", 7.75)
			w.event(history.SourcePods, history.EventAppSignal, "a", 7.72, "signal", "SIGTERM")
			w.event(history.SourcePods, history.EventAppExit, "a", 12.71, "code", "0")
			w.answers["a"] = span{to: micros(7.7)}
			w.starting("d")
			w.lose(try{from: 8, to: 8.0004, cause: history.Refused})
			whole(w)
		}, Unexplained, "", byNothing, false},
		{"nobody left, and the proxy does not know yet of the one that came", func(w *tale) {
			for _, pod := range []string{"a", "b", "c"} {
				w.deleted(pod, 6)
			}
			w.up("d", 8)
			w.answers["d"] = span{from: micros(10)}
			w.lose(try{from: 9.5, to: 9.5004, cause: history.Refused})
			whole(w)
		}, NoEndpoint, "a b c d", byElimination, false},
		{"the same, and what was dialled before got through with its second packet", func(w *tale) {
			for _, pod := range []string{"a", "b", "c"} {
				w.deleted(pod, 6)
			}
			w.up("d", 8)
			w.late(9.2, "d")
			w.answers["d"] = span{from: micros(10)}
			w.lose(try{from: 9.5, to: 9.5004, cause: history.Refused})
			whole(w)
		}, NoEndpoint, "a b c d", byElimination, false},
		{"nobody left, then one that came was found, and later one is refused", func(w *tale) {
			for _, pod := range []string{"a", "b", "c"} {
				w.deleted(pod, 6)
			}
			w.up("d", 8)
			w.answers["d"] = span{from: micros(10)}
			w.lose(try{from: 13, to: 13.0004, cause: history.Refused})
			whole(w)
		}, Unexplained, "", byNothing, false},
		{"nobody left, and silence, as the proxy still knows one that went", func(w *tale) {
			for _, pod := range []string{"a", "b", "c"} {
				w.deleted(pod, 6)
			}
			w.up("d", 8)
			w.answers["d"] = span{from: micros(10)}
			w.lose(try{from: 9.5, to: 14.5, cause: history.ConnectTimeout})
			whole(w)
		}, NoEndpoint, "a b c d", byElimination, false},
		{"nobody left, and silence for longer than proxies take to hear of one that came", func(w *tale) {
			for _, pod := range []string{"a", "b", "c"} {
				w.deleted(pod, 6)
			}
			w.up("d", 8)
			w.answers["d"] = span{from: micros(17)}
			w.lose(try{from: 14.5, to: 19.5, cause: history.ConnectTimeout})
			whole(w)
		}, Unexplained, "", byNothing, false},
		{"nobody left", func(w *tale) {
			for _, pod := range []string{"a", "b", "c"} {
				w.deleted(pod, 6)
			}
			w.lose(try{from: 6.5, to: 6.5004, cause: history.Refused})
			whole(w)
		}, NoEndpoint, "a b c", byElimination, false},
		{"begun too late, by a server that was at work on others", func(w *tale) {
			w.lose(try{stream: 1, from: 2.9, to: 12.9, opened: true, cause: history.ResponseTimeout, served: 2.901, done: 12.95, by: "a"})
			w.lose(try{stream: 0, from: 3, to: 13, opened: true, cause: history.ResponseTimeout, served: 11, done: 14, by: "a"})
			whole(w)
		}, Overload, "a", byLog, false},
		{"begun somewhat late, and worked on for as long as many others took", func(w *tale) {
			w.lose(try{from: 3, to: 13, opened: true, cause: history.ResponseTimeout, served: 6, done: 13, by: "a"})
			whole(w)
		}, Overload, "a", byLog, false},
		{"begun somewhat late, and nobody knows how long the server takes", func(w *tale) {
			w.lose(try{from: 3, to: 13, opened: true, cause: history.ResponseTimeout, served: 6, done: 13, by: "a"})
			w.background(2.9, 3)
		}, Unexplained, "a", byLog, false},
		{"begun when more than half of the client's time was over, and not by the server", func(w *tale) {
			w.lose(try{from: 3, to: 13, opened: true, cause: history.ResponseTimeout, served: 8.5, done: 13, by: "a"})
			whole(w)
		}, Unexplained, "a", byLog, false},
		{"begun too late, by a server that had nothing to do", func(w *tale) {
			w.lose(try{from: 3, to: 13, opened: true, cause: history.ResponseTimeout, served: 11, done: 14, by: "a"})
			whole(w)
		}, Unexplained, "a", byLog, false},
		{"an answer that fell silent, and nothing had stopped", func(w *tale) {
			w.lose(try{from: 3, to: 13.01, opened: true, cause: history.Truncated, first: true, pod: "a", served: 3.001, done: 3.05, by: "a"})
			whole(w)
		}, Unexplained, "a", byAnswer, false},
		{"at work until the client gave up", func(w *tale) {
			w.lose(try{from: 3, to: 13, opened: true, cause: history.ResponseTimeout, served: 3.01, done: 14, by: "a"})
			whole(w)
		}, Overload, "a", byLog, false},
		{"answered so late that the answer did not come through whole", func(w *tale) {
			w.lose(try{from: 3, to: 13.01, opened: true, cause: history.Truncated, first: true, pod: "a", served: 3.01, done: 12.9, by: "a"})
			whole(w)
		}, Overload, "a", byLog, false},
		{"answered in time, and the answer never came", func(w *tale) {
			w.lose(try{from: 3, to: 13, opened: true, cause: history.ResponseTimeout, served: 3.001, done: 3.05, by: "a"})
			whole(w)
		}, Unexplained, "a", byLog, false},
		{"the application's own error", func(w *tale) {
			w.lose(try{from: 3, to: 3.01, opened: true, cause: history.Status5xx, status: 500, pod: "a", first: true})
			whole(w)
		}, Application, "a", byAnswer, false},
		{"a fault that was asked for", func(w *tale) {
			w.meta.Streams[0].Faults, w.meta.Streams[0].FaultEvery = []string{"reset"}, 1
			w.lose(try{from: 3, to: 3.01, opened: true, cause: history.Reset})
		}, Application, "", byNothing, false},
		{"the gateway's own", func(w *tale) {
			w.meta.Streams[0].Vantage = history.VantageEdge
			w.deleted("a", 6)
			w.lose(try{from: 6.2, to: 6.201, opened: true, cause: history.Status502, status: 502, first: true, proxied: &history.Proxied{Edge: "e", Done: micros(6.2), Status: 502, Tries: 1, Reason: history.EdgeRefused, Upstream: []string{"10.244.1.2:8080"}}})
			whole(w)
		}, Gateway, "", byLog, false},
		{"the gateway's own, of which it logged nothing", func(w *tale) {
			w.meta.Streams[0].Vantage = history.VantageEdge
			w.lose(try{from: 6.2, to: 6.201, opened: true, cause: history.Status503, status: 503})
			whole(w)
		}, Gateway, "", byAnswer, true},
		{"silence by an old entry of connection tracking", func(w *tale) {
			w.deleted("a", 6)
			w.background(0, 6.3)
			w.lose(try{from: 6.3, to: 11.3, cause: history.ConnectTimeout})
			w.background(6.3, 15)
			w.next = 40000 + 2*630 - 100 // ports come round again
			w.background(15, 15.5)
			w.lose(try{stream: 1, from: 15.5, to: 20.5, cause: history.ConnectTimeout})
			w.background(15.5, 20)
		}, StaleEntry, "a", byElimination, false},
		{"silence by an old entry of an outage", func(w *tale) { outage(w, -50, history.ConnectTimeout, 5) }, StaleEntry, "a b c", byElimination, false},
		{"silence after an outage, and the port came after it", func(w *tale) { outage(w, 250, history.ConnectTimeout, 5) }, Unexplained, "", byNothing, false},
		{"silence after an outage in which all were refused", func(w *tale) { outage(w, -50, history.Refused, 0.0004) }, Unexplained, "", byNothing, false},
		{"refused by an old entry, when the proxy had certainly forgotten", func(w *tale) { again(w, 50000-4) }, StaleEntry, "a", byElimination, false},
		{"refused when the proxy had certainly forgotten, and the port is another one", func(w *tale) { again(w, 51000) }, Unexplained, "", byNothing, false},
		{"silence, and the port is another one", func(w *tale) {
			w.deleted("a", 6)
			w.background(0, 6.3)
			w.lose(try{from: 6.3, to: 11.3, cause: history.ConnectTimeout})
			w.background(6.3, 15.5)
			w.lose(try{stream: 1, from: 15.5, to: 20.5, cause: history.ConnectTimeout})
			w.background(15.5, 20)
		}, Unexplained, "", byNothing, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newTale()
			test.tell(w)
			trial := examined(t, w.all())
			// The last one: others set the stage.
			if len(trial.Findings) == 0 {
				t.Fatal("no finding")
			}
			f := trial.Findings[len(trial.Findings)-1]
			if f.Mechanism != test.want || strings.Join(f.Pods, " ") != test.pods || f.Joins[test.way] != f.Hits || (len(f.Missing) > 0) != test.missing {
				t.Errorf("%s by %v, joins %v, missing %q; want %s by %s, join %s, missing %v\n%s", f.Mechanism, f.Pods, f.Joins, f.Missing, test.want, test.pods, test.way, test.missing, strings.Join(f.Evidence, "\n"))
			}
		})
	}
}

// again lets a connection to a pod that ends be reset, and another be refused when
// the proxy has forgotten that pod, whose ports begin shortly before with next.
func again(w *tale, next uint16) {
	w.deleted("a", 6)
	w.lose(try{from: 6.02, to: 6.031, opened: true, cause: history.Reset}) // from port 50000
	w.background(0, 6.78)
	w.next = next
	w.background(6.78, 6.8)
	w.lose(try{stream: 1, from: 6.8, to: 6.8004, cause: history.Refused})
	w.next += 2
	w.background(6.8, 20)
}

// outage lets all pods go, so that connections of 1.9 s end without one, and another
// meet silence long after, whose port is off the last one's of those by so many.
func outage(w *tale, off int, cause history.Cause, after float64) {
	for _, pod := range []string{"a", "b", "c"} {
		w.deleted(pod, 6)
	}
	w.up("d", 7)
	w.answers["d"] = span{from: micros(8)}
	w.background(0, 6)
	for i := range 190 {
		at := 6.1 + float64(i)/100
		w.lose(try{from: at, to: at + after, cause: cause})
		w.next += 2
	}
	last := w.next
	w.background(8, 15)
	w.next = uint16(int(last) + off - 50)
	w.background(15, 15.5)
	w.lose(try{stream: 1, from: 15.5, to: 20.5, cause: history.ConnectTimeout})
	w.background(15.5, 20)
}

// TestReachedAServer: where nobody answers, requests that a server had begun show that
// the way to it was open.
func TestReachedAServer(t *testing.T) {
	for _, test := range []struct {
		name, by, want string
	}{
		{"a server has lines of those before and after", "b", LateEndpoint},
		{"no server has", "", Unexplained},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newTale()
			w.quiet = []span{{micros(5.8), micros(6.6)}}
			w.deleted("a", 6)
			for _, at := range []float64{6.19, 6.21} {
				w.lose(try{from: at, to: 6.3, opened: true, cause: history.Reset, served: at + 0.002, by: test.by})
			}
			w.lose(try{from: 6.2, to: 6.2004, cause: history.Refused})
			w.background(0, 20)
			trial := examined(t, w.all())
			i := slices.IndexFunc(trial.Findings, func(f report.Finding) bool { return slices.Contains(f.HitIDs, "0-2") })
			if i < 0 || trial.Findings[i].Mechanism != test.want {
				t.Errorf("%+v, want %s", trial.Findings, test.want)
			}
		})
	}
}

// TestEveryMechanismHasItsWords: a name, a sentence, and advice with the right family.
func TestEveryMechanismHasItsWords(t *testing.T) {
	var names []string
	table := mechanisms()
	for i, m := range table {
		if m.name == "" || m.doc == "" || m.explains == nil || slices.Contains(names, m.name) || (m.advice == "") != (m.name == Unexplained) {
			t.Errorf("mechanism %q: %+v", m.name, m)
		}
		if last := i == len(table)-1; last != (m.name == Unexplained) {
			t.Errorf("%s is in place %d", m.name, i)
		}
		names = append(names, m.name)
	}
	if !slices.Equal(names, history.Mechanisms()) {
		t.Errorf("the table has %q, suites know %q", names, history.Mechanisms())
	}
	for _, family := range families {
		for _, name := range family.mechanisms {
			i := slices.Index(names, name)
			if i < 0 {
				t.Errorf("advice for %s, which is no mechanism", name)
				continue
			}
			names = slices.Delete(names, i, i+1)
		}
	}
	if len(names) != 1 || names[0] != Unexplained {
		t.Errorf("no advice for %v", names)
	}
}

// TestAServiceHasNoPodsAddress: all connections go to one address, and for as long
// as one pod alone answers there it still is not that pod's.
func TestAServiceHasNoPodsAddress(t *testing.T) {
	w := newTale()
	delete(w.answers, "b")
	delete(w.answers, "c")
	w.deleted("b", 6)
	w.lose(try{from: 6.2, to: 6.2004, cause: history.Refused})
	w.background(0, 20)
	trial := examined(t, w.all())
	if f := trial.Findings[0]; f.Mechanism != LateEndpoint || !slices.Equal(f.Pods, []string{"b"}) {
		t.Errorf("%s by %v, want %s by b", f.Mechanism, f.Pods, LateEndpoint)
	}
}

// TestFirewall: for two seconds at rest nothing gets through. New connections stay
// without an answer, requests on kept ones arrive late, when the client sends them
// again, and one answer is held up halfway. None of that is any pod's doing.
func TestFirewall(t *testing.T) {
	w := newTale()
	w.meta.Disruption = "none"
	w.quiet = []span{{micros(9), micros(11)}}
	for i := range 140 {
		at := 9 + float64(i)/100
		pod := []string{"a", "b", "c"}[i%3]
		again := at + 0.2*7 // the client's kernel sends after 0.2, 0.6, 1.4 and 3 s
		if again < 11 {
			again = at + 0.2*15
		}
		w.lose(try{from: at, to: at + 0.9, cause: history.ConnectTimeout})
		w.lose(try{stream: 1, from: at, to: at + 1, opened: true, reusedSince: 1, pod: pod, cause: history.ResponseTimeout})
		w.lose(try{stream: 1, from: at, to: at + 1, opened: true, reusedSince: 1, pod: pod, cause: history.ResponseTimeout, served: again, done: again + 0.05, by: pod})
	}
	w.background(0, 20)
	trial := examined(t, w.all())
	for _, f := range trial.Findings {
		if f.Mechanism != Unexplained {
			t.Errorf("%s: %s", f.Mechanism, f.Summary)
		}
	}
	if len(trial.Findings) != 2 {
		t.Errorf("%d findings, want one for each stream's cause", len(trial.Findings))
	}
}
