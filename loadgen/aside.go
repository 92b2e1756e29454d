package loadgen

import (
	"context"
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// dialAside opens a connection; where that fails it says from which address it was
// tried. The zero AddrPort: that is not known.
//
// The kernel gives a socket its port as it connects, and net closes a socket that did
// not connect before it says so. So a second descriptor is kept for as long as that
// takes: the port of a connection that never stood is what tells whether the
// connection tracking of a node knew it from an earlier one.
func dialAside(ctx context.Context, network, addr string) (c net.Conn, from netip.AddrPort, err error) {
	a := &aside{fd: -1}
	defer a.close()
	d := net.Dialer{ControlContext: a.keep}
	if c, err = d.DialContext(ctx, network, addr); err != nil {
		return nil, a.local(), err
	}
	return c, netip.AddrPort{}, nil
}

// aside is a second descriptor of a socket. It is used by one goroutine at a time:
// that which dials.
type aside struct{ fd int }

// keep never fails: without the descriptor a port is not known, and no more.
func (a *aside) keep(_ context.Context, _, _ string, raw syscall.RawConn) error {
	a.close() // net tries again where a socket was connected to itself
	_ = raw.Control(func(fd uintptr) {
		if kept, err := unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0); err == nil {
			a.fd = kept
		}
	})
	return nil
}

func (a *aside) local() netip.AddrPort {
	if a.fd < 0 {
		return netip.AddrPort{}
	}
	name, err := unix.Getsockname(a.fd)
	if err != nil {
		return netip.AddrPort{}
	}
	switch name := name.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(name.Addr), uint16(name.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(name.Addr).Unmap(), uint16(name.Port))
	}
	return netip.AddrPort{}
}

func (a *aside) close() {
	if a.fd >= 0 {
		unix.Close(a.fd)
		a.fd = -1
	}
}
