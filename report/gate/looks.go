package gate

// A look is one time that the trials are judged, with the part of alpha that may be
// spent on it. All parts together are alpha, so that looking again costs nothing in
// false alarms.
type look struct {
	trials int // of a scenario, in all
	level  float64
}

// moreLooks is how often trials may be added.
const moreLooks = 4

// looks are fixed before the first judgement: now, and then in equal steps up to
// most, none of them smaller than what there is now. Alpha is spent in proportion to
// the trials (the spending function α·t of Lan and DeMets).
func looks(now, most int, alpha float64) (all []look) {
	if most <= now || now < 1 {
		return []look{{now, alpha}}
	}
	step := max(now, (most-now+moreLooks-1)/moreLooks)
	spent := 0.0
	for n := now; ; n = min(most, n+step) {
		share := alpha * float64(n) / float64(most)
		all = append(all, look{n, share - spent})
		if spent = share; n == most {
			return all
		}
	}
}
