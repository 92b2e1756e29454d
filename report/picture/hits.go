package picture

import (
	"iter"
	"time"

	"zarif/report"
	"zarif/report/history"
)

// A load is the hits of one stream by outcome and by bar. Outcomes are drawn in their
// order from the bottom of a bar to its top: what is to be seen stands on the ground.
type load struct {
	bars  [][report.Outcomes]int
	total [report.Outcomes]int
}

// loadsOf are the hits of all streams.
func loadsOf(a axis, t *report.Trial, records iter.Seq2[history.Record, error]) ([]load, error) {
	loads := make([]load, len(t.Streams))
	for i := range loads {
		loads[i].bars = make([][report.Outcomes]int, a.bins())
	}
	return loads, report.Hits(records, func(h *report.Hit) { loads[h.Stream].add(a, h) })
}

// add counts h, which may stand for many hits without a record.
func (l *load) add(a axis, h *report.Hit) {
	outcome := h.Outcome()
	l.total[outcome] += int(h.Run)
	if h.Run <= 1 || h.Every <= 0 {
		l.bars[a.bin(h.At)][outcome] += int(h.Run)
		return
	}
	// Bar by bar, since a damaged history can claim any number of hits.
	left := h.Run
	for bar := a.bin(h.At); left > 0; bar++ {
		n := left
		if bar < len(l.bars)-1 {
			n = min(left, before(a.begins(bar+1)-h.At, h.Every)-(h.Run-left))
		}
		l.bars[bar][outcome] += int(n)
		left -= n
	}
}

// before is how many of the moments 0, every, 2 × every … are before d.
func before(d, every time.Duration) uint64 {
	if d <= 0 {
		return 0
	}
	return uint64((d + every - 1) / every)
}

// highest is the most hits in a bar.
func (l *load) highest() int {
	highest := 1
	for _, bar := range l.bars {
		sum := 0
		for _, n := range bar {
			sum += n
		}
		highest = max(highest, sum)
	}
	return highest
}
