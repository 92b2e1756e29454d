package compare

import (
	"math"
	"slices"

	"zarif/report/gate"
)

// fill takes the values of both sides.
func (n *Number) fill(a, b []float64, typical func([]float64) float64) {
	n.ATrials, n.BTrials, n.Finding = len(a), len(b), Unclear
	n.A, n.B = known(typical(a)), known(typical(b))
	if len(a) == 0 || len(b) == 0 {
		return
	}
	n.Difference, n.Effect = known(typical(b)-typical(a)), known(gate.Superiority(b, a))
	n.CI95 = gate.Interval(b, a, typical)
	if slices.Min(a) == slices.Max(b) && slices.Max(a) == slices.Min(b) {
		if n.enough() {
			n.Finding = Noise
		}
		return
	}
	_, p := gate.RankSum(b, a)
	n.P = &p
}

// enough reports whether so many trials could show a difference at all.
func (n *Number) enough() bool { return 2*gate.Best(n.ATrials, n.BTrials) <= falseShare }

func known(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// decide corrects all chances for their number, and tells changes from noise.
func (t *Table) decide() {
	var open []*Number
	var ps []float64
	for i := range t.Scenarios {
		for j := range t.Scenarios[i].Numbers {
			if n := &t.Scenarios[i].Numbers[j]; n.P != nil {
				open, ps = append(open, n), append(ps, *n.P)
			}
		}
	}
	t.Tests = len(ps)
	for i, corrected := range gate.FalseDiscovery(ps) {
		n := open[i]
		n.Corrected = &corrected
		switch {
		case corrected <= falseShare && *n.Effect > 0.5:
			n.Finding = More
		case corrected <= falseShare:
			n.Finding = Less
		case *n.P > falseShare && n.enough():
			n.Finding = Noise
		}
		if n.Finding == More || n.Finding == Less {
			t.Changes++
		}
	}
}
