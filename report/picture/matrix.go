package picture

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"zarif/report"
	"zarif/report/render"
)

// Measures of a matrix, in pixels.
const (
	rowHeight   = 40
	moreHeight  = 14 // of a row with a third line
	cellWidth   = 172
	verdictWide = 150
)

// Matrix draws a row per scenario and a column per stream, with what was dropped in
// each cell and whether that was expected. The order is that of the results.
func Matrix(w io.Writer, r report.Results) error {
	names := streamNames(r)
	label := 180.0
	for _, sc := range r.Scenarios {
		label = max(label, letter*float64(len([]rune(clean(sc.Scenario))))+40)
	}
	for _, sk := range r.Skipped {
		label = max(label, letter*float64(len([]rune(clean(sk.Scenario))))+40)
	}
	width := max(690, label+float64(len(names))*cellWidth+verdictWide+14)
	top := 62.0
	bottom := top + rowHeight*float64(len(r.Skipped))
	for _, sc := range r.Scenarios {
		bottom += heightOf(sc)
	}
	s := newSheet(width, bottom+50, "Dropped hits by scenario and stream", matrixSaid(r))
	s.text(14, 24, "Dropped hits by scenario and stream", "title")
	s.text(14, top-10, "scenario", "small soft")
	for i, name := range names {
		s.text(label+cellWidth*(float64(i)+.5), top-10, name, "strong middle")
	}
	s.text(label+cellWidth*float64(len(names))+12, top-10, "verdict", "small soft")
	y := top
	words := render.WordsOf(r)
	for i, sc := range r.Scenarios {
		s.scenario(sc, words.Scenarios[i], trialsOf(r, sc.Scenario), names, label, y)
		y += heightOf(sc)
	}
	for _, sk := range r.Skipped {
		s.text(14, y+rowHeight/2+4, sk.Scenario, "")
		s.text(label+8, y+rowHeight/2+4, "skipped: "+shortened(sk.Reason, int((width-label-20)/6)), "small soft")
		y += rowHeight
	}
	s.matrixLegend(bottom + 28)
	return s.finish(w)
}

// streamNames are all streams, in the order in which they come first.
func streamNames(r report.Results) (names []string) {
	for _, sc := range r.Scenarios {
		for _, st := range sc.Streams {
			if !slices.Contains(names, st.Name) {
				names = append(names, st.Name)
			}
		}
	}
	return names
}

// heightOf is that of a scenario's row.
func heightOf(sc report.ScenarioSummary) float64 {
	if slices.ContainsFunc(sc.Streams, func(st report.StreamSummary) bool { return thirdLine(st) != "" }) {
		return rowHeight + moreHeight
	}
	return rowHeight
}

// thirdLine is what else than drops there is to say of a stream.
func thirdLine(st report.StreamSummary) string {
	var parts []string
	for _, more := range []struct {
		n    int
		what string
	}{{st.Masked, "masked"}, {st.Missed, "missed"}, {st.Unresolved, "unresolved"}} {
		if more.n > 0 {
			parts = append(parts, render.Count(more.n)+" "+more.what)
		}
	}
	text := strings.Join(parts, ", ")
	if smallLetter*float64(len([]rune(text))) > cellWidth-20 {
		text = fmt.Sprintf("%s masked, %s open", render.Count(st.Masked), render.Count(st.Missed+st.Unresolved))
	}
	return text
}

func (s *sheet) scenario(sc report.ScenarioSummary, words render.ScenarioWords, trials []report.Trial, names []string, label, y float64) {
	middle := y + rowHeight/2
	s.text(14, middle+4, sc.Scenario, "")
	if len(trials) > 1 {
		s.text(label-8, middle+4, fmt.Sprintf("×%d", len(trials)), "small soft end")
	}
	for i, name := range names {
		x := label + cellWidth*float64(i)
		at := slices.IndexFunc(sc.Streams, func(st report.StreamSummary) bool { return st.Name == name })
		if at < 0 {
			s.text(x+cellWidth/2, middle+4, "–", "small soft middle")
			continue
		}
		s.cell(sc.Streams[at], words.Streams[at], trials, x, y)
	}
	x := label + cellWidth*float64(len(names)) + 12
	s.text(x, middle-3, words.Verdict, "")
	s.text(x, middle+12, expectedWords(sc, trials), "small soft")
}

