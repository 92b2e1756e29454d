package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"zarif/report"
)

// resultsAt are those of a results folder, from its histories, or of its
// results.json where it holds none, or of a results.json by its own name. A history
// that cannot be read may be what would have decided, so that there is nothing
// without it.
func resultsAt(path string) (report.Results, error) {
	const want = "want a results folder of zarif run, or its results.json"
	at, err := os.Stat(path)
	if err != nil {
		return report.Results{}, usage("%v; %s", err, want)
	}
	if !at.IsDir() {
		return readResults(path)
	}
	if _, err := os.Stat(filepath.Join(path, "trials")); errors.Is(err, fs.ErrNotExist) {
		if file := filepath.Join(path, "results.json"); exists(file) {
			return readResults(file)
		}
	}
	r, err := report.Load(path)
	switch {
	case len(r.Trials)+len(r.Skipped) == 0:
		return r, usage("%v; %s", err, want)
	case err != nil:
		return r, &exitError{exitFailed, fmt.Errorf("read %s: %w", path, err)}
	}
	return r, nil
}

func readResults(path string) (r report.Results, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return r, usage("%v; want a results.json of zarif", err)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, usage("%s: %v; want a results.json of zarif", path, err)
	}
	switch {
	case r.Schema != report.Schema:
		return r, usage("%s: schema: %q; want %s", path, r.Schema, report.Schema)
	case len(r.Trials)+len(r.Skipped) == 0:
		return r, usage("%s: trials: there are none; want results of a run that measured something", path)
	}
	return r, nil
}
