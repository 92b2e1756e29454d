package trial

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"zarif/report/history"
)

// fromEnv, before the name of a variable, stands for what it holds.
const fromEnv = "env:"

// WithSecrets is a stream as it is sent: its headers hold what a history must not.
// The error names the variable that is not set.
func WithSecrets(s history.Stream) (history.Stream, error) {
	headers := maps.Clone(s.Headers)
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		variable, secret := strings.CutPrefix(headers[name], fromEnv)
		if !secret {
			continue
		}
		value, set := os.LookupEnv(variable)
		if !set {
			return s, fmt.Errorf("stream %s: header %s: the environment variable %s is not set", s.Name, name, variable)
		}
		headers[name] = value
	}
	s.Headers = headers
	return s, nil
}
