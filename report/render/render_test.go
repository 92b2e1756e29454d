package render

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zarif/report"
	"zarif/report/history"
)

var update = flag.Bool("update", false, "write the golden files anew")

var epoch = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// stream is one of 4,000 hits that lost what causes say.
func stream(name, expected string, asExpected bool, causes map[string]int) report.Stream {
	s := report.Stream{Name: name, Rate: 100, Expected: expected, AsExpected: asExpected, Causes: causes}
	for _, n := range causes {
		s.Dropped += n
	}
	s.Sent, s.Scheduled, s.OK = 4000, 4000, 4000-s.Dropped
	s.Windows = map[string]report.StreamWindow{
		"baseline":   {Latency: &report.Latency{P50: 51, P99: 52, Max: 60}},
		"disruption": {Latency: &report.Latency{P50: 51.234, P90: 70, P99: 352.9, P999: 4000, Max: 5049.6}},
	}
	if s.Dropped > 0 {
		s.Outages = []report.Outage{
			{Start: epoch.Add(time.Second), End: epoch.Add(2240 * time.Millisecond), Dropped: s.Dropped},
			{Start: epoch, End: epoch.Add(40 * time.Millisecond)},
		}
	}
	return s
}

func pods(n, code int, used float64) (pods []report.Pod) {
	for range n {
		pods = append(pods, report.Pod{Role: report.RoleOld, TakenAway: true, ExitCode: new(code), GraceUsed: new(used), ExitedPrecision: new(0.0), Killed: new(code == 137)})
		used += 0.02
	}
	return append(pods, report.Pod{Role: report.RoleOld}, report.Pod{Role: report.RoleNew, TakenAway: true, ExitCode: new(1)})
}

// demo is what a suite shows: known-bad and known-good set-ups, a control.
func demo() report.Results {
	trial := func(i int, fixture, disruption string, verdict report.Verdict, pods []report.Pod, streams ...report.Stream) report.Trial {
		return report.Trial{
			Scenario: fixture + "." + disruption, Fixture: fixture, Disruption: disruption, Trial: 1, Started: epoch.Add(time.Duration(i) * time.Minute),
			Verdict: verdict, AsExpected: verdict != report.Inconclusive, Pods: pods, Streams: streams,
			Meta: history.Meta{
				Tool:    history.Tool{Version: "v0.1.0", Argv: []string{"/home/someone/zarif", "run"}},
				Cluster: history.ClusterInfo{Type: "kind", Name: "zarif", Kubernetes: "v1.34.4", ProxyMode: "iptables"},
			},
		}
	}
	masked := stream("reused", "none", true, nil)
	masked.Masked = 7
	missed := stream("fresh", "none", false, nil)
	missed.Sent, missed.OK, missed.Missed, missed.Unresolved, missed.Rate = 3900, 3899, 100, 1, 1.5
	none := stream("reused", "none", false, map[string]int{"reset": 4000})
	none.OK, none.Windows = 0, map[string]report.StreamWindow{"disruption": {}}

	doubtful := trial(3, "go-early-return", "rollout", report.Inconclusive, nil, missed, none)
	doubtful.Reasons = []string{"stream fresh: 100 of 4000 hits were missed, more than 0.1 %: this machine could not keep up", "stream fresh: the end of 1 of 3900 hits is unknown"}
	surprise := trial(4, "go-prestop", "rollout", report.Pass, pods(3, 0, 5.1), stream("fresh", "none", true, nil), stream("reused", "some", false, nil))
	surprise.AsExpected, surprise.Unexpected = false, []string{"stream reused: drops were expected, none of 4000 hits was dropped"}
	return report.Collect([]report.Trial{
		trial(0, "go-drain", "none", report.Pass, nil, stream("fresh", "none", true, nil), masked),
		trial(1, "go-exit", "rollout", report.Fail, pods(3, 0, 0.1),
			stream("fresh", "some", true, map[string]int{"refused": 50, "connect-timeout": 1152, "reset": 9, "closed": 6}),
			stream("reused", "any", true, map[string]int{"reset": 1})),
		trial(2, "go-ignore", "rollout", report.Fail, pods(3, 137, 30.02), stream("fresh", "", true, map[string]int{"refused": 12, "gremlins": 1})),
		doubtful, surprise,
	})
}

