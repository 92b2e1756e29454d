package loadgen

import (
	"context"
	"net"
	"os"
	"testing"
	"time"

	"zarif/report/history"
)

// The port of a connection that never stood is known, whether it was refused or met
// silence, and no descriptor is left of it.
func TestPortOfAFailedDial(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for name, addr := range map[string]string{"refused": closed.Addr().String(), "silent": silentPort(t)} {
		t.Run(name, func(t *testing.T) {
			before := descriptors(t)
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			c, from, err := dialAside(ctx, "tcp", addr)
			if err == nil {
				c.Close()
				t.Fatal("no error")
			}
			if !from.Addr().IsLoopback() || from.Port() == 0 {
				t.Errorf("tried from %v", from)
			}
			if after := descriptors(t); after > before {
				t.Errorf("%d descriptors, before %d", after, before)
			}
		})
	}
}

// What failed is in the history with its port, and what stood as well.
func TestPortsAreRecorded(t *testing.T) {
	for name, addr := range map[string]string{"stands": serve(t, answering(okResponse)).Addr().String(), "silent": silentPort(t)} {
		t.Run(name, func(t *testing.T) {
			got := fire(t, 3, Config{Streams: []history.Stream{streamTo(addr, fresh, func(s *history.Stream) { s.ConnectTimeout = 100 * time.Millisecond })}})
			for _, c := range got.conns {
				if !c.Local.Addr().IsLoopback() || c.Local.Port() == 0 || (c.Open == 0) != (c.Err != "") {
					t.Errorf("connection %+v", c)
				}
			}
		})
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	return len(all)
}
