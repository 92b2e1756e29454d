package loadgen

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zarif/report/history"
)

// A peer is a server on a real socket that does exactly what a test says.
type peer struct {
	net.Listener
	wg    sync.WaitGroup
	conns sync.Map // net.Conn → nothing
	seen  sync.Map // hit id → *atomic.Int32, how often its request came
}

// serve starts a peer that hands every connection to handle, with its number
// from 0, and closes it after.
func serve(t testing.TB, handle func(p *peer, c *net.TCPConn, n int)) *peer {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{Listener: l}
	p.wg.Go(func() {
		for n := 0; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.conns.Store(c, nil)
			p.wg.Go(func() {
				handle(p, c.(*net.TCPConn), n)
				c.Close()
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		p.conns.Range(func(c, _ any) bool { c.(net.Conn).Close(); return true })
		p.wg.Wait()
	})
	return p
}

// request reads one request and counts it; nil at the end of the connection.
func (p *peer) request(in *bufio.Reader) *http.Request {
	r, err := http.ReadRequest(in)
	if err != nil {
		return nil
	}
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return nil
	}
	n, _ := p.seen.LoadOrStore(r.Header.Get(history.HitHeader), new(atomic.Int32))
	n.(*atomic.Int32).Add(1)
	return r
}

// times is how often the request of hit h came.
func (p *peer) times(h history.Hit) int {
	n, ok := p.seen.Load(history.HitID(h.Stream, h.Seq))
	if !ok {
		return 0
	}
	return int(n.(*atomic.Int32).Load())
}

const okResponse = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nZarif-Pod: pod-a\r\n\r\nok"

// answering answers every request with the same bytes.
func answering(response string) func(*peer, *net.TCPConn, int) {
	return func(p *peer, c *net.TCPConn, _ int) {
		for in := bufio.NewReader(c); p.request(in) != nil; {
			c.Write([]byte(response))
		}
	}
}

// reset makes the end of c a RST.
func reset(c *net.TCPConn) {
	c.SetLinger(0)
	c.Close()
}

// finish ends c by a FIN; the peer reads on.
func finish(c *net.TCPConn) { c.CloseWrite() }

// streamTo is a stream with everything set, fast enough for a test.
func streamTo(addr string, edits ...func(*history.Stream)) history.Stream {
	s := history.Stream{
		ID: 3, Name: "test", Source: history.SourceHarness, Vantage: history.VantageHost,
		URL: "http://" + addr + "/?work=0", Method: http.MethodGet,
		Connection: history.Reused, Connections: 2, Retry: history.RetryNone,
		Rate: 500, ConnectTimeout: time.Minute, ResponseTimeout: time.Minute,
	}
	for _, edit := range edits {
		edit(&s)
	}
	return s
}

func fresh(s *history.Stream)    { s.Connection, s.Connections = history.Fresh, 0 }
func oneLane(s *history.Stream)  { s.Connections = 1 }
func retrying(s *history.Stream) { s.Retry = history.RetryClient }
func responseIn(d time.Duration) func(*history.Stream) {
	return func(s *history.Stream) { s.ResponseTimeout = d }
}

// records are what a load handed over.
type records struct {
	hits  []history.Hit
	conns map[uint32]history.Conn
	ends  []history.StreamEnd
}

// A sink collects records and calls at after every hit, with how many were sent.
type sink struct {
	mu     sync.Mutex
	all    []history.Record
	hits   int
	closed bool
	at     func(hits int)
}

func (k *sink) put(r history.Record) {
	k.mu.Lock()
	if k.closed {
		panic("a record came after Wait had returned")
	}
	k.all = append(k.all, r)
	if r.Hit != nil && r.Hit.Cause != history.Missed {
		k.hits++
	}
	n := k.hits
	k.mu.Unlock()
	if r.Hit != nil && k.at != nil {
		k.at(n)
	}
}

// fire runs streams until n hits were sent and are recorded, ends the load, and checks what
// holds for every load: each number once, each connection known, nothing late.
func fire(t testing.TB, n int, c Config) records {
	t.Helper()
	enough := make(chan struct{})
	var once sync.Once
	k := &sink{at: func(hits int) {
		if hits >= n {
			once.Do(func() { close(enough) })
		}
	}}
	c.Put, c.Epoch = k.put, time.Now().Add(-time.Millisecond)
	l, err := Start(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-enough:
	case <-time.After(time.Minute):
		t.Error("the hits that were waited for were not recorded within a minute")
	}
	l.End()
	return collect(t, k, l)
}

// collect waits for l and checks its records.
func collect(t testing.TB, k *sink, l *Load) records {
	t.Helper()
	got := records{conns: map[uint32]history.Conn{}, ends: l.Wait()}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.closed = true
	seqs := map[string]int{}
	count := map[uint8]uint64{}
	for _, r := range k.all {
		switch {
		case r.Hit != nil:
			got.hits = append(got.hits, *r.Hit)
			seqs[history.HitID(r.Hit.Stream, r.Hit.Seq)]++
			count[r.Hit.Stream]++
		case r.Conn != nil:
			if _, twice := got.conns[r.Conn.ID]; twice {
				t.Errorf("connection %d is recorded twice", r.Conn.ID)
			}
			got.conns[r.Conn.ID] = *r.Conn
		}
	}
	if len(got.ends) == 0 {
		t.Error("no stream has an end")
	}
	for _, end := range got.ends {
		if count[end.Stream] != end.Scheduled {
			t.Errorf("stream %d: %d hits recorded, %d scheduled", end.Stream, count[end.Stream], end.Scheduled)
		}
		for n := range end.Scheduled {
			if seqs[history.HitID(end.Stream, n)] != 1 {
				t.Errorf("hit %d-%d is recorded %d times", end.Stream, n, seqs[history.HitID(end.Stream, n)])
			}
		}
	}
	for _, h := range got.hits {
		got.check(t, h)
	}
	return got
}

// check holds a hit against what is true of every hit.
func (r records) check(t testing.TB, h history.Hit) {
	t.Helper()
	if h.Cause == "" {
		t.Errorf("hit without an outcome: %+v", h)
	}
	if h.Conn != 0 && r.conns[h.Conn].ID == 0 {
		t.Errorf("no record of the connection of %+v", h)
	}
	for _, a := range h.Lost {
		if a.Conn != 0 && r.conns[a.Conn].ID == 0 {
			t.Errorf("no record of the lost connection of %+v", h)
		}
	}
	if h.Cause == history.Missed {
		if h.Sent != 0 {
			t.Errorf("a missed hit was sent: %+v", h)
		}
		return
	}
	if h.Sent < h.At || h.Done < h.Sent || h.First != 0 && (h.First < h.Sent || h.Done < h.First) {
		t.Errorf("times out of order: %+v", h)
	}
	if int(h.Tries) < len(h.Lost) {
		t.Errorf("fewer attempts than lost ones: %+v", h)
	}
}

// causes counts the outcomes.
func (r records) causes() map[history.Cause]int {
	n := map[history.Cause]int{}
	for _, h := range r.hits {
		n[h.Cause]++
	}
	return n
}

// sent are the hits that left. On a machine that is busy with other things some
// may not have.
func (r records) sent() (hits []history.Hit) {
	for _, h := range r.hits {
		if h.Cause != history.Missed {
			hits = append(hits, h)
		}
	}
	return hits
}

// only fails the test unless every hit that left ended with one of causes.
func (r records) only(t testing.TB, causes ...history.Cause) {
	t.Helper()
	rest := r.causes()
	delete(rest, history.Missed)
	for _, c := range causes {
		delete(rest, c)
	}
	if len(rest) > 0 {
		t.Errorf("got outcomes %v, want only %v", r.causes(), causes)
	}
}
