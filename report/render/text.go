package render

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"zarif/report/history"
)

// count is n with its thousands apart: 12,345.
func count(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// between is "3–5", or "5" where both are.
func between(low, high int) string {
	if low == high {
		return count(high)
	}
	return count(low) + "–" + count(high)
}

// share is part of all in per cent. It is 0 only for none and 100 only for all.
func share(part, all int) string {
	if all == 0 {
		return "–"
	}
	percent := 100 * float64(part) / float64(all)
	switch {
	case part == 0:
		return "0 %"
	case part == all:
		return "100 %"
	case percent < 0.01:
		return "<0.01 %"
	case percent > 99.99:
		return ">99.99 %"
	case percent < 10:
		return fmt.Sprintf("%.2f %%", percent)
	case percent < 99.9:
		return fmt.Sprintf("%.1f %%", percent)
	}
	return fmt.Sprintf("%.2f %%", percent)
}

// millis is ms without more digits than matter.
func millis(ms float64) string {
	if ms < 10 {
		return fmt.Sprintf("%.1f", ms)
	}
	return fmt.Sprintf("%.0f", ms)
}

func span(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// listCauses puts causes in the order in which reports show them; those that this
// version does not know come last, by name.
func listCauses(causes map[string]int) []string {
	order := history.Causes()
	var names []string
	for name, n := range causes {
		if n > 0 {
			names = append(names, name)
		}
	}
	place := func(name string) int {
		if i := slices.Index(order, history.Cause(name)); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortFunc(names, func(a, b string) int {
		if d := place(a) - place(b); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	list := make([]string, 0, len(names))
	for _, name := range names {
		list = append(list, fmt.Sprintf("%s %s", clean(name), count(causes[name])))
	}
	return list
}

// clean is text on one line and without control characters, since it may come
// from a file or from an error.
func clean(text string) string {
	text = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) && !unicode.IsSpace(c) {
			return -1
		}
		return c
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

// wrap breaks text between words into lines of at most width, and of more only
// where a word is longer. Lines after the first begin with indent.
func wrap(text string, width int, indent string) string {
	var out strings.Builder
	at := 0
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(unpainted(word))
		switch {
		case i == 0:
		case at+1+n > width:
			out.WriteString("\n" + indent)
			at = utf8.RuneCountInString(indent)
		default:
			out.WriteByte(' ')
			at++
		}
		out.WriteString(word)
		at += n
	}
	return out.String()
}

// flow puts items into lines of at most width, separated by commas.
func flow(items []string, width int) string {
	var lines []string
	for i, item := range items {
		if i < len(items)-1 {
			item += ","
		}
		last := len(lines) - 1
		if last >= 0 && utf8.RuneCountInString(lines[last])+1+utf8.RuneCountInString(item) <= width {
			lines[last] += " " + item
			continue
		}
		lines = append(lines, item)
	}
	return strings.Join(lines, "\n")
}
