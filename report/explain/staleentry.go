package explain

import (
	"cmp"
	"math"
	"slices"
	"time"

	"zarif/report/history"
)

const (
	// tracked is how long a node remembers where it led a connection that was never
	// answered: nf_conntrack_tcp_timeout_syn_sent is 120 s, and the packets of that
	// connection go on for a while.
	tracked = 150 * second
	// trackedEnd is how long it remembers one that was refused or ended there:
	// nf_conntrack_tcp_timeout_close is 10 s.
	trackedEnd = 15 * second
)

// staleEntry: the client used the port of an earlier connection that had been led
// to a pod that went. The node's connection tracking still knew it, and led the new
// one there as well, although everything listened by then: where nobody answers any
// more or, as long as the pod's network stands, to be refused. Where the history does not
// hold the port of a connection that never stood, those beside it tell it closely: a
// client's ports rise from one connection to the next.
func staleEntry() mechanism {
	return mechanism{
		name:     StaleEntry,
		doc:      "the client's port was that of an earlier connection that had been led to a gone pod, and the node's connection tracking led it there again",
		explains: func(c *inquiry, l *loss) (found, bool) { return c.ledByEntry(l) },
		advice:   stayAdvice + "; it would have spared the connections after it as well",
	}
}

func (c *inquiry) ledByEntry(l *loss) (found, bool) {
	if l.cause != history.ConnectTimeout && l.cause != history.Refused || l.through {
		return found{}, false
	}
	between, known := c.portOf(l)
	if !known || !c.open(l.in.Source, l.from) {
		return found{}, false
	}
	listened := func(p *pod) bool { return p.listened(l) }
	for _, t := range c.remembered() {
		if t.source != l.in.Source || !t.known(l.from) || !t.ports.overlap(between) {
			continue
		}
		if l.cause == history.ConnectTimeout || !slices.ContainsFunc(t.pods, listened) {
			return found{pods: t.pods, way: byElimination, stale: true}, true
		}
	}
	return found{}, false
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

// A trace is what a node remembers of a connection that was led to pods that went.
type trace struct {
	source   string
	from, to history.Micros // when it was over, and its port free; until when it is remembered
	ports    portRange
	pods     []*pod
}

func (t trace) known(at history.Micros) bool { return t.from < at && at <= t.to }

const (
	// beside is how many neighbours tell a port, on each side: of connections that are
	// dialled at once one can be out of its turn.
	beside = 2
	// besides is how far away in time the neighbours may be that tell a port.
	besides = history.Micros(300 * time.Millisecond / time.Microsecond)
	// closely is how far apart their ports may be.
	closely = 150
	// rise is by how much, on the average, a port may be above that of the connection
	// before it: Linux adds an even number of up to 16 to it.
	rise = 16
)

// portOf is between which ports that of a failed connection was.
func (c *inquiry) portOf(l *loss) (r portRange, known bool) {
	if number := l.conn.Local.Port(); number > 0 && number < math.MaxUint16 {
		return portRange{number - 1, number + 1}, true
	}
	ports := c.portsOf(l.in.Source)
	i, _ := slices.BinarySearchFunc(ports, l.conn.ID, func(p port, id uint32) int { return cmp.Compare(p.id, id) })
	if l.conn.ID == 0 || i == 0 || i == len(ports) {
		return r, false
	}
	r = portRange{after: math.MaxUint16}
	for _, p := range ports[max(0, i-beside):min(len(ports), i+beside)] {
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

// portAmong is between which ports that of a failed connection was where no neighbour
// stood, in an outage: as far between those of the last connection before it and of the
// first one after it as it was dialled between them.
func (c *inquiry) portAmong(l *loss) (r portRange, known bool) {
	ports := c.portsOf(l.in.Source)
	i, _ := slices.BinarySearchFunc(ports, l.conn.ID, func(p port, id uint32) int { return cmp.Compare(p.id, id) })
	if l.conn.ID == 0 || i == 0 || i == len(ports) {
		return r, false
	}
	before, after, remote := ports[i-1], ports[i], l.conn.Remote.String()
	wide, steps := int(after.number)-int(before.number), int(after.id-before.id)
	if before.remote != remote || after.remote != remote || wide <= 0 || wide > rise*steps {
		return r, false
	}
	at := int(before.number) + wide*int(l.conn.ID-before.id)/steps
	return portRange{
		after:  uint16(max(int(before.number), at-closely/2)),
		before: uint16(min(int(after.number), at+closely/2)),
	}, true
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

// ledToEnding are the mechanisms whose connections were led to pods that went, and
// were ended there.
var ledToEnding = []string{LateEndpoint, NeverServed, IdleRace, InFlightCut, InFlightKilled}

// remembered are the traces of all lost hits of which it is known, without any
// trace, that their connections were led to pods that went. Where no pod was left,
// those that nobody answered were: a proxy that knew of none would have refused them.
func (c *inquiry) remembered() []trace {
	if c.asked {
		return c.traces
	}
	c.asked = true
	table := slices.DeleteFunc(mechanisms(), func(m mechanism) bool { return m.name == StaleEntry })
	for l := range c.losses() {
		place, f := c.explain(table, l)
		t := trace{source: l.in.Source, from: l.to, to: l.to + trackedEnd, pods: f.pods}
		switch name := table[place].name; {
		case name == GoneAddress, name == NoEndpoint && l.cause == history.ConnectTimeout:
			t.to = l.from + tracked
		case slices.Contains(ledToEnding, name):
		default:
			continue
		}
		r, known := c.portOf(l)
		if !known {
			r, known = c.portAmong(l)
		}
		if known && !l.through {
			t.ports = r
			c.traces = append(c.traces, t)
		}
	}
	return c.traces
}
