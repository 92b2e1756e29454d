package claims

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"zarif/report"
)

// The answers.
const (
	True        = "true"
	False       = "false"
	HalfTrue    = "half"
	NotMeasured = "not measured"
)

// Needed is how many conclusive trials of a scenario a fact is taken from, at least.
const Needed = 3

// An Answer is what measurement says about a claim.
type Answer struct {
	Claim    int      `json:"claim"`
	Sentence string   `json:"sentence"`
	Letter   string   `json:"source"`
	Title    string   `json:"title"`
	Answer   string   `json:"answer"`
	Under    string   `json:"under,omitempty"` // what it is true under; of a half one
	Figures  []string `json:"figures"`         // that decided
	Missing  []string `json:"missing,omitempty"`
	Note     string   `json:"note,omitempty"`
	Modelled bool     `json:"modelled,omitempty"` // something that decided was measured on a model of a cluster
}

// Evaluate answers claims from trials, of which only conclusive ones count; where
// there are trials of a real cluster, those of a modelled one do not. known are the
// names <fixture>.<disruption> that there are, which a pattern must be measured for
// as a whole. needed is how many trials a fact is taken from; 0: Needed.
func Evaluate(all []Claim, trials []report.Trial, known []string, needed int) []Answer {
	m := measurements{of: map[key][]report.Trial{}, known: known, needed: cmp.Or(needed, Needed)}
	for _, t := range trials {
		if t.Verdict == report.Inconclusive || t.Skipped != "" || t.Disrupts != "" {
			continue
		}
		k := key{t.Fixture + "." + t.Disruption, t.Edge}
		m.of[k] = append(m.of[k], t)
	}
	for k, of := range m.of {
		if slices.ContainsFunc(of, isReal) {
			m.of[k] = slices.DeleteFunc(of, func(t report.Trial) bool { return !isReal(t) })
		}
	}
	answers := make([]Answer, len(all))
	for i, c := range all {
		answers[i] = m.answer(c)
	}
	return answers
}

func isReal(t report.Trial) bool { return !t.Meta.Cluster.Modelled }

// key is what trials are put together by: scenarios that differ in streams alone
// show the same pods.
type key struct{ of, edge string }

func (k key) String() string {
	if k.edge == "" {
		return k.of
	}
	return k.of + " behind " + k.edge
}

type measurements struct {
	of     map[key][]report.Trial
	known  []string
	needed int
}

// answer is true where all checks hold; else half where all of one alternative do;
// else false. What is not known leaves the question open at that point.
func (m *measurements) answer(c Claim) Answer {
	a := Answer{Claim: c.Number, Sentence: c.Sentence, Letter: c.Source.Letter, Title: c.Source.Title, Note: c.Note, Answer: False, Figures: []string{}}
	switch m.all(c.True, &a) {
	case yes:
		a.Answer = True
		return a
	case unknown:
		a.Answer = NotMeasured
		return a
	}
	for _, h := range c.Half {
		switch m.all(h.When, &a) {
		case yes:
			a.Answer, a.Under, a.Missing = HalfTrue, h.Under, nil
			return a
		case unknown:
			a.Answer = NotMeasured
			return a
		}
	}
	a.Missing = nil
	return a
}

// all is whether every check holds, and adds to a what decides.
func (m *measurements) all(checks []Check, a *Answer) truth {
	result := yes
	for _, c := range checks {
		is := m.check(c, a)
		if is == no {
			result = no
		} else if is == unknown && result == yes {
			result = unknown
		}
	}
	return result
}

// check is whether one holds for what it is about.
func (m *measurements) check(c Check, a *Answer) truth {
	var held, against, open, empty []string
	deletions := 0
	for _, k := range m.keys(c) {
		deletions += len(podsOf(m.trials(c, k), c.Exited))
		is, figure := m.one(c, k, a)
		switch {
		case is == vacuous:
			empty = append(empty, figure)
		case is == unknown:
			open = append(open, figure)
		case is == no:
			against = append(against, figure)
		default:
			held = append(held, figure)
		}
	}
	if len(held)+len(against)+len(open) == 0 {
		for _, what := range empty {
			a.miss(what)
		}
		return unknown
	}
	a.figures(held, against)
	result := quantified(c.For, len(held), len(against), len(open))
	if result == unknown || c.For == "" || c.For == forAll {
		for _, what := range open {
			a.miss(what)
		}
	}
	if result == yes && deletions < c.Deletions {
		a.miss(fmt.Sprintf("%s: %d of %d deletions", strings.Join(c.Of, ", "), deletions, c.Deletions))
		return unknown
	}
	return result
}

