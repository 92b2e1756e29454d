package explain

import (
	"cmp"
	"math"
	"slices"
	"time"

	"zarif/report/history"
)

// tracked is how long a node remembers where it led a connection that was never
// answered: nf_conntrack_tcp_timeout_syn_sent is 120 s, and the packets of that
// connection go on for a while.
const tracked = 150 * second

// staleEntry: the client used the port of an earlier connection that had been led
// to a pod that was gone. The node's connection tracking still knew it, and led the
// new one there as well, although everything listened by then. A failed connection
// does not tell its port; but a client's ports rise from one connection to the
// next, so that those beside it tell it closely.
func staleEntry() mechanism {
	return mechanism{
		name: StaleEntry,
		doc:  "the client's port was that of an earlier connection that had been led to a gone pod, and the node's connection tracking led it there again",
		explains: func(c *inquiry, l *loss) (found, bool) {
			if l.cause != history.ConnectTimeout || l.in.Vantage == history.VantageEdge {
				return found{}, false
			}
			between, known := c.portOf(l)
			if !known || !c.open(l.in.Source, l.from) {
				return found{}, false
			}
			for _, s := range c.silenced() {
				if s.source == l.in.Source && s.at < l.from && l.from-s.at <= tracked && s.ports.overlap(between) {
					return found{pods: s.pods, way: byElimination, stale: true}, true
				}
			}
			return found{}, false
		},
		advice: stayAdvice + "; it would have spared the connections after it as well",
	}
}

// A port is that of a client's connection.
type port struct {
	id     uint32
	number uint16
	dial   history.Micros
	remote string
}

// ports from one to another, both exclusive.
type portRange struct{ after, before uint16 }

func (r portRange) overlap(o portRange) bool {
	return max(r.after, o.after)+1 < min(r.before, o.before)
}

// A silence is a connection that was led to pods that were gone.
type silence struct {
	source string
	at     history.Micros
	ports  portRange
	pods   []*pod
}

const (
	// beside is how many neighbours tell a port, on each side: of connections that are
	// dialled at once one can be out of its turn.
	beside = 2
	// besides is how far away in time the neighbours may be that tell a port.
	besides = history.Micros(300 * time.Millisecond / time.Microsecond)
	// closely is how far apart their ports may be.
	closely = 100
)

// portOf is between which ports that of a failed connection was.
func (c *inquiry) portOf(l *loss) (r portRange, known bool) {
	ports := c.portsOf(l.in.Source)
	i, _ := slices.BinarySearchFunc(ports, l.conn.ID, func(p port, id uint32) int { return cmp.Compare(p.id, id) })
	if l.conn.ID == 0 || i < beside || i > len(ports)-beside {
		return r, false
	}
	r = portRange{after: math.MaxUint16}
	for _, p := range ports[i-beside : i+beside] {
		if p.remote != l.conn.Remote.String() || max(p.dial-l.conn.Dial, l.conn.Dial-p.dial) > besides {
			return r, false
		}
		if p.id < l.conn.ID {
			r.after = min(r.after, p.number)
		} else {
			r.before = max(r.before, p.number)
		}
	}
	return r, r.after < r.before && r.before-r.after <= closely
}

// portsOf are the ports of a source's connections that stood, by their ids, which
// rise as they are dialled.
func (c *inquiry) portsOf(source string) []port {
	if known, ok := c.ports[source]; ok {
		return known
	}
	var all []port
	for i, s := range c.meta.Streams {
		if s.Source != source {
			continue
		}
		for conn := range c.facts.Conns(i) {
			if number := conn.Local.Port(); number != 0 && conn.Open != 0 {
				all = append(all, port{id: conn.ID, number: number, dial: conn.Dial, remote: conn.Remote.String()})
			}
		}
	}
	slices.SortFunc(all, func(a, b port) int { return cmp.Compare(a.id, b.id) })
	if c.ports == nil {
		c.ports = map[string][]port{}
	}
	c.ports[source] = all
	return all
}

// silenced are all connections of which it is known that they were led to gone pods.
func (c *inquiry) silenced() []silence {
	if c.asked {
		return c.silences
	}
	c.asked = true
	gone := goneAddress()
	for l := range c.losses() {
		if l.cause != history.ConnectTimeout {
			continue
		}
		if f, ok := gone.explains(c, l); ok {
			if r, known := c.portOf(l); known {
				c.silences = append(c.silences, silence{source: l.in.Source, at: l.from, ports: r, pods: f.pods})
			}
		}
	}
	return c.silences
}
