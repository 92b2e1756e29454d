package picture

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// An axis is a stretch of a trial's time on a stretch of the picture. Times are since
// the trial was started, as those of report.Hit.
type axis struct {
	from, to    time.Duration
	left, right float64
	zero        time.Duration // what its labels count from
	bar         time.Duration // that a bar should hold at least, where there is the room
}

// x is where t lies; what is beyond an end lies at that end.
func (a axis) x(t time.Duration) float64 {
	t = max(a.from, min(a.to, t))
	return a.left + (a.right-a.left)*float64(t-a.from)/float64(a.to-a.from)
}

// label is t as the axis counts: "3.21 s".
func (a axis) label(t time.Duration) string {
	return strings.ReplaceAll(strconv.FormatFloat((t-a.zero).Round(10*time.Millisecond).Seconds(), 'f', 2, 64), "-", "−") + " s"
}

// ticks are the round moments on the axis, about one per apart pixels.
func (a axis) ticks(apart float64) (at []time.Duration) {
	step := roundUp(time.Duration(float64(a.to-a.from)*apart/(a.right-a.left)), time.Second)
	first := time.Duration(math.Ceil(float64(a.from-a.zero)/float64(step))) * step
	for t := a.zero + first; t <= a.to; t += step {
		at = append(at, t)
	}
	return at
}

// roundUp is the first of least × 1, 2, 5, 10, 20, 50 … that is not below d.
func roundUp(d, least time.Duration) time.Duration {
	for step := least; ; step *= 10 {
		for _, times := range []time.Duration{1, 2, 5} {
			if times*step >= d {
				return times * step
			}
		}
	}
}

// A stream gets at most maxBins bars, and for the sake of a slow one no fewer than minBins.
const maxBins, minBins = 260, 60

// binWidth is how much time one bar holds: a tenth of a second or more.
func (a axis) binWidth() time.Duration {
	length := a.to - a.from
	return roundUp(max(length/maxBins, min(a.bar, length/minBins)), 100*time.Millisecond)
}

// origin is where the first bar begins: at the axis' beginning or before, so that a bar
// begins at its zero and none holds what was before and what was after.
func (a axis) origin() time.Duration {
	width := a.binWidth()
	return a.zero - (a.zero-a.from+width-1)/width*width
}

// bins is how many bars there are.
func (a axis) bins() int { return int((a.to-a.origin())/a.binWidth()) + 1 }

// begins is when bar i begins.
func (a axis) begins(i int) time.Duration { return a.origin() + time.Duration(i)*a.binWidth() }

// bin is the one that t lies in; what is beyond an end lies in the bar there, so that
// every hit is in one.
func (a axis) bin(t time.Duration) int {
	return max(0, min(a.bins()-1, int((t-a.origin())/a.binWidth())))
}
