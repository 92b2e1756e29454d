package explain

import (
	"cmp"
	"slices"
	"strings"

	"zarif/report"
	"zarif/report/history"
)

// spentOnGone tells apart what a client gave up while the edge was at it.
const spentOnGone = history.EdgeClientGone + ": it tried pods that had ended"

// othersUnnamed says what is missing where the edge came to a living pod at last.
const othersUnnamed = "the edge's log names only the pod that it tried last: those before it are those that had ended, and that it still tried for other hits of that time"

// triedInVain finds the pods that an edge tried in vain until the client gave up. The
// edge says no more of such a hit than which pod it tried last, and of a try that it
// repeats nothing at all; so that it takes the pods' logs as well. Either that last one
// had ended, and never began the request. Or it lived and began it only as the time was
// nearly over, although it was free for others that were sent later.
func (c *inquiry) triedInVain(l *loss) (found, bool) {
	lines := c.facts.Proxied(l.stream, l.hit.Seq)
	if !l.through || l.masked() || l.cause != history.ResponseTimeout || len(lines) != 1 || lines[0].Status != 0 || len(lines[0].Upstream) == 0 {
		return found{}, false
	}
	last := c.addressed(lines[0].Upstream[0])
	if last == nil {
		return found{}, false
	}
	if len(l.lines) == 0 {
		ended := last.at(l.to, l.u) == stopped && (last.at(l.from, l.u) == stopped || c.overtaken(last, l, l.to))
		return found{pods: some(last), way: byAddress, detail: spentOnGone}, ended && c.unlogged(l, last)
	}
	if lines[0].Tries == 1 || !c.cameLate(l, last) {
		return found{}, false
	}
	before := c.tried(l)
	return found{pods: before, way: byElimination, detail: spentOnGone, missing: othersUnnamed}, len(before) > 0
}

// cameLate reports whether a living pod alone has a line of the hit, which it began so
// late that there was no time left, and whether it had not kept it waiting itself.
func (c *inquiry) cameLate(l *loss, p *pod) bool {
	line := l.line()
	if line == nil || line.Pod != p.name || p.at(l.to, l.u) != up {
		return false
	}
	waited, left := line.Start-l.from, l.to-line.Start
	return left < max(waited, history.MicrosOf(l.in.Work)) && c.overtaken(p, l, l.from+waited/2)
}

// overtaken reports whether a pod began, before a moment, a request that the same
// client had sent after the hit: then the hit was not waiting for the pod.
func (c *inquiry) overtaken(p *pod, l *loss, before history.Micros) bool {
	works := c.worksOf(p)
	i, _ := slices.BinarySearchFunc(works, l.from, func(w work, t history.Micros) int { return cmp.Compare(w.start, t) })
	for ; i < len(works) && works[i].start < before; i++ {
		if works[i].sent > l.from+l.u {
			return true
		}
	}
	return false
}

// tried are the pods that had ended before a living one began the hit, that never
// began it, and that the edge still tried for hits that were sent then or later.
func (c *inquiry) tried(l *loss) (all []*pod) {
	last := c.lastTried()
	for _, p := range c.all {
		if last[p] >= l.from-near && p.at(l.lines[0].Start, l.u) == stopped && c.proves(p, l.to+l.u) {
			all = append(all, p)
		}
	}
	return all
}

// lastTried is when the last hit was sent of which the edge says that it tried a pod.
func (c *inquiry) lastTried() map[*pod]history.Micros {
	if c.triedAt != nil {
		return c.triedAt
	}
	c.triedAt = map[*pod]history.Micros{}
	for i := range c.meta.Streams {
		for h := range c.facts.Hits(i) {
			for _, line := range c.facts.Proxied(i, h.Seq) {
				if len(line.Upstream) == 0 {
					continue
				}
				if p := c.addressed(line.Upstream[0]); p != nil {
					c.triedAt[p] = max(c.triedAt[p], h.Sent)
				}
			}
		}
	}
	return c.triedAt
}

// patience is the advice on top of the gateway's where clients gave up first.
const patience = "; and let the edge give up a pod that does not connect so soon that several tries fit into the time for which clients wait"

// spentOn reports whether clients gave up hits of any trial while the edge tried pods
// that had ended.
func spentOn(trials []report.Trial) bool {
	return slices.ContainsFunc(trials, func(t report.Trial) bool {
		return slices.ContainsFunc(t.Findings, func(f report.Finding) bool {
			return f.Mechanism == Gateway && strings.Contains(f.Summary, spentOnGone)
		})
	})
}
