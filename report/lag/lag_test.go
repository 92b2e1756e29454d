package lag

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"zarif/report/history"
)

func millis(values ...float64) (all []time.Duration) {
	for _, v := range values {
		all = append(all, time.Duration(v*float64(time.Millisecond)))
	}
	return all
}

// Each delay, what it is taken from, and what it must not be taken from.
func TestSamples(t *testing.T) {
	for _, c := range []struct {
		name  string
		story *story
		delay string
		want  []time.Duration
	}{
		{"restart", newStory().harness(10_010, history.EventAct, "", "action", "restart").
			api(10_100, history.EventPodCreated, "a").api(13_000, history.EventPodCreated, "b"), Restart, millis(90)},
		{"restart: the news of the creation, not the object's second", newStory().harness(10_010, history.EventAct, "", "action", "restart").
			api(10_000, history.EventPodCreated, "a", "seen", "10055000").vague(), Restart, millis(45)},
		{"restart: pods from before", newStory().harness(10_010, history.EventAct, "", "action", "restart").
			api(9_000, history.EventPodCreated, "a"), Restart, nil},
		{"restart: another act", newStory().harness(10_010, history.EventAct, "", "action", "scale").
			api(10_100, history.EventPodCreated, "a"), Restart, nil},

		{"replace", newStory().api(10_100, history.EventPodDeleted, "a").api(10_130, history.EventPodCreated, "b"), Replace, millis(30)},
		{"replace: two pods went", newStory().api(10_100, history.EventPodDeleted, "a").api(10_110, history.EventPodDeleted, "x").
			api(10_130, history.EventPodCreated, "b"), Replace, nil},
		{"replace: two pods came", newStory().api(10_100, history.EventPodDeleted, "a").
			api(10_130, history.EventPodCreated, "b").api(10_140, history.EventPodCreated, "c"), Replace, nil},

		{"schedule", newStory().api(11_000, history.EventPodCreated, "a").api(11_020, history.EventPodScheduled, "a"), Schedule, millis(20)},
		{"schedule: before the disruption", newStory().api(1_000, history.EventPodCreated, "a").api(1_020, history.EventPodScheduled, "a"), Schedule, nil},
		{"schedule: known to the second", newStory().api(11_000, history.EventPodCreated, "a").vague().api(11_020, history.EventPodScheduled, "a"), Schedule, nil},
		{"schedule: news in one watch cannot tell more than 0", newStory().api(11_020, history.EventPodCreated, "a").api(11_020, history.EventPodScheduled, "a"), Schedule, millis(0)},

		{"start", newStory().api(11_020, history.EventPodScheduled, "a").app(11_600, history.EventAppStart, "a"), Start, millis(580)},
		{"start: a container's own time", newStory().api(11_020, history.EventPodScheduled, "a").api(11_000, history.EventContainerStarted, "a").vague(), Start, nil},

		{"rollout", newStory().harness(10_010, history.EventAct, "", "action", "restart").
			api(10_100, history.EventPodCreated, "n1").api(10_100, history.EventPodCreated, "n2").
			api(12_000, history.EventPodReady, "n1").api(12_040, history.EventPodDeleted, "o1").
			api(15_000, history.EventPodReady, "n2").api(15_070, history.EventPodDeleted, "o2"), Rollout, millis(40, 70)},
		{"rollout: two were ready before one went", newStory().harness(10_010, history.EventAct, "", "action", "restart").
			api(10_100, history.EventPodCreated, "n1").api(10_100, history.EventPodCreated, "n2").
			api(12_000, history.EventPodReady, "n1").api(12_010, history.EventPodReady, "n2").
			api(12_040, history.EventPodDeleted, "o1").api(12_050, history.EventPodDeleted, "o2"), Rollout, nil},
		{"rollout: no rollout", newStory().api(12_000, history.EventPodCreated, "n1").api(13_000, history.EventPodReady, "n1").
			api(13_040, history.EventPodDeleted, "o1"), Rollout, nil},

		{"endpoint, when deleted", newStory().api(10_100, history.EventPodDeleted, "a").api(10_160, history.EventEndpointNotReady, "a").
			api(11_000, history.EventPodNotReady, "a"), Endpoint, millis(60)},
		{"endpoint, when ready", newStory().api(12_000, history.EventPodReady, "a").api(12_015, history.EventEndpointReady, "a"), Endpoint, millis(15)},
		{"endpoint, when not ready and ready again", newStory().api(12_000, history.EventPodNotReady, "a").api(12_030, history.EventEndpointNotReady, "a").
			api(13_000, history.EventPodReady, "a").api(13_005, history.EventEndpointReady, "a"), Endpoint, millis(5, 30)},
		{"endpoint: which change is unclear", newStory().api(12_000, history.EventPodReady, "a").api(14_000, history.EventPodReady, "a").
			api(14_015, history.EventEndpointReady, "a"), Endpoint, nil},
		{"endpoint: the news of the deletion came late", newStory().api(10_200, history.EventPodDeleted, "a").
			app(10_100, history.EventAppSignal, "a").api(10_160, history.EventEndpointNotReady, "a"), Endpoint, millis(60)},
		{"endpoint: overtaken by some milliseconds", newStory().api(10_200, history.EventPodDeleted, "a").
			api(10_190, history.EventEndpointNotReady, "a"), Endpoint, millis(0)},

		{"terminate", newStory().api(10_100, history.EventPodDeleted, "a").app(10_125, history.EventAppSignal, "a"), Terminate, millis(25)},
		{"terminate: a preStop hook comes first", withPreStop(newStory()).api(10_100, history.EventPodDeleted, "a").
			app(15_125, history.EventAppSignal, "a"), Terminate, nil},
		{"terminate: passed on to one process of several", newStory().api(10_100, history.EventPodDeleted, "a").app(10_125, history.EventAppSignal, "a").
			with("writer", "7"), Terminate, nil},
		{"remove", newStory().app(10_100, history.EventAppExit, "a").api(11_100, history.EventPodGone, "a"), Remove, millis(1000)},
		{"remove: one process of several", newStory().app(10_100, history.EventAppExit, "a").with("writer", "7").api(11_100, history.EventPodGone, "a"), Remove, nil},
		{"remove: its end was yet to come", newStory().app(10_100, history.EventAppExit, "a").with("code", "").api(11_100, history.EventPodGone, "a"), Remove, nil},

		{"again", killed().app(11_500, history.EventAppStart, "a"), Again, millis(1300)},
		{"again: nobody asked the pod for anything", newStory().harness(10_010, history.EventAct, "a", "action", "signal").
			app(11_500, history.EventAppStart, "a"), Again, nil},
		{"again: another act", newStory().harness(10_010, history.EventAct, "a", "action", "delete").
			served(10_020, 10_200, "a").app(11_500, history.EventAppStart, "a"), Again, nil},
		{"ended", killed().app(11_500, history.EventAppStart, "a").api(11_600, history.EventPodNotReady, "a"), Ended, millis(1400)},
		{"ended: never seen", killed().app(11_500, history.EventAppStart, "a"), Ended, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := samplesOf(t, c.story)[c.delay]; !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, want %v", c.delay, got, c.want)
			}
		})
	}
}

