package report

import (
	"slices"

	"zarif/report/history"
)

// percentile is the exact one of sorted by nearest rank: the smallest value that
// at least permille of a thousand values do not exceed. It panics on no values.
func percentile(sorted []history.Micros, permille int) history.Micros {
	rank := (len(sorted)*permille + 999) / 1000
	return sorted[max(rank, 1)-1]
}

// millis is m in milliseconds, exactly.
func millis(m history.Micros) float64 { return float64(m) / 1000 }

// latencyOf sorts all; nil if it is empty.
func latencyOf(all []history.Micros) *Latency {
	if len(all) == 0 {
		return nil
	}
	slices.Sort(all)
	return &Latency{
		P50: millis(percentile(all, 500)), P90: millis(percentile(all, 900)), P99: millis(percentile(all, 990)),
		P999: millis(percentile(all, 999)), Max: millis(all[len(all)-1]),
	}
}

// sendLagOf sorts all; nil if it is empty.
func sendLagOf(all []history.Micros) *SendLag {
	if len(all) == 0 {
		return nil
	}
	slices.Sort(all)
	return &SendLag{P50: millis(percentile(all, 500)), P99: millis(percentile(all, 990)), Max: millis(all[len(all)-1])}
}