// repeated is two scenarios in five trials each.
func repeated() report.Results {
	var trials []report.Trial
	for n := range 5 {
		t := report.Trial{
			Scenario: "go-exit.rollout", Trial: n + 1, Started: epoch, Verdict: report.Fail, AsExpected: true, Pods: pods(3, 0, 0.1*float64(n+1)),
			Streams: []report.Stream{stream("fresh", "some", true, map[string]int{"refused": 50 + n, "connect-timeout": 150})},
		}
		trials = append(trials, t)
		t.Scenario, t.Verdict, t.Pods, t.Started = "go-shutdown.rollout", report.Pass, pods(3, 0, 0.2), epoch.Add(time.Hour)
		t.Streams = []report.Stream{stream("fresh", "none", true, nil)}
		if n == 3 {
			t.Verdict, t.AsExpected, t.Streams[0].AsExpected = report.Inconclusive, false, false
			t.Reasons = []string{"the history has no end mark"}
		}
		trials = append(trials, t)
	}
	return report.Collect(trials)
}

func TestGolden(t *testing.T) {
	modelledOnce := demo()
	modelledOnce.Cluster.Modelled, modelledOnce.Cluster.Delays = true, "measured on Kubernetes v1.34.4 (2026-11-22); program set to 1s"
	skippedOne, skippedAll := demo(), report.Collect(nil)
	skippedOne.Skipped = []report.Skipped{{Scenario: "py-ignore.rollout", Reason: "deploy py-ignore: this machine has no PID namespaces"}}
	skippedOne.Trials, skippedOne.Scenarios = skippedOne.Trials[:2], skippedOne.Scenarios[:2]
	skippedAll.Skipped = skippedOne.Skipped
	table := func(r report.Results, o Options) func(io.Writer) error {
		return func(w io.Writer) error { return Table(w, r, o) }
	}
	for name, write := range map[string]func(io.Writer) error{
		"demo-160.txt":     table(demo(), Options{}),
		"demo-120.txt":     table(demo(), Options{Width: 120}),
		"demo-60.txt":      table(demo(), Options{Width: 60}),
		"demo-colour.txt":  table(demo(), Options{Colour: true}),
		"repeated-160.txt": table(repeated(), Options{Width: 160}),
		"repeated-120.txt": table(repeated(), Options{Width: 120}),
		"modelled-200.txt": table(modelledOnce, Options{Width: 200}),
		"modelled.md":      func(w io.Writer) error { return Markdown(w, modelledOnce) },
		"skipped-120.txt":  table(skippedOne, Options{Width: 120}),
		"skipped.md":       func(w io.Writer) error { return Markdown(w, skippedOne) },
		"skipped-all.txt":  table(skippedAll, Options{}),
		"nothing.txt":      table(report.Collect(nil), Options{}),
		"demo.md":          func(w io.Writer) error { return Markdown(w, demo()) },
		"repeated.md":      func(w io.Writer) error { return Markdown(w, repeated()) },
		"nothing.md":       func(w io.Writer) error { return Markdown(w, report.Collect(nil)) },
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := write(&out); err != nil {
				t.Fatal(err)
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
				t.Errorf("%s differs (write it anew with -update):\n%s", golden, out.String())
			}
		})
	}
}

// A table fits its terminal, says the same in colour, and the same each time.
func TestTable(t *testing.T) {
	for _, r := range []report.Results{demo(), repeated()} {
		for _, width := range []int{50, 60, 79, 80, 99, 100, 109, 110, 119, 120, 140, 150, 155, 159, 160, 170, 180, 200, 300} {
			var plain, coloured bytes.Buffer
			if err := Table(&plain, r, Options{Width: width}); err != nil {
				t.Fatal(err)
			}
			if err := Table(&coloured, r, Options{Width: width, Colour: true}); err != nil {
				t.Fatal(err)
			}
			if unpainted(coloured.String()) != plain.String() {
				t.Errorf("%d columns: colour changes more than the colour:\n%s\n%s", width, plain.String(), unpainted(coloured.String()))
			}
			for line := range strings.Lines(plain.String()) {
				if n := len([]rune(strings.TrimRight(line, "\n"))); n > width {
					t.Errorf("%d columns: a line of %d: %s", width, n, line)
				}
			}
			if strings.Contains(plain.String(), "\x1b") {
				t.Errorf("%d columns: colour without being asked", width)
			}
		}
	}
}

