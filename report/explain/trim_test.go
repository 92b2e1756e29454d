package explain

import (
	"cmp"
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"zarif/report"
	"zarif/report/history"
)

var trimmed = flag.String("trim", "", "histories (a glob) to trim into the corpus")

// keptLosses is how many lost hits of one stream and mechanism are kept.
const keptLosses = 5

// TestTrim makes histories of the corpus: with some lost hits of every stream and
// mechanism and all that their explanations rest on, and without the rest. What was
// kept must be explained as it was in the whole.
//
//	go test ./report/explain -run TestTrim -trim 'results/trials/*/1/history.jsonl.zst'
//	go test ./report/explain -run TestCorpus -update
func TestTrim(t *testing.T) {
	if *trimmed == "" {
		t.Skip("no -trim")
	}
	paths, err := filepath.Glob(*trimmed)
	if err != nil || len(paths) == 0 {
		t.Fatal("no history", err)
	}
	for _, path := range paths {
		var k *keeper
		trial, err := report.Analyse(history.ReadFile(path), func(_ *report.Trial, f *report.Facts) {
			k = newKeeper(newCase(f))
		})
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if k == nil || len(k.why) == 0 {
			t.Logf("%s: nothing was lost", path)
			continue
		}
		var records []history.Record
		for r, err := range history.ReadFile(path) {
			if err != nil {
				t.Fatal(err)
			}
			if k.keeps(&r) {
				records = append(records, r)
			}
		}
		records = append(records, history.Record{End: &history.End{Source: history.SourceHarness, Records: uint64(len(records))}})
		k.check(t, path, records)
		name := fmt.Sprintf("%s-%d", trial.Scenario, trial.Trial)
		to := filepath.Join("testdata/corpus", name+".jsonl.zst")
		for n := 2; exists(to); n++ {
			to = filepath.Join("testdata/corpus", fmt.Sprintf("%s-%c.jsonl.zst", name, 'a'+n-1))
		}
		if err := writeHistory(to, records); err != nil {
			t.Fatal(err)
		}
	}
}

func exists(path string) bool {
	found, _ := filepath.Glob(path)
	return len(found) > 0
}

type hitKey struct {
	stream uint8
	seq    uint64
}

// A keeper knows what of a history is to be kept.
type keeper struct {
	why   map[hitKey]string // mechanism, of the lost hits that are kept
	hits  map[hitKey]bool
	conns map[[2]uint32]bool // stream and id
	lines map[string]bool    // pod, hit and start
}

func newKeeper(c *inquiry) *keeper {
	k := &keeper{why: map[hitKey]string{}, hits: map[hitKey]bool{}, conns: map[[2]uint32]bool{}, lines: map[string]bool{}}
	table := mechanisms()
	byKind := map[string][]*loss{}
	var kinds []string
	for l := range c.losses() {
		place, f := c.explain(table, l)
		kind := fmt.Sprint(l.stream, table[place].name, f.detail)
		if byKind[kind] == nil {
			kinds = append(kinds, kind)
		}
		byKind[kind] = append(byKind[kind], l)
	}
	for _, kind := range kinds {
		all := byKind[kind]
		for i := range min(keptLosses, len(all)) {
			k.loss(c, table, all[i*len(all)/min(keptLosses, len(all))])
		}
	}
	k.traces(c, table)
	k.forgotten(c)
	k.led(c)
	k.proofs(c)
	k.throughEdge(c)
	return k
}

// loss keeps a lost hit, its connections and lines, and what was answered and
// dialled around it.
func (k *keeper) loss(c *inquiry, table []mechanism, l *loss) {
	place, _ := c.explain(table, l)
	key := hitKey{l.hit.Stream, l.hit.Seq}
	k.why[key], k.hits[key] = table[place].name, true
	k.conns[[2]uint32{uint32(l.stream), l.hit.Conn}] = true
	for _, a := range l.hit.Lost {
		k.conns[[2]uint32{uint32(l.stream), a.Conn}] = true
	}
	for i, s := range c.meta.Streams {
		if s.Source != l.in.Source {
			continue
		}
		var before, after *history.Hit
		for h := range c.facts.Between(i, l.from-second, l.from+second) {
			switch {
			case h.Cause != history.OK || len(h.Lost) > 0:
			case h.Sent < l.from && (before == nil || h.Sent > before.Sent):
				before = &h
			case h.Sent >= l.from && (after == nil || h.Sent < after.Sent):
				after = &h
			}
		}
		for _, h := range []*history.Hit{before, after} {
			if h != nil {
				k.hits[hitKey{h.Stream, h.Seq}] = true
			}
		}
	}
	k.neighbours(c, l)
}

