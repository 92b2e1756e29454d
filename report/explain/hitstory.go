package explain

import (
	"fmt"
	"strings"
	"time"

	"zarif/report/history"
)

// around is how much of a pod's life is told before and after a hit.
const around = 5 * second

func (c *inquiry) hitStory(h history.Hit) Story {
	in := &c.meta.Streams[h.Stream]
	l := c.loss(int(h.Stream), h)
	s := Story{Title: fmt.Sprintf("hit %s of stream %s: %s", l.id(), in.Name, h.Cause), Uncertain: l.u.Duration()}
	if h.Masked() {
		s.Title += ", masked: the client sent it again"
	}
	s.client(c, l)
	for _, line := range l.lines {
		s.add(line.Start, 0, history.SourcePods, "pod %s: begins the request", line.Pod)
		if line.Done != 0 {
			s.add(line.Done, 0, history.SourcePods, "pod %s: done with the request, status %d", line.Pod, line.Status)
		}
	}
	for _, p := range c.facts.Proxied(l.stream, h.Seq) {
		s.add(p.Done, 0, history.SourceEdge, "the edge is done with it: status %d, upstream %s, tries %d, %s", p.Status, strings.Join(p.Upstream, " "), p.Tries, p.Reason)
	}
	var pods []*pod
	if lost := h.Cause.Dropped() || h.Masked(); lost {
		pods = s.conclude(c, l)
	} else if p := c.byName[h.Pod]; p != nil {
		pods = some(p)
		s.Conclusion = append(s.Conclusion, fmt.Sprintf("nothing was lost: pod %s answered", h.Pod))
	}
	events := c.facts.Events()
	for i := range events {
		e := &events[i]
		about := e.Pod == "" && e.Source == history.SourceHarness
		for _, p := range pods {
			about = about || e.Pod == p.name
		}
		if about && e.T+e.Precision >= l.from-around && e.T <= l.to+around {
			s.event(e)
		}
	}
	return s
}

// client adds what the client saw.
func (s *Story) client(c *inquiry, l *loss) {
	h, source := &l.hit, l.in.Source
	s.add(h.At, 0, source, "the hit is due")
	if h.Sent != 0 {
		s.add(h.Sent, 0, source, "it leaves, %s late", (h.Sent - h.At).Duration().Round(time.Microsecond))
	}
	for i, lost := range h.Lost {
		text := fmt.Sprintf("attempt %d failed: %s; the client tries again by itself", i+1, lost.Cause)
		if conn, known := c.facts.Conn(l.stream, lost.Conn); known && conn.Closed != 0 {
			s.add(conn.Closed, 0, source, "%s", text)
		} else {
			s.add(h.Sent, h.Done-h.Sent, source, "%s", text)
		}
	}
	if conn, known := c.facts.Conn(l.stream, h.Conn); known {
		name := fmt.Sprintf("connection %d to %s", conn.ID, conn.Remote)
		s.add(conn.Dial, 0, source, "%s: dialled", name)
		if conn.Open != 0 {
			s.add(conn.Open, 0, source, "%s: established", name)
		}
		if conn.Closed != 0 {
			end := "closed"
			if conn.Err != "" {
				end = "ended by the other side: " + string(conn.Err)
			}
			s.add(conn.Closed, 0, source, "%s: %s (%d bytes sent, %d received on it)", name, end, conn.Wrote, conn.Read)
		}
	}
	if h.First != 0 {
		s.add(h.First, 0, source, "the first byte of the answer arrives")
	}
	text := "the hit ends: " + string(h.Cause)
	if h.Status != 0 {
		text += fmt.Sprintf(", status %d", h.Status)
	}
	if h.Pod != "" {
		text += ", answered by pod " + h.Pod
	}
	s.add(h.Done, 0, source, "%s", text)
}

// conclude adds what explains the loss, and on what evidence.
func (s *Story) conclude(c *inquiry, l *loss) []*pod {
	table := mechanisms()
	place, f := c.explain(table, l)
	m := table[place]
	text := m.name + ": " + m.doc
	if f.detail != "" {
		text += " (" + f.detail + ")"
	}
	s.Conclusion = append(s.Conclusion, text)
	for _, p := range f.pods {
		s.Conclusion = append(s.Conclusion, fmt.Sprintf("pod %s, %s at that time; known by %s; %s", p.name, p.phase(l.from, l.u), f.way, strings.Join(p.facts(l.from), ", ")))
	}
	if len(f.pods) == 0 {
		s.Conclusion = append(s.Conclusion, "no pod is known to have lost it")
	}
	if f.missing != "" {
		s.Conclusion = append(s.Conclusion, "missing: "+f.missing)
	}
	if m.advice != "" {
		s.Conclusion = append(s.Conclusion, "advice: "+m.advice)
	}
	return f.pods
}
