package local

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"syscall"

	"zarif/cluster"
	"zarif/report/history"
)

// The addresses that stand for the Service in URLs. Nothing ever goes there: the
// site's dial function decides where a connection goes.
const (
	serviceAddress = "10.96.0.1"
	hostAddress    = "127.0.0.1"
	hostPort       = 30080
)

// Site implements cluster.Deployed: load runs in this process and dials as a
// client on the node does. A node port leads through the same proxy. It waits until
// the proxy knows every pod that is ready: connections that are opened before, and
// then kept, would never reach the others.
func (d *Deployed) Site(ctx context.Context, vantage string) (cluster.Site, error) {
	host, port := serviceAddress, int(d.workload.Target.Port)
	switch vantage {
	case history.VantageService:
	case history.VantageHost:
		host, port = hostAddress, hostPort
	case history.VantageEdge:
		return d.edgeSite(ctx)
	default:
		return cluster.Site{}, unsupported("%s vantage", vantage)
	}
	if err := d.awaitProgrammed(ctx); err != nil {
		return cluster.Site{}, err
	}
	return cluster.Site{URL: "http://" + net.JoinHostPort(host, strconv.Itoa(port)), Dial: d.dial}, nil
}

func (d *Deployed) awaitProgrammed(ctx context.Context) error {
	return d.Await(ctx, "the proxy to know every ready pod", func(s cluster.State) bool { return d.programmed(s) })
}

// programmed reports whether new connections go to every pod that is ready.
func (d *Deployed) programmed(s cluster.State) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	there := map[string]bool{}
	for _, p := range d.proxy.table {
		there[p.uid] = true
	}
	for _, p := range s.ReadyPods() {
		if !there[p.UID] {
			return false
		}
	}
	return true
}

// dial opens a connection to the Service. Without a usable endpoint it is refused
// at once; to an address without a pod it hangs until ctx ends, which loopback
// would never do by itself. All else is the pod's own socket.
func (d *Deployed) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if address == d.edge.at.String() { // which is there, and leads to pods itself
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	to, gone, ok := d.pick()
	fail := func(err error) error {
		return &net.OpError{Op: "dial", Net: network, Err: err, Addr: unresolved(address)}
	}
	switch {
	case !ok:
		return nil, fail(os.NewSyscallError("connect", syscall.ECONNREFUSED))
	case gone:
		<-ctx.Done()
		return nil, fail(fmt.Errorf("pod %s is gone: %w", to.name, ctx.Err()))
	}
	return (&net.Dialer{}).DialContext(ctx, network, to.at.String())
}

// unresolved is an address as it was dialled.
type unresolved string

func (unresolved) Network() string  { return "tcp" }
func (a unresolved) String() string { return string(a) }
