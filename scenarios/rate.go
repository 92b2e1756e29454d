package scenarios

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
)

// leastRate, in hits per second, is as far as a rate is scaled down: with fewer
// hits hardly any would meet the disruption.
const leastRate = 1.0

// rate is that of the stream before it is scaled; fixed: it is never scaled, since
// somebody said it or the fixture does not serve it.
func (s Stream) rate(o Overrides) (rate float64, fixed bool) {
	switch {
	case s.Rate > 0:
		return s.Rate, true
	case s.byFlag(o):
		return o.Rate, true
	}
	return cmp.Or(s.Usual, DefaultRate), s.URL != ""
}

// byFlag reports whether the command line says the stream's rate.
func (s Stream) byFlag(o Overrides) bool { return o.Rate > 0 && s.Rate == 0 && s.Usual == 0 }

// rates are those of the streams, in hits per second. Where they need more than
// the room carries, all that nobody fixed are scaled by one factor and rounded
// down, to no less than leastRate; ok: they fit then.
func (r room) rates(streams []Stream, o Overrides) (rates []float64, ok bool) {
	rates = make([]float64, len(streams))
	scaled := make([]bool, len(streams))
	var free, wanted float64 = r.carries(), 0
	for i, s := range streams {
		rate, fixed := s.rate(o)
		rates[i], scaled[i] = rate, !fixed
		if fixed {
			free -= rate * s.held()
		} else {
			wanted += rate * s.held()
		}
	}
	if r.fits(streams, rates) {
		return rates, true
	}
	for i := range rates {
		if scaled[i] && wanted > 0 {
			rates[i] = max(readable(rates[i]*free/wanted), min(leastRate, rates[i]))
		}
	}
	return rates, r.fits(streams, rates)
}

// unscaled reports whether the streams fit at their usual rates.
func (r room) unscaled(streams []Stream) bool {
	rates := make([]float64, len(streams))
	for i, s := range streams {
		rates[i], _ = s.rate(Overrides{})
	}
	return r.fits(streams, rates)
}

// readable is the next of 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 15 … that is not
// above rate; 0 where rate is not above 0.
func readable(rate float64) float64 {
	if rate <= 0 {
		return 0
	}
	rate *= 1 + 1e-9 // 0.3 is 3 × 0.1 here
	power := math.Pow10(int(math.Floor(math.Log10(rate))))
	best := power
	for _, step := range []float64{1.5, 2, 2.5, 3, 4, 5, 6, 8} {
		if step*power <= rate {
			best = step * power
		}
	}
	return best
}

// Fits reports, as Faults, streams that need more than the fixture can carry with
// these overrides. Rates that nobody fixed are scaled down instead. Load has
// checked it without overrides.
func (s Scenario) Fits(o Overrides) error {
	rates, ok := s.room.rates(s.Streams, o)
	if ok {
		return nil
	}
	f := Fault{File: s.File, Line: s.Line, Field: s.Name, Problem: s.room.refusal(s.Streams, rates)}
	if o.Rate > 0 {
		f.Field = "--rate"
		f.Problem = fmt.Sprintf("%s is too high for %s: %s", perSecond(o.Rate), s.Name, f.Problem)
		f.Want = "no --rate"
		if most := s.room.most(s.Streams, rates, func(i int) bool { return s.Streams[i].byFlag(o) }); most > 0 {
			f.Want = "at most " + perSecond(most)
		}
	}
	return Faults{f}
}

// refuse reports streams that do not fit whatever is scaled, at the rate to change.
func (r room) refuse(f fields, streams []Stream) {
	rates, ok := r.rates(streams, Overrides{})
	if ok {
		return
	}
	at, heaviest := f.spot("streams"), -1
	for i, s := range streams {
		if s.Rate > 0 && s.held() > 0 && (heaviest < 0 || s.Rate*s.held() > streams[heaviest].Rate*streams[heaviest].held()) {
			heaviest = i
		}
	}
	if heaviest < 0 {
		at.fault(r.refusal(streams, rates), "shorter work, or fewer streams: no rate is scaled below "+perSecond(leastRate))
		return
	}
	want := "lower rates or shorter work"
	if most := r.most(streams, rates, func(i int) bool { return i == heaviest }); most > 0 {
		want = "at most " + perSecond(most) + ", or shorter work"
	}
	at.item(heaviest).child("rate").fault(r.refusal(streams, rates), want)
}

func perSecond(rate float64) string { return strconv.FormatFloat(rate, 'g', -1, 64) + "/s" }
