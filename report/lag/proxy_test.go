package lag

import (
	"slices"
	"testing"
	"time"

	"zarif/report/history"
)

// served on is a story of a pod that is deleted alone and serves on until 15,200:
// every 15 ms a new connection goes to it, the last one at 10,195.
func servedOn() *story {
	return newStory().
		api(10_100, history.EventPodDeleted, "a").api(10_150, history.EventEndpointNotReady, "a").
		dials(3_000, 10_195, 15, "a", "").dials(3_005, 20_000, 10, "b", "").
		app(15_200, history.EventAppClosed, "a").app(15_210, history.EventAppExit, "a")
}

func without(s *story, kind, pod string) *story {
	s.records = slices.DeleteFunc(s.records, func(r history.Record) bool {
		return r.Event != nil && r.Event.Type == kind && r.Event.Pod == pod
	})
	return s
}

func TestProgram(t *testing.T) {
	for _, c := range []struct {
		name  string
		story *story
		want  []time.Duration
	}{
		// 334 connections in the 5 s before 10,150: one per 14.97 ms after the last, at 10,185+10.
		{"one interval after the last connection", servedOn(), millis(10_195 - 10_150)},
		{"the pod did not go on serving", without(servedOn(), history.EventAppClosed, "a").app(10_900, history.EventAppClosed, "a"), nil},
		{"whether it did is unknown", without(servedOn(), history.EventAppClosed, "a"), nil},
		{"another pod went too", servedOn().api(11_000, history.EventPodDeleted, "b"), nil},
		{"the proxy had just had other news", servedOn().api(9_000, history.EventEndpointReady, "c"), nil},
		{"other news long ago", servedOn().api(6_000, history.EventEndpointReady, "c"), millis(45)},
		{"too few connections to know their rate", newStory().
			api(10_100, history.EventPodDeleted, "a").api(10_150, history.EventEndpointNotReady, "a").
			dials(3_000, 10_195, 150, "a", "").
			app(15_200, history.EventAppClosed, "a").app(15_210, history.EventAppExit, "a"), nil},
		{"connections of a stream that keeps them", onStream(servedOn(), 1), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := samplesOf(t, c.story)[Program]
			if len(got) != len(c.want) || len(got) == 1 && (got[0]-c.want[0]).Abs() > 15*time.Millisecond {
				t.Errorf("program: %v, want %v", got, c.want)
			}
		})
	}
}

// onStream moves all connections to another stream.
func onStream(s *story, id uint8) *story {
	for _, r := range s.records {
		if r.Conn != nil {
			r.Conn.Stream = id
		}
	}
	return s
}

// The estimate must be right on average, wherever between two connections the
// proxy changed its mind.
func TestProgramIsRightOnAverage(t *testing.T) {
	sum, n := time.Duration(0), 0
	for phase := 0.0; phase < 15; phase++ {
		s := newStory().
			api(10_100, history.EventPodDeleted, "a").api(10_150, history.EventEndpointNotReady, "a").
			app(15_200, history.EventAppClosed, "a").app(15_210, history.EventAppExit, "a")
		// Every third of the connections, chosen by a fixed and uneven pattern, goes to a until 10,250.
		pattern, i := []string{"a", "b", "b", "b", "a", "a", "c", "c", "b"}, 0
		for at := 3_000 + phase; at < 12_000; at += 5 {
			pod := pattern[i%len(pattern)]
			if at > 10_250 && pod == "a" {
				pod = "b"
			}
			s.dial(at, pod, "")
			i++
		}
		for _, d := range samplesOf(t, s)[Program] {
			sum, n = sum+d, n+1
		}
	}
	if mean := sum / time.Duration(n); n != 15 || (mean-100*time.Millisecond).Abs() > 8*time.Millisecond {
		t.Errorf("%d estimates, on average %s, want 100ms", n, mean)
	}
}

func TestTeardown(t *testing.T) {
	for _, c := range []struct {
		name    string
		story   *story
		hanging []time.Duration
		least   []time.Duration
	}{
		{"half-way between refused and hanging", newStory().app(12_000, history.EventAppExit, "a").
			dials(12_010, 12_250, 20, "", history.Refused).dials(12_270, 12_900, 20, "", history.ConnectTimeout), millis(260), nil},
		{"refused before the exit", newStory().app(12_000, history.EventAppExit, "a").
			dials(11_900, 11_990, 10, "", history.Refused), nil, nil},
		{"none hung: it refused at least so long", newStory().app(12_000, history.EventAppExit, "a").
			dials(12_010, 12_110, 20, "", history.Refused), nil, millis(110)},
		{"none was refused", newStory().app(12_000, history.EventAppExit, "a").
			dials(12_030, 12_110, 20, "", history.ConnectTimeout), millis(15), nil},
		{"nobody asked between", newStory().app(12_000, history.EventAppExit, "a").
			dial(12_010, "", history.Refused).dial(12_500, "", history.ConnectTimeout), nil, nil},
		{"refused again after hanging: whose is it", newStory().app(12_000, history.EventAppExit, "a").
			dial(12_010, "", history.Refused).dial(12_020, "", history.ConnectTimeout).dial(12_300, "", history.Refused), nil, nil},
		{"the one before still fails", newStory().app(12_000, history.EventAppExit, "a").app(12_500, history.EventAppExit, "b").
			dials(12_010, 12_250, 20, "", history.Refused).dials(12_270, 12_900, 20, "", history.ConnectTimeout), millis(260), nil},
		{"the next one comes before any hung", newStory().app(12_000, history.EventAppExit, "a").app(12_500, history.EventAppExit, "b").
			dials(12_010, 12_110, 20, "", history.Refused).dials(12_510, 12_610, 20, "", history.Refused).dial(12_630, "", history.ConnectTimeout),
			millis(120), millis(110)},
		{"refused since the listener was closed", newStory().app(12_000, history.EventAppClosed, "a").app(12_050, history.EventAppExit, "a").
			dials(12_010, 12_250, 20, "", history.Refused).dials(12_270, 12_900, 20, "", history.ConnectTimeout), millis(210), nil},
		{"two ends far apart", newStory().app(12_000, history.EventAppExit, "a").app(15_000, history.EventAppExit, "b").
			dial(12_010, "", history.Refused).dial(12_110, "", history.ConnectTimeout).
			dial(15_010, "", history.Refused).dial(15_030, "", history.ConnectTimeout), millis(60, 20), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got Collection
			if err := got.Add(c.story.read()); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.hanging, c.hanging) || !slices.Equal(got.refusing, c.least) {
				t.Errorf("hanging after %v and refusing for %v at least, want %v and %v", got.hanging, got.refusing, c.hanging, c.least)
			}
		})
	}
}

func TestUncensored(t *testing.T) {
	for _, c := range []struct {
		name                string
		seen, atLeast, want []time.Duration
	}{
		{"nothing is hidden", millis(1, 2, 3, 4), nil, millis(1, 2, 3, 4)},
		{"what ended early tells nothing", millis(2, 4), millis(1, 1), millis(2, 4)},
		// 1 has a quarter; what lay beyond 2 is shared by 3 and 4, which have 3/8 each.
		{"the longer ones count for what was hidden", millis(1, 3, 4), millis(2), millis(1, 3, 4)},
		{"many hidden", millis(1, 10), millis(2, 3, 4, 5, 6, 7), millis(10, 10)},
		{"beyond all that was seen", millis(1, 2), millis(9, 9), millis(1, 9)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := uncensored(c.seen, c.atLeast); !slices.Equal(got, c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}
