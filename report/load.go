package report

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"zarif/report/history"
)

// Load analyses every history under a results folder,
// trials/<scenario>/<n>/history.jsonl.zst, and puts the trials together. The
// error names every history that could not be read; the results then hold the
// others and are not as expected, since what is missing is unknown. A folder
// without a history is an error too. Those that examine see every trial, see Analyse.
func Load(dir string, examine ...Examiner) (Results, error) {
	const pattern = "trials/*/*/history.jsonl.zst"
	paths, err := filepath.Glob(filepath.Join(escaped(dir), filepath.FromSlash(pattern)))
	if err != nil {
		return Results{}, fmt.Errorf("look for histories in %s: %w", dir, err)
	}
	if len(paths) == 0 {
		return Collect(nil), fmt.Errorf("%s holds no history: want %s", dir, pattern)
	}
	slices.Sort(paths)
	var trials []Trial
	var errs []error
	for _, path := range paths {
		t, err := Analyse(history.ReadFile(path), examine...)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", path, err))
			continue
		}
		trials = append(trials, t)
	}
	r := Collect(trials)
	r.AsExpected = r.AsExpected && len(errs) == 0
	return r, errors.Join(errs...)
}

// escaped is dir with what a glob would take for a pattern escaped.
func escaped(dir string) string {
	var out []rune
	for _, c := range dir {
		if slices.Contains([]rune(`*?[\`), c) {
			out = append(out, '\\')
		}
		out = append(out, c)
	}
	return string(out)
}
