package local

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"runtime"
	"sync"
)

// addresses hands out the addresses of pods. On Linux each pod has one of its own
// within 127.0.0.0/8, all of which is this machine; elsewhere only 127.0.0.1 is
// there, and pods differ by their port.
type addresses struct {
	mu   sync.Mutex
	rand *rand.Rand
	used map[netip.AddrPort]bool // those of port 0 are whole addresses
}

func (a *addresses) begin(seed uint64) {
	// Not by the seed alone: another cluster on this machine may have the same.
	a.rand = rand.New(rand.NewPCG(seed, rand.Uint64()))
	a.used = map[netip.AddrPort]bool{}
}

// choose picks an address, and says whether it can be a pod's own.
func (a *addresses) choose() (ip netip.Addr, own bool) {
	if runtime.GOOS != "linux" {
		return netip.AddrFrom4([4]byte{127, 0, 0, 1}), false
	}
	// Beyond what resolvers and other tools use.
	return netip.AddrFrom4([4]byte{127, byte(64 + a.rand.IntN(128)), byte(a.rand.IntN(256)), byte(1 + a.rand.IntN(254))}), true
}

// mostTries is how many addresses are tried for one pod.
const mostTries = 100

// take yields a free address for a pod that listens on port; where that port
// cannot be had, another one. An address is never handed out twice: packets to
// one whose pod is gone must find nobody.
func (a *addresses) take(port int32) (netip.AddrPort, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var last error
	for try := range mostTries {
		ip, own := a.choose()
		if a.used[netip.AddrPortFrom(ip, 0)] {
			continue
		}
		if !own {
			port = 0
		}
		if try > mostTries/2 {
			port = 0 // it is taken on every address
		}
		l, err := net.Listen("tcp4", netip.AddrPortFrom(ip, uint16(port)).String())
		if err != nil {
			last = err
			continue
		}
		got := l.Addr().(*net.TCPAddr).AddrPort()
		l.Close()
		if a.used[got] {
			continue
		}
		if own {
			a.used[netip.AddrPortFrom(ip, 0)] = true
		}
		a.used[got] = true
		return got, nil
	}
	last = cmp.Or(last, errors.New("all that were tried are used up"))
	return netip.AddrPort{}, fmt.Errorf("find an address for a pod: %w", last)
}
