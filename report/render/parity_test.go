package render

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zarif/report"
	"zarif/report/parity"
)

// comparison is one of everything that a parity table shows.
func comparison() parity.Table {
	drops := func(dropped int, outage time.Duration, causes map[string]int) parity.Drops {
		return parity.Drops{Sent: 21000, Dropped: dropped, Causes: causes, Outage: outage}
	}
	none := drops(0, 0, nil)
	return parity.Table{
		A: parity.Cluster{Name: "kind", ClusterInfo: report.ClusterInfo{Type: "kind", Name: "zarif", Kubernetes: "v1.34.4", CNI: "ptp", ProxyMode: "iptables", Nodes: []string{"a", "b", "c"}}},
		B: parity.Cluster{Name: "local", ClusterInfo: report.ClusterInfo{Type: "local", Name: "local", Modelled: true}},
		Scenarios: []parity.Scenario{
			{
				Name: "go-drain.rollout", Agreement: parity.Agree,
				A: parity.Trials{
					Verdicts: map[report.Verdict]int{report.Pass: 4, report.Inconclusive: 1},
					Exits:    []parity.Exit{{Code: "0", Pods: 12, Timed: true, Min: 5040 * time.Millisecond, Max: 5210 * time.Millisecond}},
					LastConnections: []time.Duration{
						60 * time.Millisecond, 1100 * time.Millisecond, 2162 * time.Millisecond,
					},
				},
				B:       parity.Trials{Verdicts: map[report.Verdict]int{report.Pass: 5}, Exits: []parity.Exit{{Code: "0", Pods: 15}}},
				Streams: []parity.Stream{{Name: "fresh", A: none, B: none, Agreement: parity.Agree}, {Name: "reused", A: none, B: none, Agreement: parity.Agree}},
			},
			{
				Name: "go-exit.rollout", Agreement: parity.Differ,
				A: parity.Trials{Verdicts: map[report.Verdict]int{report.Fail: 5}, Exits: []parity.Exit{
					{Code: "0", Pods: 14, Timed: true, Min: 10 * time.Millisecond, Max: 300 * time.Millisecond}, {Code: "unknown", Pods: 1},
				}, LastConnections: []time.Duration{-180 * time.Millisecond}},
				B: parity.Trials{Verdicts: map[report.Verdict]int{report.Fail: 5}},
				Streams: []parity.Stream{{
					Name: "fresh", Agreement: parity.Differ,
					A:       drops(812, 60*time.Millisecond, map[string]int{"connect-timeout": 511, "refused": 271, "closed": 12, "reset": 18}),
					B:       drops(1, 1200*time.Millisecond, map[string]int{"refused": 1}),
					Reasons: []string{"the drop rates differ by a factor of 812.0, the limit is 3"},
				}},
			},
			{
				Name: "py-ignore.kill", Agreement: parity.Inconclusive,
				Reasons: []string{"kind: it was not run", "local: skipped: no PID namespaces | here"},
			},
		},
		Agreement: parity.Differ,
	}
}

func TestParity(t *testing.T) {
	for file, write := range map[string]func(*bytes.Buffer) error{
		"parity-160.txt": func(b *bytes.Buffer) error { return ParityTable(b, comparison(), Options{}) },
		"parity-80.txt":  func(b *bytes.Buffer) error { return ParityTable(b, comparison(), Options{Width: 80}) },
		"parity-colour.txt": func(b *bytes.Buffer) error {
			return ParityTable(b, comparison(), Options{Width: 160, Colour: true})
		},
		"parity.md": func(b *bytes.Buffer) error { return ParityMarkdown(b, comparison()) },
		"parity-nothing.md": func(b *bytes.Buffer) error {
			return ParityMarkdown(b, parity.Compare(report.Results{}, report.Results{}))
		},
	} {
		t.Run(file, func(t *testing.T) {
			var out bytes.Buffer
			if err := write(&out); err != nil {
				t.Fatal(err)
			}
			golden(t, file, out.String())
		})
	}
}

func TestParityFitsAndColourIsNotNeeded(t *testing.T) {
	for _, columns := range []int{60, 80, 120, 160, 200} {
		var plain, coloured bytes.Buffer
		if err := errors.Join(ParityTable(&plain, comparison(), Options{Width: columns}),
			ParityTable(&coloured, comparison(), Options{Width: columns, Colour: true})); err != nil {
			t.Fatal(err)
		}
		if plain.String() != unpainted(coloured.String()) {
			t.Errorf("%d columns: colour changes the text", columns)
		}
		if w := width(plain.String()); w > columns {
			t.Errorf("%d columns: a line has %d", columns, w)
		}
		for _, word := range []string{"go-drain", "go-exit", "py-ignore", "connect-timeout 511", "differ", "inconclusive", "no PID namespaces"} {
			if !strings.Contains(strings.Join(strings.Fields(plain.String()), " "), word) {
				t.Errorf("%d columns: %q is missing", columns, word)
			}
		}
	}
}

// golden holds text against a file of testdata.
func golden(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("%s differs (write it anew with -update):\n%s", path, text)
	}
}
