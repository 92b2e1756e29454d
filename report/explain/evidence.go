package explain

import (
	"fmt"
	"strings"
	"time"

	"zarif/report/history"
)

// shownPods is of how many pods a finding tells what is known.
const shownPods = 6

// evidence tells, pod by pod, what the finding rests on.
func (g *group) evidence(c *inquiry) (lines []string) {
	for i, p := range g.named() {
		if i == shownPods {
			lines = append(lines, fmt.Sprintf("and %d more pods", len(g.pods)-shownPods))
			break
		}
		s := g.pods[p]
		text := fmt.Sprintf("pod %s: %s from %s to %s", p.name, hits(s.hits), at(s.first), at(s.last))
		if facts := p.facts(s.first); len(facts) > 0 {
			text += "; " + strings.Join(facts, ", ")
		}
		lines = append(lines, text)
	}
	if len(g.pods) == 0 {
		lines = append(lines, fmt.Sprintf("%s from %s to %s; no pod is known to have lost them", hits(g.dropped+g.masked), at(g.first), at(g.last)))
	}
	return lines
}

// facts are the moments of a pod's life that matter to a loss at t, each with its
// source and, where it is not exact, its precision.
func (p *pod) facts(t history.Micros) (out []string) {
	add := func(what string, at history.Micros, source string) {
		if at != 0 {
			out = append(out, fmt.Sprintf("%s %s (%s)", what, seconds(at), source))
		}
	}
	r := p.runAt(t)
	add("deleted", p.deleted, "API")
	add("SIGTERM", r.signal, "its log")
	add("listener closed", r.closed, "its log")
	if r.exited && r.exact {
		add("exited", r.exit.from, "its log")
	} else if r.exited {
		out = append(out, fmt.Sprintf("exited %s to %s (API)", seconds(r.exit.from), seconds(r.exit.to)))
	}
	if r.code != "" && r.exited {
		out = append(out, "exit code "+r.code)
	}
	for _, s := range p.endpoint {
		if s.to != 0 && s.to >= t-10*second {
			add("endpoint not ready", s.to, "API")
			break
		}
	}
	add("gone", p.gone, "API")
	return out
}

// runAt is the run that was there at t, or had ended last.
func (p *pod) runAt(t history.Micros) *run {
	at := p.runs[0]
	for _, r := range p.runs {
		if r.started != 0 && r.started <= t {
			at = r
		}
	}
	return at
}

// seconds is t as reports show it: since the trial began.
func seconds(t history.Micros) string { return fmt.Sprintf("%.3f s", float64(t)/1e6) }

func at(t history.Micros) string { return seconds(t) }

func (c *inquiry) moment(t history.Micros) time.Time { return c.meta.Started.Add(t.Duration()).UTC() }
