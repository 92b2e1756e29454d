package local

import (
	"time"

	"zarif/report/history"
)

// told is an event and when it happened. Here nothing lies between a change and
// the news of it, so events have no imprecision.
type told struct {
	at    time.Time
	event history.Event
}

// tell notes that something happened now; attributes come in pairs, and those
// without a value are left out. With the lock held.
func (d *Deployed) tell(e history.Event, attrs ...string) { d.tellAt(time.Now(), e, attrs...) }

func (d *Deployed) tellAt(at time.Time, e history.Event, attrs ...string) {
	for i := 0; i+1 < len(attrs); i += 2 {
		if attrs[i+1] == "" {
			continue
		}
		if e.Attrs == nil {
			e.Attrs = map[string]string{}
		}
		e.Attrs[attrs[i]] = attrs[i+1]
	}
	d.told = append(d.told, told{at, e})
	d.wake()
}

// since yields what was told from the n-th on, and a channel that closes when
// there may be more.
func (d *Deployed) since(n int) ([]told, <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.told[n:], d.changed
}
