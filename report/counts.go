package report

import (
	"time"

	"zarif/report/history"
)

// slowConnect is when a connect counts as slow: a lost SYN is sent again after a second.
const slowConnect = history.Micros(time.Second / time.Microsecond)

// outcome counts one hit.
func (c *Counts) outcome(cause history.Cause, masked bool) {
	c.Scheduled++
	switch {
	case cause == history.Missed:
		c.Missed++
		return
	case cause == history.Unresolved:
		c.Unresolved++
	case cause.Dropped():
		c.Dropped++
	default:
		c.OK++
	}
	c.Sent++
	if masked {
		c.Masked++
	}
}

// unknown counts n hits of which there is no record: they were due, nothing says
// that they were not sent, and their end is unknown.
func (c *Counts) unknown(n int) {
	c.Scheduled += n
	c.Sent += n
	c.Unresolved += n
}

// counting is a stream's result while hits are counted into it.
type counting struct {
	ev      *evidence
	stream  *history.Stream
	lost    map[uint64][]history.Attempt
	result  *Stream
	windows []StreamWindow // by index of the trial's windows
	latency [][]history.Micros
	lag     []history.Micros
	unasked []int // by window: drops of hits that had not asked for a fault
}

// tally is what the verdict needs to know of a stream beside its result.
type tally struct {
	dropped map[string]int // by window: drops of hits that had not asked for a fault
	ended   bool           // the load said how many hits were scheduled
}

// count turns one stream's hits into its result.
func (ev *evidence) count(i int, ws windows) (Stream, tally) {
	in, s := &ev.meta.Streams[i], &ev.streams[i]
	result := describe(in)
	c := counting{
		ev: ev, stream: in, lost: s.lost, result: &result, windows: make([]StreamWindow, len(ws.list)),
		latency: make([][]history.Micros, len(ws.list)), unasked: make([]int, len(ws.list)),
	}
	for j := range s.hits {
		c.hit(&s.hits[j], ws)
	}
	for _, g := range s.gaps {
		c.gap(g, s, ws)
	}
	for _, attempts := range s.lost {
		for _, a := range attempts {
			add(&result.Swallowed, string(a.Cause))
		}
	}
	for _, conn := range s.conns {
		if conn.open != notDone && conn.open-conn.dial >= slowConnect {
			result.SlowConnects++
		}
	}
	result.SendLag = sendLagOf(c.lag)
	result.Outages = ev.outages(s)
	result.Edge = ev.edge(in, s)
	t := tally{dropped: map[string]int{}, ended: s.ended}
	for w, win := range ws.list {
		c.windows[w].Latency = latencyOf(c.latency[w])
		result.Windows[win.name] = c.windows[w]
		t.dropped[win.name] += c.unasked[w]
	}
	return result, t
}

func describe(s *history.Stream) Stream {
	return Stream{
		Name: s.Name, Vantage: s.Vantage, Connection: s.Connection, Connections: s.Connections, Method: s.Method,
		Retry: s.Retry, Rate: s.Rate, Work: milliseconds(s.Work), ConnectTimeout: milliseconds(s.ConnectTimeout),
		ResponseTimeout: milliseconds(s.ResponseTimeout), Expected: s.Expected, Provokes: s.Provokes, Besides: s.Besides,
		Causes: map[string]int{}, Windows: map[string]StreamWindow{},
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func (c *counting) hit(h *hit, ws windows) {
	cause := c.ev.cause(h)
	c.result.outcome(cause, h.masked)
	fault := c.stream.Fault(h.seq)
	if fault != "" && cause != history.Missed {
		c.asked(fault, cause, h)
	}
	if cause.Dropped() {
		c.result.Causes[string(cause)]++
	}
	if cause != history.Missed && h.sent != notDone {
		c.lag = append(c.lag, h.sent-h.at)
	}
	w := ws.of(h, cause == history.Missed)
	if w < 0 {
		return
	}
	c.windows[w].outcome(cause, h.masked)
	if cause == history.OK {
		c.latency[w] = append(c.latency[w], h.done-h.at)
	}
	if cause.Dropped() && fault == "" {
		c.unasked[w]++
	}
}

// asked counts a sent hit that had asked the server for a fault.
func (c *counting) asked(fault string, cause history.Cause, h *hit) {
	f := c.fault(fault)
	f.Asked++
	switch {
	case cause == history.Unresolved:
		f.Unresolved++
	case cause.Dropped():
		f.Causes[string(cause)]++
	default:
		f.OK++
	}
	if h.masked {
		f.Masked++
	}
	for _, a := range c.lost[h.seq] {
		add(&f.Swallowed, string(a.Cause))
	}
	c.result.Faults[fault] = f
}

func (c *counting) fault(name string) Fault {
	if c.result.Faults == nil {
		c.result.Faults = map[string]Fault{}
	}
	f, known := c.result.Faults[name]
	if !known {
		f.Causes = map[string]int{}
	}
	return f
}

func (c *counting) gap(g gap, s *streamEvidence, ws windows) {
	c.result.unknown(g.len())
	for w, n := range s.spread(g, ws) {
		c.windows[w].unknown(n)
	}
	for i, name := range c.stream.Faults {
		if n := askedIn(g, c.stream.FaultEvery, uint64(i), uint64(len(c.stream.Faults))); n > 0 {
			f := c.fault(name)
			f.Asked += n
			f.Unresolved += n
			c.result.Faults[name] = f
		}
	}
}

// askedIn is how many numbers of g ask for fault i of n: those that are every × k
// with k mod n = i.
func askedIn(g gap, every, i, n uint64) int {
	if every == 0 {
		return 0
	}
	before := func(end uint64) uint64 { // such numbers below end
		turns := (end + every - 1) / every
		return (turns + n - 1 - i) / n
	}
	return int(before(g.end) - before(g.first))
}

func add(counts *map[string]int, key string) {
	if *counts == nil {
		*counts = map[string]int{}
	}
	(*counts)[key]++
}