// killed is a story in which a pod's process was killed at 10,200.
func killed() *story {
	return newStory().harness(10_010, history.EventAct, "a", "action", "signal").
		served(9_000, 9_050, "a").served(10_150, 10_200, "a").served(10_190, 0, "a").
		served(10_900, 10_950, "b").served(11_900, 11_950, "a")
}

func withPreStop(s *story) *story {
	s.meta.PreStop = "sleep 5s"
	return s
}

func TestNothingIsTakenFromAnIncompleteTrial(t *testing.T) {
	for name, damage := range map[string]func(*story){
		"no end mark":              func(s *story) { s.end = history.End{} },
		"interrupted":              func(s *story) { s.end.Reason = "interrupted" },
		"records are missing":      func(s *story) { s.end.Records = 1000 },
		"no end mark of the agent": func(s *story) { s.meta.Streams[0].Source = history.SourceAgent },
		"the disruption was not complete": func(s *story) {
			s.records = slices.DeleteFunc(s.records, func(r history.Record) bool { return r.Event.Type == history.EventComplete })
		},
		"never came to its disruption": func(s *story) {
			s.records = slices.DeleteFunc(s.records, func(r history.Record) bool { return r.Event.Attrs["name"] == history.WindowDisruption })
		},
		"a watch broke":  func(s *story) { s.api(12_000, history.EventWatchBroken, "") },
		"a log has gaps": func(s *story) { s.app(12_000, history.EventLogGap, "a") },
		"two trials":     func(s *story) { s.put(history.Record{Meta: &history.Meta{}}) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStory().api(10_100, history.EventPodDeleted, "a").api(10_130, history.EventPodCreated, "b")
			var c Collection
			if err := c.Add(s.read()); err != nil || len(c.Samples()) == 0 {
				t.Fatalf("the whole story: %v, %v", c.Samples(), err)
			}
			damage(s)
			c = Collection{}
			if err := c.Add(s.read()); !errors.Is(err, ErrIncomplete) || len(c.Samples()) > 0 {
				t.Errorf("samples %v, error %v", c.Samples(), err)
			}
		})
	}
}

