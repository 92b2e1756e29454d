package explain

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"zarif/report"
	"zarif/report/history"
)

// explained are all losses of a trial by their mechanism.
type explained struct {
	groups []*group // in the order of streams, then of mechanisms
	tried  map[*pod]history.Micros
}

// A group is what becomes one finding.
type group struct {
	mechanism *mechanism
	place     int // of the mechanism in the table
	stream    int
	detail    string

	dropped, masked int
	ids             []string
	joins, phases   map[string]int
	missing         map[string]bool
	pods            map[*pod]*share
	first, last     history.Micros // when the losses began
}

// A share is one pod's part in a group.
type share struct {
	hits        int
	first, last history.Micros
}

// explainAll asks the mechanisms about every loss.
func (c *inquiry) explainAll() *explained {
	all := &explained{tried: map[*pod]history.Micros{}}
	table := mechanisms()
	type key struct {
		stream, place int
		detail        string
	}
	groups := map[key]*group{}
	for l := range c.losses() {
		place, f := c.explain(table, l)
		k := key{l.stream, place, f.detail}
		g := groups[k]
		if g == nil {
			g = &group{
				mechanism: &table[place], place: place, stream: l.stream, detail: f.detail, first: l.from,
				joins: map[string]int{}, phases: map[string]int{}, missing: map[string]bool{}, pods: map[*pod]*share{},
			}
			groups[k] = g
			all.groups = append(all.groups, g)
		}
		g.add(l, f)
		if p := f.last(); p != nil && f.led(l) {
			all.tried[p] = max(all.tried[p], l.from)
		}
	}
	slices.SortFunc(all.groups, func(a, b *group) int {
		return cmp.Or(cmp.Compare(a.stream, b.stream), cmp.Compare(a.place, b.place), cmp.Compare(a.detail, b.detail))
	})
	return all
}

// explain is the first mechanism that explains a loss, by its place in the table.
func (c *inquiry) explain(table []mechanism, l *loss) (place int, f found) {
	for place := range table {
		if f, ok := table[place].explains(c, l); ok {
			return place, f
		}
	}
	panic("the last mechanism explains every loss")
}

func (g *group) add(l *loss, f found) {
	if l.masked() {
		g.masked++
	} else {
		g.dropped++
	}
	if len(g.ids) < report.FindingHits {
		g.ids = append(g.ids, l.id())
	}
	g.joins[f.way]++
	if f.missing != "" {
		g.missing[f.missing] = true
	}
	g.first, g.last = min(g.first, l.from), max(g.last, l.from)
	for _, p := range f.pods {
		s := g.pods[p]
		if s == nil {
			s = &share{first: l.from}
			g.pods[p] = s
		}
		s.hits++
		s.first, s.last = min(s.first, l.from), max(s.last, l.from)
		g.phases[p.phase(l.from, l.u)]++
	}
}

// findings are the groups as they are reported.
func (all *explained) findings(c *inquiry) (list []report.Finding) {
	for i, g := range all.groups {
		f := report.Finding{
			ID: fmt.Sprintf("f%d", i+1), Mechanism: g.mechanism.name, What: g.mechanism.doc, Stream: c.meta.Streams[g.stream].Name,
			Hits: g.dropped + g.masked, Dropped: g.dropped, Masked: g.masked, HitIDs: g.ids, Pods: []string{}, Joins: g.joins,
			Phase: byCount(g.phases), Summary: g.summary(c), Evidence: g.evidence(c), Missing: slices.Sorted(maps.Keys(g.missing)),
			Advice: g.mechanism.advice,
		}
		for _, p := range g.named() {
			f.Pods = append(f.Pods, p.name)
		}
		list = append(list, f)
	}
	return list
}

// named are the group's pods by name.
func (g *group) named() []*pod {
	return slices.SortedFunc(maps.Keys(g.pods), func(a, b *pod) int { return cmp.Compare(a.name, b.name) })
}

func (g *group) summary(c *inquiry) string {
	text := fmt.Sprintf("%s of stream %s: %s", hits(g.dropped+g.masked), c.meta.Streams[g.stream].Name, g.mechanism.doc)
	if g.detail != "" {
		text += " (" + g.detail + ")"
	}
	return text
}

// byCount lists keys by how often they were counted.
func byCount(counts map[string]int) string {
	keys := slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Or(counts[b]-counts[a], cmp.Compare(a, b)) })
	return strings.Join(keys, ", ")
}

func hits(n int) string {
	if n == 1 {
		return "1 hit"
	}
	return fmt.Sprintf("%d hits", n)
}

// attempts notes when new connections to pods were last tried, failed ones included.
func (all *explained) attempts(c *inquiry, t *report.Trial) {
	for i := range t.Pods {
		p := &t.Pods[i]
		p.LastAttempt = p.LastNewConnection
		of := c.byName[p.Name]
		if of == nil || all.tried[of] == 0 {
			continue
		}
		if at := c.moment(all.tried[of]); at.After(p.LastAttempt) {
			p.LastAttempt = at
		}
	}
}
