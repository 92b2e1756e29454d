package claims

import (
	"strings"
	"testing"
	"testing/fstest"
)

// The claims that zarif brings along can be read, and are numbered without gaps.
func TestEmbedded(t *testing.T) {
	all, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range all {
		if c.Number != i+1 {
			t.Errorf("%s: claim %d in place %d", c.File, c.Number, i+1)
		}
		if !strings.HasSuffix(c.Sentence, ".") || !strings.Contains("ABCDF", c.Source.Letter) {
			t.Errorf("%s: sentence %q of source %q", c.File, c.Sentence, c.Source.Letter)
		}
	}
	if len(all) != 27 {
		t.Errorf("%d claims, want 27", len(all))
	}
}

const good = `claim: 1
sentence: It is so.
source: {letter: F, title: heard}
true:
  - {of: go-exit.rollout, stream: fresh, dropped: some}
`

func TestFaultsHaveTheirPlace(t *testing.T) {
	for _, c := range []struct{ name, from, to, want string }{
		{"unknown field", "claim: 1", "claim: 1\ncolour: red", "c.yaml:2: colour: unknown field; want claim, half, note, sentence, source or true"},
		{"missing", "sentence: It is so.\n", "", "c.yaml:1: sentence: missing"},
		{"no number", "claim: 1", "claim: one", `c.yaml:1: claim: "one" is text; want a whole number from 1 up`},
		{"unknown fact", "dropped: some", "lost: some", "c.yaml:5: true[0].lost: unknown field"},
		{"no fact", ", dropped: some", "", "c.yaml:5: true[0]: there is no fact; want one of dropped"},
		{"two facts", "dropped: some", "dropped: some, masked: none", "c.yaml:5: true[0].masked: the check has the fact dropped already"},
		{"wrong word", "dropped: some", "dropped: few", `c.yaml:5: true[0].dropped: "few" is no answer; want none or some`},
		{"no stream", "stream: fresh, ", "", "c.yaml:5: true[0]: dropped is a fact about a stream"},
		{"a stream of pods", "dropped: some", "killed: yes", "c.yaml:5: true[0]: killed is a fact about pods"},
		{"an exit code of a stream", "dropped: some", "dropped: some, exited: 0", "c.yaml:5: true[0]: dropped is a fact about a stream; want no exited"},
		{"deletions of a stream", "dropped: some", "dropped: some, deletions: 3", "c.yaml:5: true[0]: dropped is a fact about a stream; want no exited, with or deletions"},
		{"trials with another stream", "dropped: some", "dropped: some, with: slow", "c.yaml:5: true[0]: dropped is a fact about a stream; want no exited, with or deletions"},
		{"no deletions", "stream: fresh, dropped: some", "killed: yes, deletions: 0", `c.yaml:5: true[0].deletions: 0 is too small; want a whole number from 1 up`},
		{"no disruption", "go-exit.rollout", "go-exit", `c.yaml:5: true[0].of: "go-exit" names no disruption`},
		{"bad pattern", "go-exit.rollout", "'go-[.rollout'", `c.yaml:5: true[0].of: "go-[.rollout" is no pattern`},
		{"unknown cause", "dropped: some", "anyCause: [reset, lost]", `c.yaml:5: true[0].anyCause[1]: "lost" is no cause`},
		{"empty range", "stream: fresh, dropped: some", "exitTime: {}", "c.yaml:5: true[0].exitTime: this is no range; want atLeast or atMost"},
		{"turned range", "stream: fresh, dropped: some", "exitTime: {atLeast: 9s, atMost: 2s}", "the larger last"},
		{"no list", "  - {of: go-exit.rollout, stream: fresh, dropped: some}", "  yes", `c.yaml:5: true: "yes" is text; want a list`},
		{"half without its condition", "true:", "half: [{when: [{of: a.b, killed: yes}]}]\ntrue:", "c.yaml:4: half[0].under: missing"},
		{"two documents", "claim: 1", "claim: 1\n---\nclaim: 2", "c.yaml:2: a second document begins here"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Decode("c.yaml", []byte(strings.Replace(good, c.from, c.to, 1)))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error\n%v\nwant\n%s", err, c.want)
			}
		})
	}
	if _, err := Decode("c.yaml", []byte(good)); err != nil {
		t.Error(err)
	}
}

func TestANumberIsTakenOnce(t *testing.T) {
	_, err := load(fstest.MapFS{"files/a.yaml": {Data: []byte(good)}, "files/b.yaml": {Data: []byte(good)}})
	if err == nil || !strings.Contains(err.Error(), "b.yaml: claim: 1 is the claim of a.yaml") {
		t.Errorf("error %v", err)
	}
}

// No file, however broken, breaks the reader.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("claim: [1\n"))
	f.Add([]byte("true: *x"))
	f.Add([]byte("? {a: b}\n: c"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := Decode("c.yaml", text)
		if err == nil && (c.Number < 1 || len(c.True) == 0 || c.Sentence == "") {
			t.Errorf("took %q for a claim: %+v", text, c)
		}
	})
}