func TestACutHistoryIsIncompleteAndAnUnreadableOneAnError(t *testing.T) {
	for _, broken := range []error{history.ErrCut, errors.New("not a history")} {
		var c Collection
		err := c.Add(func(yield func(history.Record, error) bool) { yield(history.Record{}, broken) })
		if errors.Is(err, ErrIncomplete) != (broken == history.ErrCut) || err == nil {
			t.Errorf("%v: error %v", broken, err)
		}
	}
}

// Trials add up, and what was handed out does not change with them.
func TestCollectionAddsUp(t *testing.T) {
	var c Collection
	first := newStory().api(10_100, history.EventPodDeleted, "a").api(10_130, history.EventPodCreated, "b")
	second := newStory().api(10_100, history.EventPodDeleted, "a").api(10_110, history.EventPodCreated, "b")
	if err := c.Add(first.read()); err != nil {
		t.Fatal(err)
	}
	before := c.Samples()
	if err := c.Add(second.read()); err != nil {
		t.Fatal(err)
	}
	if got := c.Samples()[Replace]; !slices.Equal(got, millis(10, 30)) {
		t.Errorf("replace: %v", got)
	}
	if !slices.Equal(before[Replace], millis(30)) {
		t.Errorf("the first samples became %v", before[Replace])
	}
	for name := range maps.Keys(c.Samples()) {
		if !slices.Contains(Names(), name) {
			t.Errorf("%s is not among the names", name)
		}
	}
}

// Moments of another clock are brought to the harness's, and left out where that
// is too uncertain.
func TestClocks(t *testing.T) {
	for _, c := range []struct {
		name        string
		uncertainty time.Duration
		want        []time.Duration
	}{
		{"known well", 20 * time.Millisecond, millis(90)},
		{"uncertain", 60 * time.Millisecond, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStory()
			// The pods' clock is 5 s ahead and counts from one second later: its 14,190 is 10,190.
			s.put(history.Record{Clock: &history.Clock{
				Source: history.SourcePods, Epoch: s.meta.Started.Add(time.Second), Offset: 5 * time.Second, Uncertainty: c.uncertainty,
			}})
			s.put(history.Record{Clock: &history.Clock{
				Source: history.SourcePods, Epoch: s.meta.Started.Add(time.Second), Offset: 7 * time.Second, Uncertainty: time.Second,
			}})
			s.api(10_100, history.EventPodDeleted, "a").app(14_190, history.EventAppSignal, "a")
			if got := samplesOf(t, s)[Terminate]; !slices.Equal(got, c.want) {
				t.Errorf("terminate: %v, want %v", got, c.want)
			}
		})
	}
}

func TestStatusIsWhatProbesDoNotExplain(t *testing.T) {
	var stories []*story
	// The listener opens at 20,000. Evenly spread probes find it 50, 150 … 950 ms
	// later, and the news takes another 80.
	for wait := 50.0; wait < 1000; wait += 100 {
		stories = append(stories, newStory().app(20_000, history.EventAppReady, "a").api(20_000+wait+80, history.EventPodReady, "a"))
	}
	got := samplesOf(t, stories...)[Status]
	if want := slices.Repeat(millis(80), 10); !slices.Equal(got, want) {
		t.Errorf("status: %v, want %v", got, want)
	}
	// What cannot be is no lag.
	if got := probeLag(millis(1, 1, 1)); !slices.Equal(got, millis(0, 0, 0)) {
		t.Errorf("of pods that are ready at once: %v", got)
	}
}
