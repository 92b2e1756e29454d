package scenarios

import (
	"regexp"
	"strconv"
)

// maxName is how long a name may be, as a label's value.
const maxName = 63

// names become directories, and parts of Kubernetes objects' labels.
var (
	nameForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`)
	wantName = "lower-case letters, digits, dots and dashes, at most 63, with a letter or digit at both ends"
)

// name reads the name of a scenario, stream or suite.
func (f fields) name(field, of string, into *string) bool {
	var name string
	if !f.text(field, &name) {
		return false
	}
	if len(name) > maxName || !nameForm.MatchString(name) {
		f.spot(field).fault(quote(name)+" is no name for a "+of, wantName)
		return false
	}
	*into = name
	return true
}

// plural is "1 stream", "2 streams".
func plural(n int, what string) string {
	switch {
	case n == 1:
		return "1 " + what
	default:
		return strconv.Itoa(n) + " " + what + "s"
	}
}
