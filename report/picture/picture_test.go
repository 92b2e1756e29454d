package picture

import (
	"bytes"
	"encoding/xml"
	"flag"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"zarif/report"
	"zarif/report/history"
)

var update = flag.Bool("update", false, "write the golden files anew")

// results are those of stories, put together.
func results(t *testing.T, stories ...*story) report.Results {
	var trials []report.Trial
	for _, s := range stories {
		trials = append(trials, *s.trial(t))
	}
	return report.Collect(trials)
}

func TestGolden(t *testing.T) {
	killed := rollout()
	killed.rename("shop.kill", 1)
	twice := rollout()
	twice.rename("shop.rollout", 2)
	all := results(t, rollout(), twice, killed)
	all.Skipped = []report.Skipped{{Scenario: "py-ignore.rollout", Reason: "this machine has no PID namespaces <here>"}}
	for name, draw := range map[string]func(io.Writer) error{
		"rollout.svg": func(w io.Writer) error { return Timeline(w, rollout().trial(t), rollout().records()) },
		"matrix.svg":  func(w io.Writer) error { return Matrix(w, all) },
		"nothing.svg": func(w io.Writer) error { return Matrix(w, report.Collect(nil)) },
	} {
		t.Run(name, func(t *testing.T) {
			var out, again bytes.Buffer
			if err := draw(&out); err != nil {
				t.Fatal(err)
			}
			if err := draw(&again); err != nil || !bytes.Equal(out.Bytes(), again.Bytes()) {
				t.Errorf("drawn again, it is another picture; error %v", err)
			}
			golden := filepath.Join("testdata", name)
			if *update {
				os.MkdirAll("testdata", 0o755)
				if err := os.WriteFile(golden, out.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(out.Bytes(), want) {
				t.Errorf("%s differs (write it anew with -update, and look at it):\n%s", golden, out.String())
			}
		})
	}
}

func (s *story) rename(scenario string, trial int) {
	(*s)[0].Meta.Scenario, (*s)[0].Meta.Trial = scenario, trial
}

// bars draws a story and returns what is in its bars.
func bars(t *testing.T, s story) (*report.Trial, []load) {
	t.Helper()
	trial := s.trial(t)
	loads, err := loadsOf(axisOf(trial), trial, s.records())
	if err != nil {
		t.Fatal(err)
	}
	return trial, loads
}

// Every hit that is counted is in one bar, whatever is wrong with the history.
func TestBarsAddUp(t *testing.T) {
	noWindows := rollout()
	*noWindows = append((*noWindows)[:1], (*noWindows)[6:]...)
	cut := rollout()
	*cut = (*cut)[:120]
	stories := map[string]*story{"rollout": rollout(), "no windows": noWindows, "cut": cut, "damaged": damaged()}
	causes := append(history.Causes(), history.OK, history.Missed, history.Unresolved, "gremlins")
	for _, seed := range []uint64{1, 2, 3} {
		random := rand.New(rand.NewPCG(seed, 0))
		s := rollout()
		*s = (*s)[:len(*s)-1]
		for n := uint64(210); n < 600; n++ { // long after the last window
			if random.IntN(3) > 0 {
				s.hit(n, "", causes[random.IntN(len(causes))])
			}
		}
		stories[string(rune('a'+seed))] = s
	}
	for name, s := range stories {
		t.Run(name, func(t *testing.T) {
			trial, loads := bars(t, *s)
			for i, l := range loads {
				var sum [report.Outcomes]int
				for _, bar := range l.bars {
					for outcome, n := range bar {
						sum[outcome] += n
					}
				}
				c := trial.Streams[i].Counts
				want := [report.Outcomes]int{report.HitDropped: c.Dropped, report.HitUnresolved: c.Unresolved, report.HitMissed: c.Missed, report.HitMasked: c.Masked, report.HitOK: c.OK - c.Masked}
				if sum != want || l.total != want {
					t.Errorf("bars hold %v, totals are %v, counts %v", sum, l.total, want)
				}
			}
		})
	}
}

// damaged claims more hits than can be drawn one by one.
func damaged() *story {
	s := rollout()
	end := (*s)[len(*s)-1].End
	end.Streams[0].Scheduled = 1 << 39
	return s
}

// Bars before the disruption hold nothing of what came after it began.
func TestBarsBeginAtZero(t *testing.T) {
	trial, loads := bars(t, *rollout())
	a := axisOf(trial)
	for b, bar := range loads[0].bars {
		if end := a.begins(b + 1); end <= a.zero && bar[report.HitDropped] > 0 || a.begins(b) < a.zero && end > a.zero {
			t.Errorf("bar %d, from %s to %s, zero is %s, holds %d drops", b, a.begins(b), end, a.zero, bar[report.HitDropped])
		}
	}
}

// One lost hit among any number is seen, and a bar stays in its panel.
func TestStack(t *testing.T) {
	for name, bar := range map[string][report.Outcomes]int{
		"one of many":     {report.HitDropped: 1, report.HitOK: 999_999},
		"one of each":     {report.HitDropped: 1, report.HitUnresolved: 1, report.HitMissed: 1, report.HitMasked: 1, report.HitOK: 999_996},
		"no room for one": {report.HitDropped: 999_999, report.HitUnresolved: 1},
		"all":             {report.HitDropped: 1_000_000},
	} {
		t.Run(name, func(t *testing.T) {
			below := 0.0
			for outcome := range report.Outcomes {
				n := bar[outcome]
				low, high := stack(bar, outcome, 1_000_000)
				if low != below && n > 0 || high < low || high > loadHeight+1e-9 {
					t.Errorf("%s is from %f to %f, above %f", outcome, low, high, below)
				}
				if n > 0 && outcome != report.HitOK && high-low < least*.9 {
					t.Errorf("%s is %f high", outcome, high-low)
				}
				if n > 0 {
					below = high
				}
			}
		})
	}
}

// Text from files cannot leave its place, and a picture asks nothing of a network.
func TestUntrustedText(t *testing.T) {
	s := rollout()
	for i := range *s {
		r := (*s)[i]
		if r.Meta != nil {
			r.Meta.Scenario, r.Meta.PreStop, r.Meta.Streams[0].Name = `</title><script>alert("1")</script>`, "a\x1b[2J\x00\"b", "<image href='http://x'/>"
		}
		if r.Event != nil && r.Event.Pod != "" {
			r.Event.Pod += "<&\">"
		}
	}
	var matrix bytes.Buffer
	if err := Matrix(&matrix, results(t, s)); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(style(), "@import") || strings.Contains(strings.ReplaceAll(style(), "url(#", ""), "url(") {
		t.Error("the style asks for something")
	}
	for name, text := range map[string]string{"timeline": s.draw(t), "matrix": matrix.String()} {
		elements := map[string]bool{}
		for d := xml.NewDecoder(strings.NewReader(text)); ; {
			token, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if e, ok := token.(xml.StartElement); ok {
				elements[e.Name.Local] = true
				for _, a := range e.Attr {
					if a.Name.Local == "href" || strings.HasPrefix(a.Name.Local, "on") || strings.Contains(a.Value, "://") && a.Name.Space+a.Name.Local != "xmlns" && a.Name.Space != "xmlns" {
						t.Errorf("%s has %s=%q", name, a.Name.Local, a.Value)
					}
				}
			}
		}
		if elements["script"] || elements["image"] || !elements["desc"] {
			t.Errorf("%s has the elements %v", name, elements)
		}
	}
}

// What the picture shows of a life it says in words too.
func TestLifeInWords(t *testing.T) {
	const want = "deleted at 1.00 s · SIGTERM +1.02 s · endpoint not ready +0.20 s · exit +1.62 s, code 0"
	if text := rollout().draw(t); !strings.Contains(text, want) {
		t.Errorf("want %q in:\n%s", want, text)
	}
}
