package explain

import (
	"slices"
	"time"

	"zarif/report"
	"zarif/report/history"
)

const second = history.Micros(time.Second / time.Microsecond)

// An inquiry is one trial while its losses are explained.
type inquiry struct {
	facts  *report.Facts
	meta   *history.Meta
	all    []*pod // by name
	byName map[string]*pod

	addresses map[string]*pod                      // whose they are, where hits told it; nil: of several
	answered  map[string][]history.Micros          // by source: when answered hits were sent, in order
	ports     map[string][]port                    // by source: the client's ports of connections that stood, in the order of their dialling
	traces    []trace                              // what a node remembers of connections to pods that went
	works     map[*pod][]work                      // requests by the pod that logged them
	took      map[int][]history.Micros             // how long answered requests took servers, in order, by stream
	asked     bool                                 // traces are known
	triedAt   map[*pod]history.Micros              // when the last hit was sent that the edge tried at a pod
	ledFirst  map[string]map[string]history.Micros // by source, then by pod: when the first connection was dialled that it answered
}

func newCase(facts *report.Facts) *inquiry {
	c := &inquiry{facts: facts, meta: facts.Meta()}
	c.pods()
	c.forget()
	return c
}

// near is how far around a moment hits must have been answered for the way to the
// Service to count as open then.
const near = second / 4

// open reports whether hits of the same source reached a server that were sent just
// before t and just after it, an answer or a server's line says: what failed in between did not fail on the way. Before,
// it may have been that nobody in service listened.
func (c *inquiry) open(source string, t history.Micros) bool {
	sent := c.arrivedOf(source)
	within := near
	for _, s := range c.meta.Streams {
		if s.Source == source && s.Rate > 0 {
			within = max(within, 4*history.MicrosOf(s.Interval()))
		}
	}
	i, _ := slices.BinarySearch(sent, t)
	before := i > 0 && t-sent[i-1] <= within || c.deaf(t-within, 0)
	return before && i < len(sent) && sent[i]-t <= within
}

func (c *inquiry) arrivedOf(source string) []history.Micros {
	if sent, known := c.answered[source]; known {
		return sent
	}
	var sent []history.Micros
	for i, s := range c.meta.Streams {
		if s.Source != source {
			continue
		}
		for h := range c.facts.Hits(i) {
			if len(h.Lost) == 0 && (h.Cause == history.OK || c.begun(i, h.Seq)) {
				sent = append(sent, c.gotThrough(i, h))
			}
		}
	}
	slices.Sort(sent)
	if c.answered == nil {
		c.answered = map[string][]history.Micros{}
	}
	c.answered[source] = sent
	return sent
}

// begun reports whether a server has a line of a hit.
func (c *inquiry) begun(stream int, seq uint64) bool {
	for range c.facts.LinesOf(stream, seq) {
		return true
	}
	return false
}

// gotThrough is when a hit that reached a server went its way: as it was sent, or as its
// connection was led somewhere with a second packet.
func (c *inquiry) gotThrough(stream int, h history.Hit) history.Micros {
	if h.Done-h.Sent < retransmits {
		return h.Sent
	}
	conn, _ := c.facts.Conn(stream, h.Conn)
	return max(h.Sent, ledAt(conn))
}

// addressed is the pod at an address, as answers told it; nil: unknown. The address
// of a Service is no pod's, although only one pod may have answered there: it takes
// several addresses with a pod each.
func (c *inquiry) addressed(address string) *pod {
	if c.addresses == nil {
		c.addresses = map[string]*pod{}
		for i := range c.meta.Streams {
			for h := range c.facts.Hits(i) {
				if h.Cause == history.OK && len(h.Lost) == 0 && h.Pod != "" {
					c.learn(i, &h)
				}
			}
		}
		seen := map[*pod]bool{}
		for _, p := range c.addresses {
			seen[p] = true
		}
		if delete(seen, nil); len(seen) < 2 {
			clear(c.addresses)
		}
	}
	return c.addresses[address]
}

func (c *inquiry) learn(stream int, h *history.Hit) {
	address := ""
	if c.meta.Through(&c.meta.Streams[stream]) {
		lines := c.facts.Proxied(stream, h.Seq)
		if len(lines) != 1 || len(lines[0].Upstream) == 0 {
			return
		}
		address = lines[0].Upstream[0]
	} else if conn, known := c.facts.Conn(stream, h.Conn); known && conn.Remote.IsValid() {
		address = conn.Remote.String()
	}
	if address == "" {
		return
	}
	p := c.byName[h.Pod]
	if was, known := c.addresses[address]; known && was != p {
		p = nil
	}
	c.addresses[address] = p
}
