package report

import "zarif/report/history"

// outages finds the maximal runs of sent hits without a success that hold a drop.
// Missed hits are our fault and say nothing of the target: they neither make nor
// end a run. A hit whose end is unknown was no success.
func (ev *evidence) outages(s *streamEvidence) []Outage {
	found := []Outage{}
	var start, last history.Micros
	running, dropped := false, 0
	end := func(at history.Micros) {
		if dropped > 0 {
			found = append(found, Outage{Start: ev.moment(start), End: ev.moment(at), Dropped: dropped})
		}
		running, dropped = false, 0
	}
	for i := range s.hits {
		h := &s.hits[i]
		switch cause := ev.cause(h); {
		case cause == history.Missed:
			continue
		case cause == history.OK:
			if running {
				end(h.at)
			}
		default:
			if !running {
				running, start = true, h.at
			}
			if cause.Dropped() {
				dropped++
			}
		}
		last = h.at
	}
	if running {
		end(last + history.Micros(s.interval))
	}
	return found
}
