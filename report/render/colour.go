package render

import "strings"

const ansiEnd = "\x1b[0m"

var ansi = map[state]string{good: "\x1b[32m", bad: "\x1b[31m", open: "\x1b[33m"}

// paint repeats in colour what text says. Every line of it is painted by itself,
// since a cell's lines are drawn in different lines of the table.
func (o Options) paint(text string, s state) string {
	if !o.Colour || s == plain || text == "" {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = ansi[s] + line + ansiEnd
	}
	return strings.Join(lines, "\n")
}

// unpainted is text without what paint adds.
func unpainted(text string) string {
	for _, code := range ansi {
		text = strings.ReplaceAll(text, code, "")
	}
	return strings.ReplaceAll(text, ansiEnd, "")
}
