package html

import (
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"zarif/report"
	"zarif/report/history"
)

// unpacked is the drawing that a page carries.
func unpacked(t *testing.T, data string) (d drawing) {
	t.Helper()
	in := flate.NewReader(base64.NewDecoder(base64.RawURLEncoding, strings.NewReader(data)))
	if err := json.NewDecoder(in).Decode(&d); err != nil {
		t.Fatal(err)
	}
	return d
}

// drawings are those of all trials of a folder.
func drawings(t *testing.T, dir string) (report.Results, []drawing) {
	t.Helper()
	r := results(t, dir)
	p := written(t, dir, r)
	var all []drawing
	for _, part := range strings.Split(p, `data-drawing="`)[1:] {
		all = append(all, unpacked(t, part[:strings.IndexByte(part, '"')]))
	}
	if len(all) != len(r.Trials) {
		t.Fatalf("%d drawings of %d trials", len(all), len(r.Trials))
	}
	return r, all
}

func sum(counts []int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

// TestDrawingsAddUp: whatever a trial counts is drawn, and every lost hit is listed.
func TestDrawingsAddUp(t *testing.T) {
	t.Parallel()
	r, all := drawings(t, folder(t))
	for i, d := range all {
		lost := 0
		for n, s := range r.Trials[i].Streams {
			b := d.Bins.Streams[n]
			got := report.Counts{
				OK: sum(b.OK) + sum(b.Masked), Masked: sum(b.Masked), Dropped: sum(b.Dropped), Unresolved: sum(b.Unresolved), Missed: sum(b.Missed),
			}
			got.Sent = got.OK + got.Dropped + got.Unresolved
			got.Scheduled = got.Sent + got.Missed
			if got != s.Counts {
				t.Errorf("%s, stream %s: drawn are %+v, counted %+v", r.Trials[i].Scenario, s.Name, got, s.Counts)
			}
			lost += s.Dropped + s.Masked
		}
		if len(d.Lost.Seq) != lost {
			t.Errorf("%s: %d hits are listed, %d were lost", r.Trials[i].Scenario, len(d.Lost.Seq), lost)
		}
	}
}

func TestLostHitsAreListedAsTheyWere(t *testing.T) {
	t.Parallel()
	_, all := drawings(t, folder(t))
	d := all[slices.IndexFunc(all, func(d drawing) bool { return len(d.Lost.Seq) > 0 })]
	type row struct {
		seq              uint64
		at, took         int64
		masked           bool
		cause, pod, know string
	}
	var got []row
	at := int64(0)
	word := func(ids []int, i int) string { return strings.TrimSuffix(d.Words[ids[i]], hostile) }
	for i, seq := range d.Lost.Seq {
		at += d.Lost.At[i]
		got = append(got, row{seq, at, d.Lost.Took[i], d.Lost.Masked[i] == 1, word(d.Lost.Cause, i), word(d.Lost.Pod, i), word(d.Lost.Known, i)})
	}
	want := []row{
		{224, 11_200_000, 3_000, false, "refused", "", ""},
		{225, 11_250_000, 51_000, false, "reset", "shop-5d9-bbbbb", "connection"},
		{226, 11_300_000, 2_500_000, false, "status-502", "shop-5d9-bbbbb", "answer"},
		{230, 11_500_000, 51_000, true, "closed", "shop-5d9-aaaaa", "connection"},
		{236, 11_800_000, 3_000, false, "refused", "", ""},
		{244, 12_200_000, 3_000, false, "refused", "", ""},
	}
	if !slices.Equal(got, want) {
		t.Errorf("listed are\n%v; want\n%v", got, want)
	}
}

func TestDrawingHasThePodsLives(t *testing.T) {
	t.Parallel()
	_, all := drawings(t, folder(t))
	d := all[0]
	if d.Zero != 10_000_000 || d.ZeroIs != "disruption" || (d.Bins.From-d.Zero)%d.Bins.Width != 0 {
		t.Errorf("the axis counts from %d, %s, with bins from %d on; want them to meet at the disruption's 10 s", d.Zero, d.ZeroIs, d.Bins.From)
	}
	var names []string
	moments := map[string]int64{}
	for _, p := range d.Pods {
		names = append(names, p.Name+" "+p.Role)
		if p.Name == "shop-5d9-aaaaa" {
			for _, m := range p.Moments {
				moments[m.Kind] = m.At
			}
			if len(p.Serving) != 1 || *p.Serving[0].To != 11_300_000 || len(p.Ran) != 1 || *p.Ran[0].To != moments["exited"] {
				t.Errorf("pod a served %v and ran %v", p.Serving, p.Ran)
			}
			if want := "exit code 143, 0.6–1.0 s after the deletion (grace period 30 s)"; p.Ending != want {
				t.Errorf("pod a ended so: %s; want %s", p.Ending, want)
			}
		}
	}
	if want := []string{"shop-5d9-aaaaa old", "shop-5d9-bbbbb old", "shop-77c-ccccc new"}; !slices.Equal(names, want) {
		t.Errorf("pods %v; want %v", names, want)
	}
	for kind, want := range map[string]int64{"created": -5_000_000, "ready": -3_000_000, "deleted": 11_000_000, "SIGTERM": 11_050_000, "endpoint not ready": 11_300_000, "exited": 11_600_000} {
		if moments[kind] != want {
			t.Errorf("%s at %d; want %d", kind, moments[kind], want)
		}
	}
}

func TestARestartedContainerRanTwice(t *testing.T) {
	t.Parallel()
	at := func(s float64) time.Time { return epoch.Add(time.Duration(s * float64(time.Second))) }
	trial := report.Trial{Started: epoch, Events: []report.Event{
		{T: at(1), Type: history.EventContainerStarted, Pod: "a"}, {T: at(1), Type: history.EventEndpointReady, Pod: "a"},
		{T: at(10), Type: history.EventContainerExited, Pod: "a"}, {T: at(10.1), Type: history.EventEndpointNotReady, Pod: "a"},
		{T: at(9.5), Type: history.EventContainerStarted, Pod: "a", Precision: 1000}, // of whole seconds, so that it seems to come first
		{T: at(11), Type: history.EventAppStart, Pod: "a"},
		{T: at(12), Type: history.EventEndpointReady, Pod: "a"},
	}}
	pod := report.Pod{Name: "a", Created: at(0), Ready: at(1), Exited: at(10)}
	l := lifeOf(&trial, &pod, func(t time.Time) int64 { return t.Sub(epoch).Microseconds() })
	if len(l.Ran) != 2 || *l.Ran[0].From != 0 || *l.Ran[0].To != 10_000_000 || *l.Ran[1].From != 11_000_000 || l.Ran[1].To != nil {
		t.Errorf("it ran %+v; want from 0 s to 10 s, and again from 11 s on", l.Ran)
	}
	if len(l.Serving) != 2 || *l.Serving[0].To != 10_100_000 || *l.Serving[1].From != 12_000_000 || l.Serving[1].To != nil {
		t.Errorf("it served %+v; want until 10.1 s, and again from 12 s on", l.Serving)
	}
}

// TestADayIsThinned: of 24 hours there are few bins, and each lost hit.
func TestADayIsThinned(t *testing.T) {
	t.Parallel()
	const day, lostEvery = 24 * 3600, 1000
	var all points
	lost := newLost(nil)
	for i := range day {
		h := &report.Hit{Seq: uint64(i), Run: 1, At: time.Duration(i) * time.Second, Cause: history.OK}
		if i%lostEvery == 0 {
			h.Cause = history.Refused
		}
		all.add(h)
		lost.add(h)
	}
	b := all.bins([]report.Stream{{Name: "s"}}, 0)
	if b.N > mostBins || b.N < mostBins/3 || sum(b.Streams[0].OK)+sum(b.Streams[0].Dropped) != day {
		t.Errorf("%d bins of %d µs hold %d ok and %d dropped hits", b.N, b.Width, sum(b.Streams[0].OK), sum(b.Streams[0].Dropped))
	}
	if want := (day + lostEvery - 1) / lostEvery; len(lost.columns.Seq) != want || sum(b.Streams[0].Dropped) != want {
		t.Errorf("%d lost hits are listed and %d drawn; want %d", len(lost.columns.Seq), sum(b.Streams[0].Dropped), want)
	}
}

func TestWidth(t *testing.T) {
	t.Parallel()
	for length, want := range map[time.Duration]time.Duration{
		0: 100 * time.Millisecond, 149 * time.Second: 100 * time.Millisecond, 151 * time.Second: 200 * time.Millisecond, 10 * time.Minute: 500 * time.Millisecond,
		20 * time.Minute: time.Second, 24 * time.Hour: 100 * time.Second,
	} {
		if got := width(length.Microseconds()); got != want.Microseconds() {
			t.Errorf("%v has bins of %d µs; want %d", length, got, want.Microseconds())
		}
	}
}

func TestHitsWithoutARecordAreSpreadOverTheirTime(t *testing.T) {
	t.Parallel()
	ps := points{{at: 0, run: 1, latency: -1, outcome: report.HitOK}, {at: 250_000, every: 50_000, run: 7, latency: -1, outcome: report.HitUnresolved}}
	b := ps.bins([]report.Stream{{Name: "s"}}, 0)
	if want := []int{0, 0, 1, 2, 2, 2}; !slices.Equal(b.Streams[0].Unresolved, want) {
		t.Errorf("they are in %v; want %v", b.Streams[0].Unresolved, want)
	}
	ps = points{{at: 0, run: 5, latency: -1, outcome: report.HitUnresolved}} // nothing tells how far apart
	if b = ps.bins([]report.Stream{{Name: "s"}}, 0); !slices.Equal(b.Streams[0].Unresolved, []int{5}) {
		t.Errorf("they are in %v; want all in one", b.Streams[0].Unresolved)
	}
}

func TestLatencyOfABin(t *testing.T) {
	t.Parallel()
	var ps points
	for i := range 100 { // 1 ms to 100 ms, ten to a bin
		ps = append(ps, point{at: int64(i) * 10_000, run: 1, latency: int64(i+1) * 1000})
	}
	ps = append(ps, point{at: 999_999, run: 1, latency: -1, outcome: report.HitDropped})
	s := ps.bins([]report.Stream{{Name: "s"}}, 0).Streams[0]
	if *s.P50[0] != 5 || *s.Max[0] != 10 || *s.P50[9] != 95 || *s.Max[9] != 100 || len(s.P99) != 1 || *s.P99[0] != 99 {
		t.Errorf("p50 %v and %v, max %v and %v, p99 %v", *s.P50[0], *s.P50[9], *s.Max[0], *s.Max[9], *s.P99[0])
	}
}

// TestATimelineIsSmall: 150 trials must fit into 5 MB with what is around them.
func TestATimelineIsSmall(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	var all points
	lost := newLost(nil)
	for stream := range 3 {
		for i := range 9000 { // 90 s at 100/s
			at := time.Duration(i) * 10 * time.Millisecond
			h := &report.Hit{Stream: stream, Seq: uint64(i), Run: 1, At: at, Cause: history.OK}
			if i > 3000 && i < 4000 && random.IntN(10) == 0 {
				h.Cause, h.Pod, h.Known = history.ConnectTimeout, "shop-77c-ccccc", report.PodConnection
			}
			all.add(h)
			all[len(all)-1].latency = 50_000 + random.Int64N(100_000) // the noise is what takes the space
			lost.add(h)
		}
	}
	d := drawing{Bins: all.bins([]report.Stream{{Name: "fresh"}, {Name: "reused"}, {Name: "slow"}}, 0), Lost: lost.columns, Words: lost.words.texts}
	data, err := d.pack()
	if err != nil {
		t.Fatal(err)
	}
	if limit := 5_000_000 / 150; len(data) > limit {
		t.Errorf("a trial of three streams with %d lost hits takes %d bytes; want at most %d", len(lost.columns.Seq), len(data), limit)
	}
	t.Logf("%d bytes, %d lost hits", len(data), len(lost.columns.Seq))
}
