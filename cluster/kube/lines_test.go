package kube

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

func TestEachLine(t *testing.T) {
	long := strings.Repeat("x", 3*longestLine)
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"empty", "", nil},
		{"two", "a\nb\n", []string{"a\n", "b\n"}},
		{"the last is cut", "a\nb", []string{"a\n"}},
		{"too long", "a\n" + long + "\nb\n", []string{"a\n", long[:longestLine], "b\n"}},
		{"too long and cut", "a\n" + long, []string{"a\n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			err := eachLine(strings.NewReader(c.in), func(b []byte) error { got = append(got, string(b)); return nil })
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%d lines, error %v; want %d", len(got), err, len(c.want))
			}
		})
	}
	broken := errors.New("connection reset")
	var got []string
	err := eachLine(io.MultiReader(strings.NewReader("a\nb"), &failing{broken}), func(b []byte) error { got = append(got, string(b)); return nil })
	if !errors.Is(err, broken) || !slices.Equal(got, []string{"a\n"}) {
		t.Errorf("a broken stream: %q, error %v", got, err)
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

func TestEachCRILine(t *testing.T) {
	const log = "2026-01-02T03:04:05.000000001Z stdout F one\n" +
		"2026-01-02T03:04:05.000000002Z stdout P tw\n" +
		"2026-01-02T03:04:05.000000003Z stderr F noise\n" +
		"2026-01-02T03:04:05.000000004Z stdout F o\n" +
		"2026-01-02T03:04:05.000000005Z stdout F with spaces in it\n" +
		"garbage\n" +
		"2026-01-02T03:04:05.000000006Z stdout F cut"
	var got []string
	if err := eachCRILine([]byte(log), func(b []byte) error { got = append(got, string(b)); return nil }); err != nil {
		t.Fatal(err)
	}
	if want := []string{"one\n", "noise\n", "two\n", "with spaces in it\n"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzEachCRILine(f *testing.F) {
	f.Add([]byte("2026-01-02T03:04:05Z stdout P a\n2026-01-02T03:04:05Z stdout F b\n"))
	f.Fuzz(func(t *testing.T, log []byte) {
		lines := 0
		if err := eachCRILine(log, func([]byte) error { lines++; return nil }); err != nil {
			t.Fatal(err)
		}
		if lines > bytes.Count(log, []byte("\n")) {
			t.Errorf("%d lines out of %d", lines, bytes.Count(log, []byte("\n")))
		}
	})
}
