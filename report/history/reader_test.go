package history

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// A reader's buffer is used again for every line, and a line can be longer than it.
func TestLinesOfEveryLength(t *testing.T) {
	var lines []byte
	var want []string
	for n, length := range []int{1, 65_000, 70_000, 3, 65_536, 200_000, 65_535, 2} {
		for _, rec := range []Record{
			{Served: &Served{Hit: strings.Repeat("x", length), Pod: fmt.Sprint(n)}}, {Event: &Event{Type: strings.Repeat("<", length)}},
		} {
			line, err := AppendRecord(nil, &rec)
			if err != nil {
				t.Fatal(err)
			}
			lines, want = append(lines, line...), append(want, string(line))
		}
	}
	broken := errors.New("broken")
	for _, c := range []struct {
		name  string
		in    io.Reader
		whole int
		err   error
	}{
		{"whole", bytes.NewReader(lines), len(want), nil},
		{"in halves", iotest.HalfReader(bytes.NewReader(lines)), len(want), nil},
		{"without its last newline", bytes.NewReader(lines[:len(lines)-1]), len(want) - 1, ErrCut},
		{"cut in a long line", bytes.NewReader(lines[:260_000]), 5, ErrCut},
		{"broken in a line", io.MultiReader(bytes.NewReader(lines[:100_000]), iotest.ErrReader(broken)), 3, broken},
	} {
		t.Run(c.name, func(t *testing.T) {
			var end error
			n := 0
			for rec, err := range ReadLines(c.in) {
				if end = err; err != nil {
					break
				}
				if line, err := encode(&rec); err != nil || string(line) != want[n] {
					t.Fatalf("record %d: %.80q, %v, want %.80q", n, line, err, want[n])
				}
				n++
			}
			if n != c.whole || !errors.Is(end, c.err) {
				t.Errorf("%d records, then %v, want %d, then %v", n, end, c.whole, c.err)
			}
		})
	}
}

// A million hits do not hold a million names of pods, and nonsense does not fill the memory.
func TestTextsThatRepeatAreKeptOnce(t *testing.T) {
	names := map[string]string{}
	hit := Record{Hit: &Hit{Pod: "go-exit-5d8f-x2k4l", Cause: Closed, Lost: []Attempt{{Cause: Reset}}}}
	line, err := AppendRecord(nil, &hit)
	if err != nil {
		t.Fatal(err)
	}
	if allocs := testing.AllocsPerRun(100, func() { parseLine(line, names) }); allocs > 2 {
		t.Errorf("%v allocations, want two: the hit and its lost attempts", allocs)
	}
	if _, err := parseLine([]byte(`{"sv":{"h":"0-7","p":"go-exit-5d8f-x2k4l","s":1}}`), names); err != nil || len(names) != 3 {
		t.Errorf("%v: kept are %q, want a pod and two causes: no id comes again", err, names)
	}
	for n := range 2 * maxNames {
		served := Record{Served: &Served{Hit: fmt.Sprint("0-", n), Pod: fmt.Sprint(n)}}
		line, err := AppendRecord(nil, &served)
		if err != nil {
			t.Fatal(err)
		}
		sameRecord(t, line, names)
	}
	if len(names) != maxNames {
		t.Errorf("%d names are kept, want %d", len(names), maxNames)
	}
}
