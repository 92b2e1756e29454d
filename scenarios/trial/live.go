package trial

import (
	"sync"
	"time"

	"zarif/report/history"
)

// live is what the trial knows of its load while it runs: enough to decide when
// a window may end and to show progress, nothing that a report is made of.
type live struct {
	mu       sync.Mutex
	streams  []history.Stream
	sent     []uint64
	dropped  []uint64
	answered []map[string]bool // by stream: pods that answered
	lastDrop time.Time         // when the last drop became known
}

func newLive(streams []history.Stream) *live {
	l := &live{streams: streams, sent: make([]uint64, len(streams)), dropped: make([]uint64, len(streams))}
	for range streams {
		l.answered = append(l.answered, map[string]bool{})
	}
	return l
}

func (l *live) hit(h *history.Hit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if int(h.Stream) >= len(l.streams) || h.Cause == history.Missed {
		return
	}
	l.sent[h.Stream]++
	if h.Cause.Dropped() {
		l.dropped[h.Stream]++
		if l.streams[h.Stream].Fault(h.Seq) == "" {
			l.lastDrop = time.Now()
		}
	}
	if h.Pod != "" {
		l.answered[h.Stream][h.Pod] = true
	}
}

// unanswered names a stream and a pod of pods that has not answered it yet.
func (l *live) unanswered(pods []string) (stream, pod string, some bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, s := range l.streams {
		for _, pod := range pods {
			if !l.answered[i][pod] {
				return s.Name, pod, true
			}
		}
	}
	return "", "", false
}

// quietSince is when the last drop became known that no hit had asked for; zero: never.
func (l *live) quietSince() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lastDrop
}

func (l *live) counts() (sent, dropped map[string]uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	sent, dropped = map[string]uint64{}, map[string]uint64{}
	for i, s := range l.streams {
		sent[s.Name], dropped[s.Name] = l.sent[i], l.dropped[i]
	}
	return sent, dropped
}
