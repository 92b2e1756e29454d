package gate

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// limitable are the metrics that a budget can limit.
func limitable() []string { return []string{"drops", "rate", "outage", "p99", "time", "exit", "kills"} }

// entry reads one budget.
func (d *decoder) entry(n *yaml.Node, at string, into *[]Entry) {
	e := Entry{Line: n.Line, Limits: map[string]float64{}}
	var share float64
	known := map[string]read{
		"scenarios": d.patterns(&e.Scenarios),
		"streams":   d.patterns(&e.Streams),
		"share":     func(n *yaml.Node, at string) { d.share(&share)(n, at); e.Share = &share },
	}
	before := len(d.faults)
	for _, name := range limitable() {
		m, _ := Named(name)
		known[name] = func(n *yaml.Node, at string) {
			if v, ok := d.value(n, at, m.Unit); ok {
				e.Limits[name] = v
			}
		}
	}
	d.mapping(n, at+".", known)
	if len(d.faults) == before && len(e.Limits) == 0 {
		d.fault(n, at, "it limits nothing", "one or more of "+strings.Join(limitable(), ", "))
	}
	*into = append(*into, e)
}

// value reads one of a unit, not negative.
func (d *decoder) value(n *yaml.Node, at string, unit Unit) (v float64, ok bool) {
	switch unit {
	case Count:
		return d.number(n, at, "a whole number from 0 up", func(v float64) bool { return v >= 0 && v == math.Trunc(v) && v <= math.MaxInt32 })
	case Share:
		return d.percentage(n, at)
	case Millis:
		return d.duration(n, at, time.Millisecond)
	}
	return d.duration(n, at, time.Second)
}

func (d *decoder) number(n *yaml.Node, at, want string, good func(float64) bool) (v float64, ok bool) {
	tag := n.ShortTag()
	if n.Kind != yaml.ScalarNode || tag != "!!int" && tag != "!!float" || n.Decode(&v) != nil || !good(v) {
		d.fault(n, at, describe(n)+" cannot be used", want)
		return 0, false
	}
	return v, true
}

func (d *decoder) percentage(n *yaml.Node, at string) (v float64, ok bool) {
	text, hasUnit := strings.CutSuffix(n.Value, "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	switch {
	case n.Kind != yaml.ScalarNode || err != nil || !(v >= 0 && v <= 100):
		d.fault(n, at, describe(n)+" is no percentage", "one from 0% to 100%, such as 0.1%")
	case !hasUnit && v != 0:
		d.fault(n, at, describe(n)+" has no unit", "a percentage, such as 0.1%")
	default:
		return v / 100, true
	}
	return 0, false
}

func (d *decoder) duration(n *yaml.Node, at string, unit time.Duration) (v float64, ok bool) {
	const want = "a duration with its unit, such as 400ms"
	of, err := time.ParseDuration(n.Value)
	_, plain := strconv.ParseFloat(n.Value, 64)
	switch {
	case n.Kind == yaml.ScalarNode && plain == nil && n.Value != "0":
		d.fault(n, at, describe(n)+" has no unit", want)
	case n.Kind != yaml.ScalarNode || err != nil:
		d.fault(n, at, describe(n)+" is no duration", want)
	case of < 0:
		d.fault(n, at, describe(n)+" is negative", want)
	default:
		return float64(of) / float64(unit), true
	}
	return 0, false
}

func (d *decoder) share(into *float64) read {
	return func(n *yaml.Node, at string) {
		if v, ok := d.number(n, at, "the part of the trials that may be over a limit, from 0 to 0.5", goodShare); ok {
			*into = v
		}
	}
}

// tolerances reads how much worse than the baseline is still not worse, by metric.
func (d *decoder) tolerances(n *yaml.Node, at string, into map[string]Tolerance) {
	known := map[string]read{}
	for _, m := range Metrics() {
		known[m.Name] = func(n *yaml.Node, at string) {
			if t, ok := d.tolerance(n, at, m); ok {
				into[m.Name] = t
			}
		}
	}
	before := len(d.faults)
	d.mapping(n, at+".", known)
	if len(d.faults) == before && len(into) == 0 {
		d.fault(n, at, "it says nothing", "one or more of "+strings.Join(slices.Sorted(maps.Keys(known)), ", "))
	}
}

func (d *decoder) tolerance(n *yaml.Node, at string, m Metric) (t Tolerance, ok bool) {
	want := fmt.Sprintf("skip, or times (1 or more) and plus (%s)", plusOf(m))
	if n.Kind == yaml.ScalarNode {
		if n.Value != "skip" {
			d.fault(n, at, describe(n)+" is no tolerance", want)
		}
		return Tolerance{Skip: true}, n.Value == "skip"
	}
	before := len(d.faults)
	t.Times = 1
	known := map[string]read{
		"times": func(n *yaml.Node, at string) {
			if v, ok := d.number(n, at, "a factor from 1 to 100, such as 1.25", func(v float64) bool { return v >= 1 && v <= 100 }); ok {
				t.Times = v
			}
		},
		"plus": func(n *yaml.Node, at string) { t.Plus, _ = d.value(n, at, m.Unit) },
	}
	if m.Name == "any" {
		delete(known, "times")
		delete(known, "plus")
		d.fault(n, at, "a trial with a drop has no tolerance", "skip")
		return t, false
	}
	d.mapping(n, at+".", known)
	return t, len(d.faults) == before
}

func plusOf(m Metric) string {
	switch m.Unit {
	case Count:
		return "a whole number"
	case Share:
		return "a percentage"
	}
	return "a duration"
}