// keys are what a check is about: all that is known or was measured and that its
// patterns match.
func (m *measurements) keys(c Check) []key {
	found := map[key]bool{}
	for k := range m.of {
		edge := c.Edge == "" && k.edge == "" || c.Edge != "" && matches(c.Edge, k.edge)
		if edge && matchesAny(c.Of, k.of) {
			found[k] = true
		}
	}
	for _, name := range m.known {
		if matchesAny(c.Of, name) && c.Edge == "" {
			found[key{name, ""}] = true
		}
	}
	// What matches nothing is named as the check names it, and has no trials.
	for _, pattern := range c.Of {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(found)), func(k key) bool { return matches(pattern, k.of) }) {
			found[key{pattern, c.Edge}] = true
		}
	}
	return slices.SortedFunc(maps.Keys(found), func(a, b key) int { return cmp.Or(cmp.Compare(a.of, b.of), cmp.Compare(a.edge, b.edge)) })
}

func matchesAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return matches(pattern, name) })
}

func matches(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

// one is a check of one scenario; the figure says what was seen, or why it is not
// known. A check of pods with an exit code is vacuous where there is none.
func (m *measurements) one(c Check, k key, a *Answer) (is truth, figure string) {
	f, _ := factNamed(c.Fact)
	trials := m.trials(c, k)
	what := k.String()
	switch {
	case f.stream != nil:
		what += " " + c.Stream
	case c.With != "":
		what += " with " + c.With
	}
	if len(trials) < m.needed {
		return unknown, fmt.Sprintf("%s: %d of %d conclusive trials", what, len(trials), m.needed)
	}
	a.Modelled = a.Modelled || !isReal(trials[0])
	if f.stream != nil {
		var streams []report.Stream
		for _, t := range trials {
			streams = append(streams, t.Streams[streamOf(t, c.Stream)])
		}
		is, figure = f.stream(c, streams)
	} else {
		pods := podsOf(trials, c.Exited)
		if len(pods) == 0 && c.Exited != nil {
			return vacuous, fmt.Sprintf("%s: no pod exited with code %d", what, *c.Exited)
		}
		is, figure = f.pods(c, trials, pods)
	}
	return is, fmt.Sprintf("%s: %s, %d trials", what, figure, len(trials))
}

// trials are those of a scenario that a check is about.
func (m *measurements) trials(c Check, k key) []report.Trial {
	stream := cmp.Or(c.Stream, c.With)
	return slices.DeleteFunc(slices.Clone(m.of[k]), func(t report.Trial) bool { return stream != "" && streamOf(t, stream) < 0 })
}

func streamOf(t report.Trial, name string) int {
	return slices.IndexFunc(t.Streams, func(s report.Stream) bool { return s.Name == name })
}

// podsOf are the pods that were asked to end, with one exit code if any is given.
func podsOf(trials []report.Trial, exited *int) (pods []report.Pod) {
	for _, t := range trials {
		for _, p := range t.Pods {
			if p.Drain != nil && (exited == nil || p.ExitCode != nil && *p.ExitCode == *exited) {
				pods = append(pods, p)
			}
		}
	}
	return pods
}

func (a *Answer) miss(what string) {
	if !slices.Contains(a.Missing, what) {
		a.Missing = append(a.Missing, what)
	}
}

const (
	listed = 3  // how many figures of one check are spelt out where all are as claimed
	named  = 12 // and how many scenarios are named at most
)

// figures adds those of one check; where it is about many scenarios those that
// speak against it come first.
func (a *Answer) figures(held, against []string) {
	add := func(figure string) {
		if !slices.Contains(a.Figures, figure) {
			a.Figures = append(a.Figures, figure)
		}
	}
	if n := len(held) + len(against); n > listed {
		text := fmt.Sprintf("%d of %d scenarios as claimed", len(held), n)
		if len(held) <= named {
			text += names(held)
		}
		add(text)
		held = nil
	}
	for _, figure := range against {
		add(figure)
	}
	for _, figure := range held {
		add(figure)
	}
}

// names are the scenarios of figures.
func names(figures []string) string {
	var out []string
	for _, f := range figures {
		name, _, _ := strings.Cut(f, ":")
		out = append(out, name)
	}
	if len(out) == 0 {
		return ""
	}
	return " (" + strings.Join(out, ", ") + ")"
}
