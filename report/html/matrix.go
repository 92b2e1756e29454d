package html

import "slices"

// A matrix has a row per fixture and a column per disruption.
type matrix struct {
	Disruptions []string
	Rows        []matrixRow
}

type matrixRow struct {
	Fixture string
	Cells   []matrixCell // by disruption
}

// A matrixCell holds the scenarios of one fixture and one disruption; more than one
// where they differ in streams, budget or what is in front.
type matrixCell struct {
	Disruption string
	Scenarios  []matrixEntry
}

type matrixEntry struct {
	*section
	Label string // tells it from the others of its cell; empty: it is the only one
}

// matrixOf keeps the order of the scenarios.
func matrixOf(sections []section) matrix {
	var m matrix
	for i := range sections {
		s := &sections[i]
		if !slices.Contains(m.Disruptions, s.Summary.Disruption) {
			m.Disruptions = append(m.Disruptions, s.Summary.Disruption)
		}
		if !slices.ContainsFunc(m.Rows, func(r matrixRow) bool { return r.Fixture == s.Summary.Fixture }) {
			m.Rows = append(m.Rows, matrixRow{Fixture: s.Summary.Fixture})
		}
	}
	for i := range m.Rows {
		for _, disruption := range m.Disruptions {
			m.Rows[i].Cells = append(m.Rows[i].Cells, cellOf(sections, m.Rows[i].Fixture, disruption))
		}
	}
	return m
}

func cellOf(sections []section, fixture, disruption string) matrixCell {
	c := matrixCell{Disruption: disruption}
	for i := range sections {
		s := &sections[i]
		if s.Summary.Fixture != fixture || s.Summary.Disruption != disruption {
			continue
		}
		e := matrixEntry{section: s}
		if s.Summary.Scenario != fixture+"."+disruption {
			e.Label = s.Summary.Scenario
		}
		c.Scenarios = append(c.Scenarios, e)
	}
	return c
}
