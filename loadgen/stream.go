package loadgen

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/tsenart/vegeta/v12/lib"

	"zarif/report/history"
)

// tooLate is how late a hit may leave. One that would leave later is missed: a
// burst of old hits would be another load than the one that was asked for.
const tooLate = history.Micros(time.Second / time.Microsecond)

// seqHeader carries the number that the attack gave to a hit.
const seqHeader = "X-Vegeta-Seq"

// done is what the attack sees of every hit. It is never written to.
var done = &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}

// A stream turns ticks of one attack into hits. To the attack it is a
// RoundTripper; the hit is over, and recorded, when RoundTrip returns.
type stream struct {
	history.Stream
	ctx     context.Context // of the load
	rec     recorder
	lanes   *lanes
	pacer   *pacer
	drained chan struct{} // closed when the attack and all its hits have ended
}

func newStream(ctx context.Context, s history.Stream, rec recorder, d *dialer) *stream {
	shape := newShape(&s)
	return &stream{
		Stream:  s,
		ctx:     ctx,
		rec:     rec,
		lanes:   newLanes(&s, func() *lane { return newLane(ctx, shape, rec, d) }),
		drained: make(chan struct{}),
	}
}

// start begins the attack. Its results carry nothing that is wanted, and are
// read only because workers wait for that.
func (s *stream) start(p *pacer) {
	s.pacer = p
	attacker := vegeta.NewAttacker(vegeta.Client(&http.Client{Transport: s}))
	results := attacker.Attack(tick, p, 0, "")
	go func() {
		defer close(s.drained)
		for range results {
		}
	}()
}

// tick is the target of every attack: a request that goes nowhere.
func tick(t *vegeta.Target) error {
	t.Method, t.URL = http.MethodGet, "http://hit/"
	return nil
}

// RoundTrip implements http.RoundTripper. Without the number of the hit there is
// nothing to record; the hit then shows up as lost, since it was scheduled.
func (s *stream) RoundTrip(r *http.Request) (*http.Response, error) {
	seq, err := strconv.ParseUint(r.Header.Get(seqHeader), 10, 64)
	if err != nil {
		return nil, err
	}
	h := &history.Hit{Stream: s.ID, Seq: seq, At: history.MicrosOf(s.pacer.began.Add(s.pacer.due(seq)).Sub(s.rec.epoch))}
	s.hit(h)
	s.rec.put(history.Record{Hit: h})
	return done, nil
}

// hit makes the hit and sets all that is to be known of it.
func (s *stream) hit(h *history.Hit) {
	now := s.rec.now()
	if now-h.At > tooLate {
		h.Cause, h.Done = history.Missed, now
		return
	}
	h.Sent = now
	lane := s.lanes.take()
	defer s.lanes.give(lane)
	if s.ctx.Err() != nil {
		h.Cause, h.Done = history.Unresolved, now
		return
	}
	lane.send(h)
	if h.Cause == history.Missed {
		h.Sent = 0
	}
}
