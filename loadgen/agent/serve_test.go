package agent

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zarif/report/history"
)

func TestALoadFromPlanToEnd(t *testing.T) {
	in := serveInside(t)
	g, done := follow(t, in.client)
	if s := awaitState(t, in.client, StateIdle); s.Records != 1 || s.Build != in.client.Build {
		t.Fatalf("status %+v, want one record, the clock, and its build", s)
	}
	in.begin()
	c := <-in.load.began
	if c.Seed != 1<<63+7 || len(c.Streams) != 1 || c.Streams[0].ResponseTimeout != 10*time.Second {
		t.Fatalf("the load got %+v", c)
	}
	for n := range 5 {
		c.Put(testHit(n))
	}
	g.await(t, 6) // while it runs
	if err := in.client.End(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-in.load.ending
	awaitState(t, in.client, StateEnding)
	c.Put(testHit(5)) // in flight
	close(in.load.drain)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	end := g.last(t)
	if end.Records != 7 || end.Reason != "" || len(end.Streams) != 1 || end.Streams[0].Scheduled != 7 {
		t.Fatalf("end %+v", end)
	}
	if clock := g.all()[0].Clock; clock == nil || !clock.Epoch.Equal(c.Epoch) {
		t.Fatalf("first record %+v, want the clock", g.all()[0])
	}
	if err := in.ended(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(in.dir, socketFile)); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("the socket is still there: %v", err)
	}
}

func TestEndsThatWereNotPlanned(t *testing.T) {
	tests := []struct {
		name   string
		end    func(in *inside)
		reason string
	}{
		{"aborted while it runs", func(in *inside) { in.begin(); in.client.Abort(in.t.Context()) }, ReasonAborted},
		{"aborted while it drains", func(in *inside) {
			in.begin()
			in.client.End(in.t.Context())
			in.client.Abort(in.t.Context())
		}, ReasonAborted},
		{"terminated while it runs", func(in *inside) { in.begin(); in.stop() }, ReasonInterrupted},
		{"terminated while it drains", func(in *inside) {
			in.begin()
			in.client.End(in.t.Context())
			in.stop()
		}, ReasonInterrupted},
		{"terminated before its plan", func(in *inside) { in.stop() }, ReasonInterrupted},
		{"past its limit", func(in *inside) {
			p := testPlan("http://127.0.0.1:1/")
			p.Limit = time.Millisecond
			close(in.load.drain)
			in.client.Start(in.t.Context(), p)
		}, ReasonLimit},
		{"not started", func(in *inside) {
			in.load.refuse = errors.New("no such host")
			if err := in.client.Start(in.t.Context(), testPlan("http://127.0.0.1:1/")); err == nil || !strings.Contains(err.Error(), "no such host") {
				in.t.Errorf("Start: %v", err)
			}
		}, reasonNoStart + "no such host"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := serveInside(t)
			g, done := follow(t, in.client)
			g.await(t, 1)
			tt.end(in)
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			if end := g.last(t); end.Reason != tt.reason {
				t.Fatalf("reason %q, want %q", end.Reason, tt.reason)
			}
			if err := in.ended(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	plan := testPlan("http://127.0.0.1:1/")
	t.Run("a second plan", func(t *testing.T) {
		in := serveInside(t)
		in.begin()
		mustBe(t, in.client.Start(t.Context(), plan), ErrSecondPlan)
		in.client.Abort(t.Context())
		awaitState(t, in.client, StateEnded)
		mustBe(t, in.client.Start(t.Context(), plan), ErrSecondPlan)
	})
	t.Run("another build", func(t *testing.T) {
		in := serveInside(t)
		in.client.Build = BuildID([]byte("another"))
		mustBe(t, in.client.Start(t.Context(), plan), ErrBuild)
		mustBe(t, in.client.End(t.Context()), ErrBuild)
		mustBe(t, in.client.Follow(t.Context(), func(r history.Record) { t.Errorf("handed over %+v", r) }), ErrBuild)
	})
	t.Run("a plan of no streams", func(t *testing.T) {
		in := serveInside(t)
		mustBe(t, in.client.Start(t.Context(), Plan{}), ErrBadPlan)
	})
	t.Run("an end without a load", func(t *testing.T) {
		in := serveInside(t)
		for _, do := range []func(context.Context) error{in.client.End, in.client.Abort} {
			if err := do(t.Context()); err == nil || !strings.Contains(err.Error(), "no plan") {
				t.Errorf("error %v, want one about the missing plan", err)
			}
		}
	})
	t.Run("a second agent in a directory", func(t *testing.T) {
		in := serveInside(t)
		awaitState(t, in.client, StateIdle)
		if err := Serve(t.Context(), in.dir); err == nil || !strings.Contains(err.Error(), "earlier life") {
			t.Fatalf("error %v", err)
		}
		awaitState(t, in.client, StateIdle) // the first one is untouched
	})
	t.Run("a directory with a long name", func(t *testing.T) {
		dir := filepath.Join(shortDir(t), strings.Repeat("x", 100))
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := Serve(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "too long for a socket") {
			t.Fatalf("error %v", err)
		}
	})
}

func TestPlansThatAreRefusedByTheAgentItself(t *testing.T) {
	tests := []struct{ name, plan string }{
		{"not JSON", "streams: []"},
		{"an unknown field", `{"streams":[],"sed":1}`},
		{"two plans", `{"streams":[]}{"streams":[]}`},
		{"nothing", ""},
		{"too much", `{"streams":[],"seed":` + strings.Repeat(" ", maxRequest) + `1}`},
		{"an unknown field of a stream", `{"streams":[{"id":0,"rat":3}]}`},
		{"a stream of the harness", `{"streams":[{"id":0,"source":"harness"}]}`},
		{"a limit that is too long", `{"streams":[],"limit_ns":1000000000000000000}`},
	}
	in := serveInside(t)
	awaitState(t, in.client, StateIdle)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			err := Tell(t.Context(), TellConfig{Dir: in.dir, Do: doStart}, strings.NewReader(tt.plan), &out)
			mustBe(t, err, ErrBadPlan)
			var ans answer
			if err := decode(out.Bytes(), &ans); err != nil || ans.Fault == nil {
				t.Fatalf("answer %q: %v", out.String(), err)
			}
		})
	}
	awaitState(t, in.client, StateIdle) // takes a good one still
	in.begin()
}

