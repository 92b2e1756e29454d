package local

import "time"

// A backOff is how long a container that ended waits for its next run: nothing the
// first time, then 10 s and twice as long each time, at most 5 min; a run of ten
// minutes is forgiven.
//
// Source: kuberuntime_manager.go, doBackOff; client-go/util/flowcontrol/backoff.go.
type backOff struct{ last time.Duration }

const (
	firstBackOff = 10 * time.Second
	mostBackOff  = 5 * time.Minute
	forgivenFor  = 2 * mostBackOff
)

func (b *backOff) ran(d time.Duration) {
	if d > forgivenFor {
		b.last = 0
	}
}

// next is the wait before the next run.
func (b *backOff) next() time.Duration {
	wait := b.last
	b.last = min(max(firstBackOff, 2*b.last), mostBackOff)
	return wait
}
