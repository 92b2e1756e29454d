package scenarios

import "zarif/document"

// list is "a, b or c".
func list(names []string) string { return document.List(names) }

// near lists the names that given may have been meant for.
func near(given string, names []string) []string { return document.Near(given, names) }

// mostListed is how many names a reader looks through.
const mostListed = 24

// oneOf says what would have been right instead of given.
func oneOf(given string, names []string) string {
	if len(names) > mostListed {
		return known(given, names)
	}
	return document.OneOf(given, names)
}

// known says what would have been right instead of given where there are too
// many names to list.
func known(given string, names []string) string {
	if n := near(given, names); len(n) > 0 {
		return "a name that zarif list shows (did you mean " + list(n) + "?)"
	}
	return "a name that zarif list shows"
}
