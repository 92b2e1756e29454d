package local

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

// namesLive is how long an answer may be kept, in seconds: kind's setting of CoreDNS.
const namesLive = 30

// serveNames answers for the headless Service's name until the workload is removed,
// as CoreDNS does: with the addresses of the pods that the EndpointSlice says are
// ready, in any order, and with NXDOMAIN where there are none. It follows the slice
// at once; how much later CoreDNS does is not measured, some milliseconds.
//
// Source: plugin/kubernetes of CoreDNS (findServices), plugin/loadbalance.
func (d *Deployed) serveNames(name string) (netip.AddrPort, error) {
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("serve names: %w", err)
	}
	d.wg.Go(func() {
		<-d.life.Done()
		_ = conn.Close()
	})
	d.wg.Go(func() {
		buf := make([]byte, 4096)
		for {
			n, from, err := conn.ReadFrom(buf)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				continue
			}
			if answer, err := answerName(buf[:n], name+".", d.readyAddresses); err == nil {
				_, _ = conn.WriteTo(answer, from) // who gets none asks again
			}
		}
	})
	return conn.LocalAddr().(*net.UDPAddr).AddrPort(), nil
}

// readyAddresses are those of the ready endpoints. A name tells no ports, so that one
// with another port than the others cannot be told.
func (d *Deployed) readyAddresses() (ready []netip.Addr) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range d.endpoints {
		switch {
		case !e.ready:
		case e.pod.at.Port() != uint16(d.objects.port):
			if len(d.edge.faults) == 0 {
				d.edge.faults = append(d.edge.faults, fmt.Errorf("pod %s has another port than the edge connects to", e.pod.name))
			}
		default:
			ready = append(ready, e.pod.at.Addr())
		}
	}
	return ready
}

// answerName answers one query. Others' names are nobody's.
func answerName(query []byte, name string, ready func() []netip.Addr) ([]byte, error) {
	var p dnsmessage.Parser
	head, err := p.Start(query)
	if err != nil {
		return nil, err
	}
	q, err := p.Question()
	if err != nil {
		return nil, err
	}
	if head.Response {
		return nil, errors.New("it is no query")
	}
	answer := dnsmessage.Header{ID: head.ID, Response: true, Authoritative: true, RecursionDesired: head.RecursionDesired, RecursionAvailable: true}
	var addresses []netip.Addr
	if strings.EqualFold(q.Name.String(), name) {
		addresses = ready()
	}
	if len(addresses) == 0 {
		answer.RCode = dnsmessage.RCodeNameError
	}
	b := dnsmessage.NewBuilder(nil, answer)
	b.EnableCompression()
	if err := errors.Join(b.StartQuestions(), b.Question(q), b.StartAnswers()); err != nil {
		return nil, err
	}
	if q.Type == dnsmessage.TypeA {
		rand.Shuffle(len(addresses), func(i, j int) { addresses[i], addresses[j] = addresses[j], addresses[i] })
		for _, a := range addresses {
			about := dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET, TTL: namesLive}
			if err := b.AResource(about, dnsmessage.AResource{A: a.As4()}); err != nil {
				return nil, err
			}
		}
	}
	return b.Finish()
}
