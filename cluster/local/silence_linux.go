package local

import (
	"fmt"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"
)

// hush makes an address silent, as that of a pod whose network is gone: whoever
// connects hears nothing, not even a refusal, which loopback would send. A socket
// listens there that drops every packet before it is looked at. release gives the
// address back.
func hush(at netip.AddrPort) (release func(), err error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("silence %s: %w", at, os.NewSyscallError("socket", err))
	}
	drop := []unix.SockFilter{{Code: unix.BPF_RET | unix.BPF_K}}
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"setsockopt", func() error { return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1) }},
		{"setsockopt", func() error {
			return unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(drop)), Filter: &drop[0]})
		}},
		{"bind", func() error { return unix.Bind(fd, &unix.SockaddrInet4{Port: int(at.Port()), Addr: at.Addr().As4()}) }},
		{"listen", func() error { return unix.Listen(fd, 1) }},
	} {
		if err := step.do(); err != nil {
			_ = unix.Close(fd)
			return nil, fmt.Errorf("silence %s: %w", at, os.NewSyscallError(step.name, err))
		}
	}
	return func() { _ = unix.Close(fd) }, nil
}

// widen lets a pipe hold as much as Linux allows everybody: a proxy that never waits
// to log loses what does not fit.
func widen(pipe *os.File) {
	raw, err := pipe.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) { _, _ = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, 1<<20) }) // it works without, too
}
