package gate

import (
	"math"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"zarif/document"
)

// value reads one of a unit, not negative.
func value(p document.Place, unit Unit) (v float64, ok bool) {
	switch unit {
	case Count:
		return number(p, "a whole number from 0 up", func(v float64) bool { return v >= 0 && v == math.Trunc(v) && v <= math.MaxInt32 })
	case Share:
		return percentage(p)
	case Millis:
		return durationIn(p, time.Millisecond)
	}
	return durationIn(p, time.Second)
}

func number(p document.Place, want string, good func(float64) bool) (v float64, ok bool) {
	tag := p.Node.ShortTag()
	if p.Node.Kind != yaml.ScalarNode || tag != "!!int" && tag != "!!float" {
		p.Wrong(want)
		return 0, false
	}
	if p.Node.Decode(&v) != nil || !good(v) {
		p.Fault(said(p)+" cannot be used", want)
		return 0, false
	}
	return v, true
}

func percentage(p document.Place) (v float64, ok bool) {
	const want = "a percentage from 0% to 100%, such as 0.1%"
	text, hasUnit := strings.CutSuffix(p.Node.Value, "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	switch {
	case p.Node.Kind != yaml.ScalarNode || p.Node.ShortTag() == "!!null":
		p.Wrong(want)
	case err != nil || !(v >= 0 && v <= 100):
		p.Fault(said(p)+" is no percentage", want)
	case !hasUnit && v != 0:
		p.Fault(said(p)+" has no unit", want)
	default:
		return v / 100, true
	}
	return 0, false
}

// durationIn reads one and gives it in units.
func durationIn(p document.Place, unit time.Duration) (v float64, ok bool) {
	var d time.Duration
	ok = p.Duration("a duration with its unit, such as 400ms", 0, math.MaxInt64, &d)
	return float64(d) / float64(unit), ok
}

func share(into *float64) func(document.Place) {
	return func(p document.Place) {
		if v, ok := number(p, "the part of the trials that may be over a limit, from 0 to 0.5", goodShare); ok {
			*into = v
		}
	}
}

// said is a value as it stands in the file.
func said(p document.Place) string {
	if p.Node.ShortTag() == "!!str" {
		return document.Quote(p.Node.Value)
	}
	return document.Short(p.Node.Value)
}
