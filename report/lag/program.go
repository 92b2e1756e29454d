package lag

import (
	"time"

	"zarif/report/history"
)

const (
	// quiet is how long the proxies must have had no news for them to be idle.
	quiet = history.Micros(3 * time.Second / time.Microsecond)
	// baseline is the time over which a pod's share of new connections is counted.
	baseline = history.Micros(5 * time.Second / time.Microsecond)
	// servesOn is how long the pod must go on serving after the estimate, or it may
	// have been its end and not the proxy that ended new connections.
	servesOn = history.Micros(time.Second / time.Microsecond)
	// enough new connections went to the pod for their rate to be known.
	enough = 50
)

// program takes how long the proxy of the load's node went on sending new
// connections to a pod after its EndpointSlice had said that it is not ready. It
// takes a pod that was deleted alone and goes on serving, after a quiet time, so
// that the proxy was idle.
//
// Each new connection goes to the pod with the same chance, so that they come at a
// mean distance d, and the change lies at a distance from the last of them that is
// spread as those distances are: the last one plus d is right on average. (With
// 200 connections a second and three pods, d is 15 ms.)
func (t *trial) program() {
	pod, notReady, ok := t.lone()
	if !ok {
		return
	}
	var last history.Micros
	count := 0
	for _, c := range t.conns {
		if c.Pod != pod || c.Open == 0 {
			continue
		}
		last = c.Dial
		if c.Dial < notReady && c.Dial >= notReady-baseline {
			count++
		}
	}
	if count < enough || last < notReady-baseline/2 {
		return
	}
	programmed := last + baseline/history.Micros(count)
	for _, end := range []string{history.EventAppClosed, history.EventAppExit} {
		if at, has := t.one(pod, end); !has || at < programmed+servesOn {
			return
		}
	}
	t.take(Program, notReady, programmed)
}

// lone is the only pod that was deleted, and when its EndpointSlice said so. ok is
// false where other news of endpoints came shortly before.
func (t *trial) lone() (pod string, notReady history.Micros, ok bool) {
	for name := range t.byPod {
		if len(t.only(name, history.EventPodDeleted)) > 0 {
			if pod != "" {
				return "", 0, false
			}
			pod = name
		}
	}
	if notReady, ok = t.one(pod, history.EventEndpointNotReady); !ok {
		return "", 0, false
	}
	for _, e := range t.events {
		switch e.Type {
		case history.EventEndpointReady, history.EventEndpointNotReady, history.EventEndpointGone:
			if e.T < notReady && e.T >= notReady-quiet && e.Pod != pod {
				return "", 0, false
			}
		}
	}
	return pod, notReady, true
}
