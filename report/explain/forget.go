package explain

import (
	"math"
	"slices"

	"zarif/report/history"
)

// A dialled connection, as far as it tells what the client's proxy knew.
type dialled struct {
	stream int
	id     uint32
	at     history.Micros // it was led there
	pod    string         // that answered on it
	failed bool           // nobody answered on it
}

// retransmits is when a first packet that nobody answered is sent again: a second
// later, less what a clock may be coarse by.
const retransmits = second * 9 / 10

// ledAt is when a connection was led to where it went: as it was dialled or, where
// that took a second packet, as it stood.
func ledAt(conn history.Conn) history.Micros {
	if conn.Open-conn.Dial >= retransmits {
		return conn.Open
	}
	return conn.Dial
}

// dialled are all new connections in the order in which they were led; none where
// clients load through several proxies, of which nothing can be told together.
func (c *inquiry) dialled() (all []dialled) {
	for i, s := range c.meta.Streams {
		if s.Source != c.meta.Streams[0].Source || s.Vantage != c.meta.Streams[0].Vantage || c.meta.Through(&s) {
			return nil
		}
		for conn := range c.facts.Conns(i) {
			all = append(all, dialled{stream: i, id: conn.ID, at: ledAt(conn), pod: conn.Pod, failed: conn.Pod == "" && conn.Err != ""})
		}
	}
	slices.SortStableFunc(all, func(a, b dialled) int { return int(max(-1, min(1, a.at-b.at))) })
	return all
}

// led is when a connection was first led to each pod, by pod.
func led(all []dialled) map[string]history.Micros {
	first := map[string]history.Micros{}
	for _, d := range all {
		if _, known := first[d.pod]; !known && d.pod != "" {
			first[d.pod] = d.at
		}
	}
	return first
}

// outOfService is when the API last said that the pod's endpoint is not ready any
// more; 0: never, or it is ready again.
func (p *pod) outOfService() history.Micros {
	if n := len(p.endpoint); n > 0 {
		return p.endpoint[n-1].to
	}
	return 0
}

// forget notes from when on the client's proxy had certainly forgotten pods.
func (c *inquiry) forget() {
	all := c.dialled()
	first := led(all)
	for _, p := range c.all {
		out := p.outOfService()
		if out == 0 {
			continue
		}
		p.forgotten, _ = c.missedFrom(p, all)
		// A proxy writes all of its rules at once: one that leads to an endpoint knows of
		// all that had gone before that one was ready.
		for _, later := range c.all {
			if at := first[later.name]; at != 0 && len(later.endpoint) > 0 && later.endpoint[0].from > out && (p.forgotten == 0 || at < p.forgotten) {
				p.forgotten = at
			}
		}
	}
}

// byChance is how likely it may be that a proxy spares a pod which it still knows.
const byChance = 1e-6

// missedFrom is when so many connections in turn had been led elsewhere, after the
// pod was out of service, that it cannot be chance: each goes to any one of the
// endpoints, all alike. One that the pod answered, or nobody, begins the row anew, so
// that it does not matter whether the pod still listened. 0: that never came. needed is
// how many it takes.
func (c *inquiry) missedFrom(p *pod, all []dialled) (at history.Micros, needed int) {
	endpoints := 0
	for _, q := range c.all {
		if len(q.endpoint) > 0 {
			endpoints++
		}
	}
	if endpoints < 2 || p.outOfService() == 0 {
		return 0, 0
	}
	needed = int(math.Ceil(math.Log(byChance) / math.Log(1-1/float64(endpoints))))
	from := p.outOfService()
	i, _ := slices.BinarySearchFunc(all, from, func(d dialled, t history.Micros) int { return int(max(-1, min(1, d.at-t))) })
	inTurn := 0
	for ; i < len(all); i++ {
		switch d := all[i]; {
		case d.failed || d.pod == p.name:
			inTurn = 0
		case d.pod != "":
			if inTurn++; inTurn == needed {
				return d.at, needed
			}
		}
	}
	return 0, 0
}
