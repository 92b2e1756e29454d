package document

import (
	"cmp"
	"slices"
	"strings"
)

// Near lists the names that given may have been meant for, the nearest first,
// at most three.
func Near(given string, names []string) []string {
	type candidate struct {
		name string
		far  int
	}
	limit := max(1, min(3, len(given)/3))
	var found []candidate
	for _, name := range names {
		if far := distance(strings.ToLower(given), strings.ToLower(name)); far <= limit {
			found = append(found, candidate{name, far})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return cmp.Compare(a.far, b.far) })
	var out []string
	for _, c := range found[:min(3, len(found))] {
		if c.far > found[0].far+1 {
			break
		}
		out = append(out, c.name)
	}
	return out
}

// distance is the number of letters to insert, delete, change or swap with their
// neighbour to make b of a (optimal string alignment). Anything above 100 letters is far.
func distance(a, b string) int {
	if len(a) > 100 || len(b) > 100 {
		return 100
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := last[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(change, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// List is "a, b or c".
func List(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

// OneOf says what would have been right instead of given.
func OneOf(given string, names []string) string {
	want := List(names)
	if n := Near(given, names); len(n) > 0 && len(names) > 3 {
		want += " (did you mean " + List(n) + "?)"
	}
	return want
}