// cell is one stream of a scenario over all of its trials.
func (s *sheet) cell(st report.StreamSummary, words render.StreamWords, trials []report.Trial, x, y float64) {
	first, second := render.Count(st.Dropped), "of "+words.Sent
	if st.Dropped > 0 {
		first += " · " + words.Share
	}
	if _, each, ok := strings.Cut(words.Dropped, ", "); ok {
		second += ", " + each
	}
	sign := signOf(st, trials)
	height := rowHeight
	third := thirdLine(st)
	if third != "" {
		height += moreHeight
	}
	s.told(fmt.Sprintf("%s: %d dropped, %d masked, %d missed, %d unresolved of %d sent; expected %s: %s", st.Name, st.Dropped, st.Masked, st.Missed, st.Unresolved, st.Sent, st.Expected, signWords[sign]), func() {
		s.Roundrect(x+2, y+2, cellWidth-4, float64(height-4), 4, 4, class(shade(st, trials)))
		s.text(x+12, y+rowHeight/2-2, first, "strong")
		s.text(x+12, y+rowHeight/2+13, second, "small")
		if third != "" {
			s.text(x+12, y+rowHeight/2+13+moreHeight, third, "small")
		}
		s.text(x+cellWidth-12, y+rowHeight/2-1, sign, "strong end")
	})
}

// shade says by how dark a cell is how much was lost, and by hatching that nothing
// can be said of it.
func shade(st report.StreamSummary, trials []report.Trial) string {
	switch {
	case !slices.ContainsFunc(trials, func(t report.Trial) bool { return t.Verdict != report.Inconclusive }):
		return "open"
	case st.Dropped == 0:
		return "none"
	case st.Dropped*100 < st.Sent:
		return "some"
	case st.Dropped*10 < st.Sent:
		return "many"
	}
	return "most"
}

// Whether what came was what was expected.
const (
	signYes  = "✓"
	signNo   = "✗"
	signOpen = "?"
)

var signWords = map[string]string{signYes: "yes", signNo: "no", signOpen: "open, since a trial is inconclusive"}

func signOf(st report.StreamSummary, trials []report.Trial) string {
	if st.AsExpected {
		return signYes
	}
	for _, t := range trials {
		for _, s := range t.Streams {
			if s.Name == st.Name && !s.AsExpected && t.Verdict != report.Inconclusive {
				return signNo
			}
		}
	}
	return signOpen
}

func expectedWords(sc report.ScenarioSummary, trials []report.Trial) string {
	switch {
	case sc.AsExpected:
		return "as expected"
	case slices.ContainsFunc(trials, func(t report.Trial) bool { return t.Verdict != report.Inconclusive && !t.AsExpected }):
		return "NOT as expected"
	}
	return "nothing shown"
}

func (s *sheet) matrixLegend(y float64) {
	x := 14.0
	for _, item := range []struct{ class, text string }{
		{"none", "none dropped"}, {"some", "under 1 %"}, {"many", "under 10 %"}, {"most", "10 % and more"}, {"open", "inconclusive"},
	} {
		s.Rect(x, y-9, 14, 11, class(item.class))
		s.text(x+19, y, item.text, "small soft")
		x += 19 + smallLetter*float64(len(item.text)) + 14
	}
	s.text(x, y, "✓ as expected  ✗ not  ? open", "small soft")
}

// matrixSaid is the matrix in words.
func matrixSaid(r report.Results) string {
	var parts []string
	words := render.WordsOf(r)
	for i, sc := range r.Scenarios {
		text := sc.Scenario + ", " + words.Scenarios[i].Verdict + ":"
		for _, st := range sc.Streams {
			text += fmt.Sprintf(" %s %d of %d dropped,", st.Name, st.Dropped, st.Sent)
		}
		parts = append(parts, strings.TrimRight(text, ",:"))
	}
	for _, sk := range r.Skipped {
		parts = append(parts, sk.Scenario+" was skipped")
	}
	if len(parts) == 0 {
		return "Nothing was measured."
	}
	return strings.Join(parts, ". ") + "."
}

func trialsOf(r report.Results, scenario string) (trials []report.Trial) {
	for _, t := range r.Trials {
		if t.Scenario == scenario {
			trials = append(trials, t)
		}
	}
	return trials
}
