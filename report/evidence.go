package report

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"time"

	"zarif/report/history"
)

// evidence is a whole history in memory: hits, connections and server log lines
// in a compact form (a trial may have millions), everything else as it was read.
// Once aligned, all its times are µs since Meta.Started by the harness's clock.
type evidence struct {
	meta    history.Meta
	streams []streamEvidence // by stream id
	served  []served         // by stream and seq
	events  []history.Event
	clocks  map[string][]history.Clock
	ends    map[string]history.End
	written map[string]uint64 // records by the source that wrote them
	total   uint64            // all records but the harness's End

	foreign    []served // lines that belong to no stream
	unreadable []string // ids of foreign lines, see served.id

	cut    bool
	shifts map[string]history.Micros // by source, see align
	names  interner                  // pods
	causes interner
	// addresses are those of connections and upstreams, and what edges said of these.
	addresses interner
	faults    []string // what is wrong with the history itself, as sentences
}

// streamEvidence is what is known of one stream.
type streamEvidence struct {
	hits      []hit // by seq
	lost      map[uint64][]history.Attempt
	conns     []conn    // by id
	served    []served  // by seq; what servers logged of these hits
	proxied   []proxied // by seq; what the edge logged of these hits
	scheduled uint64
	ended     bool           // the load said how many hits were scheduled
	gaps      []gap          // numbers without a record: sent, and their end is unknown
	origin    history.Micros // when hit 0 was scheduled, known if there is a hit
	interval  float64        // µs
}

type hit struct {
	seq            uint64
	at, sent, done history.Micros
	first          history.Micros // notDone: no response byte came
	conn           uint32
	pod            uint32
	cause          uint32
	idle           uint32 // µs, of the connection before the hit
	status         uint16
	tries          uint8
	masked         bool
}

type conn struct {
	id, pod, err       uint32 // err: the first thing that the peer did to it, as a cause
	remote             uint32 // in addresses
	read, wrote        uint32 // bytes
	port               uint16 // the client's; 0: unknown
	dial, open, closed history.Micros
}

type served struct {
	seq         uint64
	start, done history.Micros // done is notDone without an end line
	pod         uint32
	id          uint32 // index+1 into unreadable ids; 0: stream and seq hold it
	status      uint16
	stream      uint8
}

// proxied is what an edge logged of a hit.
type proxied struct {
	seq    uint64
	done   history.Micros
	reason uint32 // in causes
	// upstream is the last one, in addresses; detail is the edge's own words.
	upstream, detail uint32
	tries            uint8
	status           uint16
	// answered: the status is an upstream's.
	answered bool
}

// notDone stands for a moment that never came. History leaves such a field out,
// as 0, but 0 is a moment of its own once a clock's offset was applied.
const notDone = history.Micros(math.MinInt64)

// maxSeq bounds the numbers of hits: 10,000 hits/s take three years to get there,
// so that what is beyond is damage.
const maxSeq = 1 << 40

// An interner keeps one copy of each text and gives it a number; "" is 0.
type interner struct {
	ids   map[string]uint32
	texts []string
}

func newInterner() interner {
	return interner{ids: map[string]uint32{"": 0}, texts: []string{""}}
}

func (in *interner) id(text string) uint32 {
	id, known := in.ids[text]
	if !known {
		id = uint32(len(in.texts))
		in.ids[text], in.texts = id, append(in.texts, text)
	}
	return id
}

func (in *interner) text(id uint32) string { return in.texts[id] }

func (ev *evidence) cause(h *hit) history.Cause { return history.Cause(ev.causes.text(h.cause)) }

// fault notes that something is wrong with the history itself.
func (ev *evidence) fault(format string, args ...any) {
	ev.faults = append(ev.faults, fmt.Sprintf(format, args...))
}

// gather reads a history to its end.
func gather(records iter.Seq2[history.Record, error]) (*evidence, error) {
	ev := &evidence{
		clocks: map[string][]history.Clock{}, ends: map[string]history.End{}, written: map[string]uint64{},
		names: newInterner(), causes: newInterner(), addresses: newInterner(),
	}
	var in intake
	for rec, err := range records {
		if errors.Is(err, history.ErrCut) {
			ev.cut = true
			break
		}
		if err != nil {
			return nil, err
		}
		if err := in.add(ev, rec); err != nil {
			return nil, err
		}
	}
	if !in.meta {
		return nil, ErrNothing
	}
	in.assign(ev)
	ev.align()
	ev.sortServed()
	for i := range ev.streams {
		ev.streams[i].findGaps(&ev.meta.Streams[i])
	}
	return ev, nil
}

// moment is t on the wall clock of the harness.
func (ev *evidence) moment(t history.Micros) time.Time {
	return ev.meta.Started.Add(t.Duration()).UTC()
}
