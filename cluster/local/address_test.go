package local

import (
	"net"
	"net/netip"
	"runtime"
	"testing"
)

func TestNoAddressIsHandedOutTwice(t *testing.T) {
	var a addresses
	a.begin(1)
	seen := map[netip.AddrPort]bool{}
	ips := map[netip.Addr]bool{}
	for range 500 {
		at, err := a.take(8080)
		if err != nil {
			t.Fatal(err)
		}
		if seen[at] || runtime.GOOS == "linux" && ips[at.Addr()] {
			t.Fatalf("%s again", at)
		}
		seen[at], ips[at.Addr()] = true, true
		if !at.Addr().IsLoopback() {
			t.Errorf("%s is not of this machine", at)
		}
	}
}

func TestTwoClustersOfOneSeedHaveOtherAddresses(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("one address for all")
	}
	var a, b addresses
	a.begin(1)
	b.begin(1)
	same := 0
	for range 20 {
		x, errX := a.take(8080)
		y, errY := b.take(8080)
		if errX != nil || errY != nil {
			t.Fatal(errX, errY)
		}
		if x == y {
			same++
		}
	}
	if same > 2 {
		t.Errorf("%d of 20 addresses are the same", same)
	}
}

func TestAPortThatIsTakenEverywhereIsReplaced(t *testing.T) {
	l, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	taken := l.Addr().(*net.TCPAddr).AddrPort().Port()
	var a addresses
	a.begin(1)
	for range 3 {
		at, err := a.take(int32(taken))
		if err != nil {
			t.Fatal(err)
		}
		if at.Port() == taken || at.Port() == 0 {
			t.Errorf("got port %d, which somebody else has on every address", at.Port())
		}
		own, err := net.Listen("tcp4", at.String())
		if err != nil {
			t.Errorf("cannot listen there: %v", err)
			continue
		}
		own.Close()
	}
}
