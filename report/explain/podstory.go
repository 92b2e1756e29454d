package explain

import (
	"fmt"

	"zarif/report/history"
)

// toldLosses is how many of a pod's losses its story tells one by one.
const toldLosses = 40

func (c *inquiry) podStory(p *pod) Story {
	s := Story{Title: "pod " + p.name}
	if p.node != "" {
		s.Title += " on node " + p.node
	}
	for _, in := range c.meta.Streams {
		s.Uncertain = max(s.Uncertain, (c.facts.Uncertainty(in.Source) + c.facts.Uncertainty(history.SourcePods)).Duration())
	}
	events := c.facts.Events()
	for i := range events {
		e := &events[i]
		if e.Pod == p.name || e.Pod == "" && e.Source == history.SourceHarness {
			s.event(e)
		}
	}
	s.answers(c, p)
	lost := map[string]int{}
	n := 0
	table := mechanisms()
	for l := range c.losses() {
		place, f := c.explain(table, l)
		for _, suspect := range f.pods {
			if suspect != p {
				continue
			}
			lost[table[place].name]++
			if n++; n <= toldLosses {
				s.add(l.from, l.to-l.from, l.in.Source, "hit %s is lost (%s): %s, known by %s", l.id(), l.cause, table[place].name, f.way)
			}
		}
	}
	if n > toldLosses {
		s.Conclusion = append(s.Conclusion, fmt.Sprintf("only the first %d of %d lost hits are told", toldLosses, n))
	}
	for _, m := range table {
		if lost[m.name] > 0 {
			s.Conclusion = append(s.Conclusion, fmt.Sprintf("%s lost: %s (%s)", hits(lost[m.name]), m.name, m.doc))
		}
	}
	if n == 0 {
		s.Conclusion = append(s.Conclusion, "no hit is known to have been lost by it")
	}
	return s
}

// answers adds the first and the last answer of the pod on each stream.
func (s *Story) answers(c *inquiry, p *pod) {
	for i, in := range c.meta.Streams {
		var first, last history.Hit
		n := 0
		for h := range c.facts.Hits(i) {
			if h.Cause != history.OK || h.Pod != p.name {
				continue
			}
			if n++; n == 1 {
				first = h
			}
			if h.Done > last.Done {
				last = h
			}
		}
		if n > 0 {
			s.add(first.Done, 0, in.Source, "first answer on stream %s: hit %s", in.Name, history.HitID(first.Stream, first.Seq))
			s.add(last.Done, 0, in.Source, "last answer on stream %s: hit %s; %d in all", in.Name, history.HitID(last.Stream, last.Seq), n)
		}
	}
}
