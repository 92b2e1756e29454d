package kind

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"unicode"

	"sigs.k8s.io/kind/pkg/log"
)

// narrator is the logger that kind gets: its steps become progress, and the rest
// (warnings, how steps ended) is kept for the case that it fails.
type narrator struct {
	mu   sync.Mutex
	step func(string)
	said bytes.Buffer
}

var _ log.Logger = (*narrator)(nil)

func (n *narrator) Warn(text string)               { n.hear(text) }
func (n *narrator) Warnf(form string, args ...any) { n.hear(fmt.Sprintf(form, args...)) }

func (n *narrator) Error(text string)               { n.hear(text) }
func (n *narrator) Errorf(form string, args ...any) { n.hear(fmt.Sprintf(form, args...)) }

func (n *narrator) V(level log.Level) log.InfoLogger {
	if level > 0 {
		return log.NoopInfoLogger{}
	}
	return aloud{n}
}

func (n *narrator) hear(text string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	step, ok := stepOf(text)
	switch {
	case !ok:
		fmt.Fprintln(&n.said, strings.TrimSpace(text))
	case n.step != nil:
		n.step(step)
	}
}

// tell reports a step of our own.
func (n *narrator) tell(step string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.step != nil {
		n.step(step)
	}
}

// last is the end of what kind said.
func (n *narrator) last() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return tail(n.said.Bytes(), 5)
}

// aloud is what kind says to its user.
type aloud struct{ n *narrator }

func (a aloud) Info(text string)               { a.n.hear(text) }
func (a aloud) Infof(form string, args ...any) { a.n.hear(fmt.Sprintf(form, args...)) }
func (a aloud) Enabled() bool                  { return true }

// stepOf finds the beginning of a step: " • Preparing nodes 📦 📦   ...".
func stepOf(text string) (string, bool) {
	step, ok := strings.CutPrefix(strings.TrimSpace(text), "• ")
	if !ok || !strings.HasSuffix(step, "...") {
		return "", false
	}
	step = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.So, r) || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r) || unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.TrimSuffix(step, "..."))
	return strings.Join(strings.Fields(step), " "), true
}