func (k *keeper) neighbours(c *inquiry, l *loss) {
	if l.cause != history.ConnectTimeout {
		return
	}
	ports := c.portsOf(l.in.Source)
	i, _ := slices.BinarySearchFunc(ports, l.conn.ID, func(p port, id uint32) int { return cmp.Compare(p.id, id) })
	for _, p := range ports[max(0, i-beside):min(len(ports), i+beside)] {
		for stream := range c.meta.Streams {
			k.conns[[2]uint32{uint32(stream), p.id}] = true
		}
	}
}

// traces keeps the losses that stale entries come from.
func (k *keeper) traces(c *inquiry, table []mechanism) {
	for key, why := range k.why {
		if why != StaleEntry {
			continue
		}
		h, _ := c.facts.Hit(int(key.stream), key.seq)
		l := c.loss(int(key.stream), h)
		between, _ := c.portOf(l)
		for _, s := range c.remembered() {
			if s.source != l.in.Source || !s.known(l.from) || !s.ports.overlap(between) {
				continue
			}
			for old := range c.losses() {
				if old.to == s.from {
					k.loss(c, table, old)
				}
			}
		}
	}
}

// forgotten keeps the connections that show that a proxy has forgotten a pod.
func (k *keeper) forgotten(c *inquiry) {
	all := c.dialled()
	for _, p := range c.all {
		at, needed := c.missedFrom(p, all)
		for i := len(all) - 1; i >= 0 && needed > 0; i-- {
			if all[i].at <= at && all[i].pod != "" {
				k.conns[[2]uint32{uint32(all[i].stream), all[i].id}] = true
				needed--
			}
		}
	}
}

// led keeps the first connection that each pod answered.
func (k *keeper) led(c *inquiry) {
	for pod, at := range led(c.dialled()) {
		for i := range c.meta.Streams {
			for conn := range c.facts.Conns(i) {
				if conn.Dial == at && conn.Pod == pod {
					k.conns[[2]uint32{uint32(i), conn.ID}] = true
				}
			}
		}
	}
}

// proofs keeps the first and the last line of each run of a pod.
func (k *keeper) proofs(c *inquiry) {
	last := map[*run]report.Line{}
	for i := range c.meta.Streams {
		for line := range c.facts.Lines(i) {
			if p := c.byName[line.Pod]; p != nil {
				if r := p.runAt(line.Start); last[r].Start <= line.Start {
					last[r] = line
				}
			}
		}
	}
	for _, line := range last {
		k.lines[lineKey(line.Pod, history.HitID(uint8(line.Stream), line.Seq))] = true
	}
}

func lineKey(pod, hit string) string { return pod + " " + hit }

func (k *keeper) keeps(r *history.Record) bool {
	switch {
	case r.Meta != nil:
		r.Meta.Tool.Argv = nil
		return true
	case r.Hit != nil:
		return k.hits[hitKey{r.Hit.Stream, r.Hit.Seq}]
	case r.Conn != nil:
		return k.conns[[2]uint32{uint32(r.Conn.Stream), r.Conn.ID}]
	case r.Served != nil:
		stream, seq, err := history.ParseHitID(r.Served.Hit)
		return err == nil && k.hits[hitKey{stream, seq}] || k.lines[lineKey(r.Served.Pod, r.Served.Hit)]
	case r.Proxied != nil:
		stream, seq, err := history.ParseHitID(r.Proxied.Hit)
		return err == nil && k.hits[hitKey{stream, seq}]
	case r.Event != nil:
		return r.Event.Type != history.EventKubernetes
	case r.End != nil:
		return r.End.Source != history.SourceHarness && r.End.Source != history.SourceAgent
	}
	return true
}

// check holds the trimmed history to what the whole one showed.
func (k *keeper) check(t *testing.T, path string, records []history.Record) {
	t.Helper()
	_, err := report.Analyse(each(records), func(_ *report.Trial, f *report.Facts) {
		c, table, seen := newCase(f), mechanisms(), 0
		for l := range c.losses() {
			place, _ := c.explain(table, l)
			seen++
			if want := k.why[hitKey{l.hit.Stream, l.hit.Seq}]; table[place].name != want {
				t.Errorf("%s: hit %s is %s in the trimmed history and %q in the whole\n%s", path, l.id(), table[place].name, want, c.doubts(l))
			}
		}
		if seen != len(k.why) {
			t.Errorf("%s: %d lost hits were kept of %d", path, seen, len(k.why))
		}
	})
	if err != nil {
		t.Errorf("%s: %v", path, err)
	}
}
