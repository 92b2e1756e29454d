package html

import (
	"cmp"
	"math"
	"slices"
	"time"

	"zarif/report"
	"zarif/report/history"
)

const (
	// finestBin is how long the shortest bin is, in µs.
	finestBin = int64(100 * time.Millisecond / time.Microsecond)
	// mostBins is how many a trial is drawn with: more than a screen has points, and
	// 150 trials of them still make a small page.
	mostBins = 1500
	// percentileBins is how many bins make one in which p99 is taken: at 100 hits/s a
	// bin of 100 ms holds ten hits, of which p99 is the slowest.
	percentileBins = 10
)

// points are all hits of a trial, without what only lost ones need.
type points []point

type point struct {
	at      int64 // µs since the trial was started
	every   int64 // between the hits of a run
	run     uint64
	latency int64 // µs from the schedule to the end; -1: it has none
	stream  int
	outcome report.Outcome
}

func (ps *points) add(h *report.Hit) {
	p := point{at: h.At.Microseconds(), every: h.Every.Microseconds(), run: h.Run, latency: -1, stream: h.Stream, outcome: h.Outcome()}
	if done, known := h.Done(); known && h.Cause == history.OK {
		p.latency = (done - h.At).Microseconds()
	}
	*ps = append(*ps, p)
}

// bins are the hits of a trial, put together by when they were scheduled. Bin i
// holds those from From + i × Width on.
type bins struct {
	From    int64       `json:"from"`
	Width   int64       `json:"width"`
	N       int         `json:"n"`
	Coarse  int         `json:"coarse"` // bins that p99 is taken over
	Streams []streamBin `json:"streams"`
}

// A streamBin is one stream: for each bin the number of hits by outcome, where it
// has any of that outcome at all, and latencies of ok hits (masked ones included)
// in ms; nil where there was none.
type streamBin struct {
	Name       string     `json:"name"`
	OK         []int      `json:"ok,omitempty"`
	Masked     []int      `json:"masked,omitempty"`
	Dropped    []int      `json:"dropped,omitempty"`
	Unresolved []int      `json:"unresolved,omitempty"`
	Missed     []int      `json:"missed,omitempty"`
	P50        []*float64 `json:"p50,omitempty"`
	P99        []*float64 `json:"p99,omitempty"` // by Coarse bins
	Max        []*float64 `json:"max,omitempty"`
}

// bins puts all points together. A border between two bins is at zero.
func (ps points) bins(streams []report.Stream, zero int64) bins {
	b := bins{Width: finestBin, Coarse: percentileBins, Streams: make([]streamBin, len(streams))}
	for i := range streams {
		b.Streams[i].Name = streams[i].Name
	}
	if len(ps) == 0 {
		return b
	}
	first, last := int64(math.MaxInt64), int64(math.MinInt64)
	for _, p := range ps {
		first, last = min(first, p.at), max(last, p.last())
	}
	b.Width = width(last - first)
	b.From = zero - ceil(zero-first, b.Width)*b.Width
	b.N = int((last-b.From)/b.Width) + 1
	for i := range b.Streams {
		ps.count(i, &b)
		ps.latencies(i, &b)
	}
	return b
}

// last is when the last hit of the run was scheduled.
func (p *point) last() int64 { return p.at + int64(p.run-1)*p.every }

// width is that of bins for a trial of length µs: a round one.
func width(length int64) int64 {
	w := finestBin
	for step := 0; length/w >= mostBins; step++ {
		w = w * []int64{2, 5, 2}[step%3] / []int64{1, 2, 1}[step%3] // 100, 200, 500, 1000 …
	}
	return w
}

// ceil is a / b, rounded up.
func ceil(a, b int64) int64 { return int64(math.Ceil(float64(a) / float64(b))) }

func (ps points) count(stream int, b *bins) {
	var counts [report.Outcomes][]int
	for i := range ps {
		p := &ps[i]
		if p.stream != stream {
			continue
		}
		if counts[p.outcome] == nil {
			counts[p.outcome] = make([]int, b.N)
		}
		p.spread(counts[p.outcome], b)
	}
	s := &b.Streams[stream]
	s.OK, s.Masked, s.Dropped, s.Unresolved, s.Missed = counts[report.HitOK], counts[report.HitMasked], counts[report.HitDropped], counts[report.HitUnresolved], counts[report.HitMissed]
}

// spread adds a run of hits, bin by bin.
func (p *point) spread(counts []int, b *bins) {
	left, at := int(p.run), p.at
	for left > 0 {
		bin := int((at - b.From) / b.Width)
		n := left
		if end := b.From + int64(bin+1)*b.Width; p.every > 0 && bin+1 < len(counts) {
			n = min(left, int(max(1, ceil(end-at, p.every))))
		}
		counts[bin] += n
		left -= n
		at += int64(n) * p.every
	}
}

func (ps points) latencies(stream int, b *bins) {
	in := make([][]int64, b.N)
	any := false
	for i := range ps {
		if p := &ps[i]; p.stream == stream && p.latency >= 0 {
			bin := (p.at - b.From) / b.Width
			in[bin] = append(in[bin], p.latency)
			any = true
		}
	}
	if !any {
		return
	}
	s := &b.Streams[stream]
	s.P50, s.Max = make([]*float64, b.N), make([]*float64, b.N)
	for i, all := range in {
		slices.Sort(all)
		s.P50[i], s.Max[i] = atPermille(all, 500), atPermille(all, 1000)
	}
	for from := 0; from < b.N; from += b.Coarse {
		all := slices.Concat(in[from:min(from+b.Coarse, b.N)]...)
		slices.SortFunc(all, cmp.Compare[int64])
		s.P99 = append(s.P99, atPermille(all, 990))
	}
}

// atPermille is a percentile of sorted by nearest rank, in ms and with three
// digits, more than a picture shows; nil of nothing.
func atPermille(sorted []int64, permille int) *float64 {
	if len(sorted) == 0 {
		return nil
	}
	rank := (len(sorted)*permille + 999) / 1000
	ms := float64(sorted[max(rank, 1)-1]) / 1000
	digits := math.Pow(10, max(0, 2-math.Floor(math.Log10(max(ms, 0.01)))))
	return new(math.Round(ms*digits) / digits)
}
