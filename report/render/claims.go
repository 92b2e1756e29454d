package render

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"zarif/report/claims"
)

// ClaimsTable writes answers for a terminal, each with the figures that decided.
func ClaimsTable(w io.Writer, answers []claims.Answer, o Options) error {
	if o.Width <= 0 {
		o.Width = defaultWidth
	}
	var out bytes.Buffer
	for _, a := range answers {
		fmt.Fprintf(&out, "%2d  %s\n", a.Claim, wrap(clean(a.Sentence+" ("+a.Letter+")"), o.Width-4, "    "))
		out.WriteString("    " + wrap(clean(verdictOn(a)), o.Width-4, "    ") + "\n")
		for _, line := range evidenceOn(a) {
			out.WriteString("      " + wrap(clean(line), o.Width-6, "        ") + "\n")
		}
	}
	out.WriteString(tallyOf(answers) + "\n")
	return written(w, "the answers", out.String())
}

// ClaimsMarkdown writes the same as a table, in the order of the claims, and what
// the trials were measured on, line by line.
func ClaimsMarkdown(w io.Writer, answers []claims.Answer, on []string) error {
	var out strings.Builder
	out.WriteString(tallyOf(answers) + "\n\n| # | claim | source | answer | figures |\n| ---: | --- | --- | --- | --- |\n")
	for _, a := range answers {
		text := cell(a.Sentence)
		if a.Note != "" {
			text += " *" + cell(a.Note) + "*"
		}
		var lines []string
		for _, line := range evidenceOn(a) {
			lines = append(lines, cell(line))
		}
		fmt.Fprintf(&out, "| %d | %s | %s | %s | %s |\n", a.Claim, text, cell(a.Letter), cell(verdictOn(a)), strings.Join(lines, "<br>"))
	}
	out.WriteString("\nSources:\n\n")
	told := map[string]bool{}
	for _, a := range answers {
		if !told[a.Letter] {
			told[a.Letter] = true
			fmt.Fprintf(&out, "- %s: %s\n", cell(a.Letter), cell(a.Title))
		}
	}
	for _, line := range on {
		fmt.Fprintf(&out, "\nMeasured on %s.\n", cell(line))
	}
	return written(w, "the answers", out.String())
}

// ClaimsJSON writes the answers as data.
func ClaimsJSON(w io.Writer, answers []claims.Answer) error {
	return encoded(w, "the answers", answers)
}

func verdictOn(a claims.Answer) string {
	text := a.Answer
	if a.Under != "" {
		text += ": " + a.Under
	}
	if a.Modelled && a.Answer != claims.NotMeasured {
		text += " (measured on a modelled cluster)"
	}
	return text
}

// evidenceOn are the figures that decided, and what is missing where nothing could be.
func evidenceOn(a claims.Answer) []string {
	lines := append([]string{}, a.Figures...)
	if n := len(lines) - figuresListed; n > 1 {
		lines = append(lines[:figuresListed], fmt.Sprintf("and %d more, which -o json lists", n))
	}
	for i, what := range a.Missing {
		if i == missingListed && len(a.Missing) > i+1 {
			return append(lines, fmt.Sprintf("and %d more that are missing", len(a.Missing)-i))
		}
		lines = append(lines, "missing: "+what)
	}
	return lines
}

// figuresListed is how many figures are spelt out, those that speak against a claim first.
const figuresListed = 8

// missingListed is how much of what is missing is spelt out.
const missingListed = 5

func tallyOf(answers []claims.Answer) string {
	count := map[string]int{}
	for _, a := range answers {
		count[a.Answer]++
	}
	var parts []string
	for _, answer := range []string{claims.True, claims.HalfTrue, claims.False, claims.NotMeasured} {
		if count[answer] > 0 {
			parts = append(parts, strconv.Itoa(count[answer])+" "+answer)
		}
	}
	return fmt.Sprintf("%d claims: %s.", len(answers), strings.Join(parts, ", "))
}
