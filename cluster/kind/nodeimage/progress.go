package nodeimage

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// beat is how often a long step says that it is alive.
const beat = 15 * time.Second

// progress writes plain lines: which step of how many, what was done in it, how
// long it took, and an estimate of what is left.
type progress struct {
	what    string // is made: the beginning of every line
	mu      sync.Mutex
	w       io.Writer
	now     func() time.Time
	steps   []step
	current int // 1-based
	cached  bool
	units   atomic.Int64 // what the step counts: lines of its command's output
}

func newProgress(what string, w io.Writer, now func() time.Time) *progress {
	return &progress{what: what, w: w, now: now}
}

// note writes a line that belongs to no step.
func (p *progress) note(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.w, "%s: %s\n", p.what, text)
}

// plan says what is to come.
func (p *progress) plan(steps []step) {
	p.steps = steps
	var all time.Duration
	for _, s := range steps {
		all += s.usual
	}
	p.note(fmt.Sprintf("%d steps, up to about %s on two cores", len(steps), round(all)))
}

// hit says that the current step found its result in the cache.
func (p *progress) hit() {
	p.mu.Lock()
	p.cached = true
	p.mu.Unlock()
}

// tick counts one more line of output of the current step.
func (p *progress) tick() { p.units.Add(1) }

// begin starts the next step; the function that it returns ends it.
func (p *progress) begin(name string) (done func(error)) {
	began := p.now()
	p.mu.Lock()
	p.current++
	p.cached = false
	p.mu.Unlock()
	p.units.Store(0)
	p.line(name, "…")
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		ticker := time.NewTicker(beat)
		defer ticker.Stop()
		for {
			select {
			case <-stop:
				return
			case <-ticker.C:
				spent := p.now().Sub(began)
				text := fmt.Sprintf("… %s, about %s left", round(spent), round(p.left(spent)))
				if n := p.units.Load(); n > 0 {
					text += fmt.Sprintf(" (%d lines of output)", n)
				}
				p.line(name, text)
			}
		}
	}()
	return func(err error) {
		close(stop)
		<-stopped
		spent := round(p.now().Sub(began))
		switch {
		case err != nil:
			p.line(name, fmt.Sprintf("failed after %s", spent))
		case p.cached:
			p.line(name, "cached")
		default:
			p.line(name, fmt.Sprintf("done in %s", spent))
		}
	}
}

// left estimates what remains when the current step has run for spent.
func (p *progress) left(spent time.Duration) time.Duration {
	left := max(0, p.steps[p.current-1].usual-spent)
	for _, s := range p.steps[p.current:] {
		left += s.usual
	}
	return left
}

func (p *progress) line(name, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.w, "%s: [%d/%d] %s: %s\n", p.what, p.current, len(p.steps), name, text)
}

// round keeps two figures or so: tenths below ten seconds, else seconds.
func round(d time.Duration) time.Duration {
	if d < 10*time.Second {
		return d.Round(100 * time.Millisecond)
	}
	return d.Round(time.Second)
}
