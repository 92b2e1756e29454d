package explain

import (
	"zarif/report/history"
)

// throughEdge keeps what explanations rest on where the load came through an edge:
// whose the addresses are, until when it tried each pod, and what the pods began in
// between.
func (k *keeper) throughEdge(c *inquiry) {
	known := map[*pod]bool{}
	for i := range c.meta.Streams {
		for h := range c.facts.Hits(i) {
			for _, line := range c.facts.Proxied(i, h.Seq) {
				if len(line.Upstream) == 0 {
					continue
				}
				p := c.addressed(line.Upstream[0])
				if p == nil {
					continue
				}
				first := !known[p] && h.Cause == history.OK && h.Pod == p.name
				known[p] = known[p] || first
				switch last := h.Sent == c.lastTried()[p]; {
				case last && h.Cause.Dropped():
					k.loss(c, mechanisms(), c.loss(i, h))
				case last || first:
					k.hits[hitKey{h.Stream, h.Seq}] = true
				}
			}
		}
	}
	for key := range k.why {
		h, _ := c.facts.Hit(int(key.stream), key.seq)
		if l := c.loss(int(key.stream), h); l.through {
			k.overtaking(c, l)
		}
	}
}

// overtaking keeps the first hit that each pod began of those that were sent after a
// lost one.
func (k *keeper) overtaking(c *inquiry, l *loss) {
	began := map[string]history.Micros{}
	first := map[string]hitKey{}
	for i := range c.meta.Streams {
		for line := range c.facts.Lines(i) {
			h, known := c.facts.Hit(i, line.Seq)
			if !known || h.Cause != history.OK || h.Sent <= l.from+l.u || line.Done <= line.Start {
				continue
			}
			if at, seen := began[line.Pod]; !seen || line.Start < at {
				began[line.Pod], first[line.Pod] = line.Start, hitKey{uint8(i), line.Seq}
			}
		}
	}
	for _, key := range first {
		k.hits[key] = true
	}
}