func TestShare(t *testing.T) {
	for _, c := range []struct {
		part, all int
		want      string
	}{
		{0, 0, "–"}, {0, 10, "0 %"}, {10, 10, "100 %"}, {1, 3, "33.3 %"}, {1, 100, "1.00 %"}, {1, 10_000, "0.01 %"},
		{1, 10_001, "<0.01 %"}, {1, 1_000_000, "<0.01 %"}, {999_999, 1_000_000, ">99.99 %"}, {9995, 10_000, "99.95 %"}, {9989, 10_000, "99.9 %"},
	} {
		if got := share(c.part, c.all); got != c.want {
			t.Errorf("%d of %d: %q, want %q", c.part, c.all, got, c.want)
		}
	}
}

func TestPerSecond(t *testing.T) {
	for _, c := range []struct {
		rates []float64
		want  string
	}{{nil, "–"}, {[]float64{0}, "–"}, {[]float64{100, 100}, "100/s"}, {[]float64{0.75}, "0.75/s"}, {[]float64{100, 50}, "50–100/s"}} {
		if got := perSecond(c.rates); got != c.want {
			t.Errorf("%v: %q, want %q", c.rates, got, c.want)
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000", -100: "-100"} {
		if got := count(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

// What comes from files and errors cannot draw on the terminal or leave its cell.
func TestUntrustedText(t *testing.T) {
	r := demo()
	r.Trials[0].AsExpected, r.Trials[0].Verdict = false, report.Inconclusive
	r.Trials[0].Reasons = []string{"a\x1b[2Jb\nc | <b>d</b>\r_e_"}
	var table, markdown bytes.Buffer
	if err := Table(&table, r, Options{}); err != nil {
		t.Fatal(err)
	}
	if err := Markdown(&markdown, r); err != nil {
		t.Fatal(err)
	}
	if got := table.String(); !strings.Contains(got, "a[2Jb c | <b>d</b> _e_\n") || strings.ContainsAny(got, "\x1b\r") {
		t.Errorf("table:\n%q", got)
	}
	if got := markdown.String(); !strings.Contains(got, `a[2Jb c \| &lt;b&gt;d&lt;/b&gt; \_e\_`+"\n") {
		t.Errorf("markdown:\n%q", got)
	}
	if strings.Contains(markdown.String(), "/home") {
		t.Error("the report names a path of a machine")
	}
}

func TestExits(t *testing.T) {
	pod := func(change func(*report.Pod)) report.Pod {
		p := report.Pod{Role: report.RoleOld, TakenAway: true}
		change(&p)
		return p
	}
	for name, c := range map[string]struct {
		pods []report.Pod
		want string
	}{
		"none":              {nil, ""},
		"one, exact":        {[]report.Pod{pod(func(p *report.Pod) { p.ExitCode, p.GraceUsed, p.ExitedPrecision = new(0), new(0.49), new(0.0) })}, "0 in 0.5 s ×1"},
		"within a second":   {[]report.Pod{pod(func(p *report.Pod) { p.ExitCode, p.GraceUsed, p.ExitedPrecision = new(2), new(0.02), new(980.0) })}, "2 in 0.0–1.0 s ×1"},
		"not deleted":       {[]report.Pod{pod(func(p *report.Pod) { p.ExitCode = new(137) })}, "137 ×1"},
		"nobody saw it end": {[]report.Pod{pod(func(*report.Pod) {})}, "unknown ×1"},
		"two codes": {[]report.Pod{
			pod(func(p *report.Pod) { p.ExitCode, p.GraceUsed, p.Killed = new(137), new(30.0), new(true) }),
			pod(func(p *report.Pod) { p.ExitCode, p.GraceUsed = new(0), new(1.0) }),
			pod(func(p *report.Pod) { p.ExitCode, p.GraceUsed = new(0), new(3.0) }),
		}, "0 in 1.0–3.0 s ×2; 137 in 30.0 s ×1 killed"},
		"new ones and those that stay": {[]report.Pod{{Role: report.RoleNew, TakenAway: true}, {Role: report.RoleOld}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(exits([]report.Trial{{Pods: c.pods}}), "; "); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
