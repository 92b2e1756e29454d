package build

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"
)

// beat is how often a long step says that it is alive.
const beat = 15 * time.Second

// progress tells of the images of a Builder: which of how many, at which step of
// its Dockerfile, for how long, and about how long all of them still take.
type progress struct {
	tell func(line string) // one call at a time

	mu    sync.Mutex
	all   int           // images to build
	begun int           // of these
	built int           // of these, in spent altogether
	spent time.Duration // unknown are those that another run built
}

func newProgress(tell func(string)) *progress {
	var one sync.Mutex
	return &progress{tell: func(line string) {
		one.Lock()
		defer one.Unlock()
		tell(line)
	}}
}

// plan says how many are to come.
func (p *progress) plan(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all += n
}

// image begins the next one of those that were planned.
func (p *progress) image(name string) *step {
	p.mu.Lock()
	p.begun++
	numbered := fmt.Sprintf("[%d/%d] %s", p.begun, p.all, name)
	p.mu.Unlock()
	s := p.begin(numbered)
	s.planned = true
	return s
}

// A step is one image under way.
type step struct {
	of      *progress
	name    string
	planned bool
	began   time.Time
	stop    chan struct{}
	ended   chan struct{}

	mu   sync.Mutex
	at   string // in its Dockerfile
	told time.Time
}

// begin begins an image; end ends it.
func (p *progress) begin(name string) *step {
	now := time.Now()
	s := &step{of: p, name: name, began: now, told: now, stop: make(chan struct{}), ended: make(chan struct{})}
	go s.beat()
	return s
}

func (s *step) say(text string) {
	s.mu.Lock()
	s.told = time.Now()
	s.mu.Unlock()
	s.of.tell("image " + s.name + ": " + text)
}

// beat tells that nothing new was told for a while.
func (s *step) beat() {
	defer close(s.ended)
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	for {
		select {
		case <-s.stop:
			return
		case now := <-ticker.C:
			s.mu.Lock()
			at, quiet := s.at, now.Sub(s.told) >= beat
			s.mu.Unlock()
			if at != "" && quiet {
				s.say("still at " + at + s.time())
			}
		}
	}
}

// stepLine is how engines announce a step: Docker's own builder, BuildKit, podman.
var stepLine = regexp.MustCompile(`^(?:(?:Step|STEP) (\d+/\d+) ?: |#\d+ \[(?:\S+ )?(\d+/\d+)\] )(.*)`)

// output looks for steps in what the engine says.
func (s *step) output(line string) {
	match := stepLine.FindStringSubmatch(line)
	if match == nil {
		return
	}
	words := strings.Fields(match[3])
	if len(words) == 0 || !strings.EqualFold(words[0], "RUN") {
		return // takes no time worth a line
	}
	at := "step " + match[1] + match[2] + ", " + shortened(strings.Join(words, " "), 60)
	s.mu.Lock()
	again := at == s.at // BuildKit repeats its steps
	s.at = at
	s.mu.Unlock()
	if !again {
		s.say(at + s.time())
	}
}

// learn makes the estimates of what is left better.
func (p *progress) learn(planned bool, spent time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if planned {
		p.built++
		p.spent += spent
	}
}

func shortened(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}

// time is for how long it has been under way, and about how long all of them take
// still: known once one was built.
func (s *step) time() string {
	p := s.of
	p.mu.Lock()
	defer p.mu.Unlock()
	spent := time.Since(s.began)
	text := " (" + round(spent).String()
	if p.built > 0 && p.begun > 0 {
		one := p.spent / time.Duration(p.built)
		left := max(0, one-spent) + one*time.Duration(p.all-p.begun)
		text += ", all: about " + round(left).String() + " left"
	}
	return text + ")"
}

// end says how it went; what somebody else made meanwhile is not told of.
func (s *step) end(made bool, err error) {
	close(s.stop)
	<-s.ended
	spent := time.Since(s.began)
	switch {
	case err != nil:
		s.say("failed after " + round(spent).String())
	case made:
		s.of.learn(s.planned, spent)
		s.say("done in " + round(spent).String())
	}
}

// round keeps two figures or so: tenths below ten seconds, else seconds.
func round(d time.Duration) time.Duration {
	if d < 10*time.Second {
		return d.Round(100 * time.Millisecond)
	}
	return d.Round(time.Second)
}