func TestRequestsThatBreakTheProtocol(t *testing.T) {
	in := serveInside(t)
	awaitState(t, in.client, StateIdle)
	tests := []struct{ name, text, want string }{
		{"not JSON", "hello\n", "invalid character"},
		{"an unknown field", `{"do":"status","verbose":true}` + "\n", "unknown field"},
		{"an unknown request", `{"do":"restart"}` + "\n", "want start, end"},
		{"a plan where none belongs", `{"do":"end","plan":{"streams":[],"seed":1}}` + "\n", "a plan comes with"},
		{"a start without a plan", `{"do":"start"}` + "\n", "a plan comes with"},
		{"a line without an end", `{"do":"` + strings.Repeat("x", maxRequest+maxLine), "too long"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			conn, err := net.Dial("unix", filepath.Join(in.dir, socketFile))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			go conn.Write([]byte(tt.text)) // the agent may answer before it has read all of it
			conn.SetReadDeadline(time.Now().Add(20 * time.Second))
			buf := make([]byte, maxLine)
			n, err := conn.Read(buf)
			if err != nil || !strings.Contains(string(buf[:n]), tt.want) {
				t.Fatalf("answer %q, %v; want one about %q", buf[:n], err, tt.want)
			}
		})
	}
}

func TestAnAgentWithoutAFile(t *testing.T) {
	err := Serve(t.Context(), filepath.Join(shortDir(t), "absent"))
	mustBe(t, err, os.ErrNotExist)
}

func TestATerminatedAgentWaitsForItsFollowers(t *testing.T) {
	in := serveInside(t)
	awaitState(t, in.client, StateIdle)
	reader, err := dial(t.Context(), in.dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := reader.ask(request{Do: doFollow}); err != nil {
		t.Fatal(err)
	}
	in.stop()
	awaitState(t, in.client, StateEnded)
	select {
	case <-in.served:
		t.Fatal("it went before its follower had")
	case <-time.After(200 * time.Millisecond):
	}
	reader.close()
	select {
	case err := <-in.served:
		in.served <- err
	case <-time.After(lingerFor - 500*time.Millisecond):
		t.Fatal("it stayed after its follower had gone")
	}
}
