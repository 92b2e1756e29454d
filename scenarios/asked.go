package scenarios

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"zarif/report/history"
)

// onlyReused, behind a fault, asks for it only where the connection has carried
// a request before, so that a client that sends again on a new one succeeds.
const onlyReused = "@reused"

// faultsAsked reads the faults that hits ask the fixture for.
func (f fields) faultsAsked(s *Stream, fixture *Fixture) {
	var every int
	// With every hit asking for one, no pod could ever answer in warm-up.
	if f.integer("faultEvery", 2, math.MaxInt32, "one in so many hits asks for a fault", &every) {
		s.FaultEvery = uint64(every)
	}
	at, ok := f.at["faults"]
	if !ok {
		if f.has("faultEvery") {
			f.spot("faultEvery").fault("there are no faults to ask for", "faults beside it")
		}
		return
	}
	f.require("faultEvery", "a whole number from 2 up (one in so many hits asks for a fault)")
	items, ok := at.items("a list of faults")
	switch {
	case !ok:
	case len(items) == 0:
		at.fault("the list is empty", "at least one fault")
	case f.has("url"):
		at.fault("a url is not the fixture", "no faults with url")
	case fixture == nil: // unknown, and reported
	case len(fixture.Faults) == 0:
		at.fault(fixture.Name+" does no faults", "a fixture that does, such as go-faulty")
	default:
		for _, item := range items {
			item.faultAsked(s, fixture)
		}
	}
}

// faultAsked reads one of them.
func (p place) faultAsked(s *Stream, fixture *Fixture) {
	var name string
	if p.node.Kind == yaml.ScalarNode && p.node.ShortTag() == "!!int" {
		name = p.node.Value // a status needs no quotes
	} else if !p.text("a fault", &name) {
		return
	}
	kind, conditional := strings.CutSuffix(name, onlyReused)
	switch {
	case !fixture.does(kind):
		p.fault(quote(name)+" is no fault of "+fixture.Name, oneOf(name, fixture.Faults))
	case conditional && s.Connection == history.Fresh:
		p.fault(quote(name)+" never happens to a fresh stream", kind+", or connection: reused")
	default:
		s.Faults = append(s.Faults, name)
	}
}

// does reports whether hits can ask f for the fault.
func (f *Fixture) does(fault string) bool {
	return slices.Contains(f.Faults, fault) || isStatus(fault) && slices.ContainsFunc(f.Faults, isStatus)
}

// isStatus reports whether a fault is an answer with an error status.
func isStatus(fault string) bool {
	status, err := strconv.Atoi(fault)
	return err == nil && len(fault) == 3 && 400 <= status && status <= 599
}
