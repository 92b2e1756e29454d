package main

import (
	"encoding/json"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"

	"zarif/report/tune"
)

// tunes DIR zarif tune ...: runs it and holds its exit code and the trials in DIR
// against what it found, whatever that is: a busy machine can leave a search open.
func tunes(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: tunes DIR COMMAND [ARG]...")
	}
	code := codeOfCommand(ts, ts.Exec(args[1], args[2:]...))
	var found tune.Result
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(filepath.Join(args[0], "found.json"))), &found))
	if want := tuneExit(found.State); code != want {
		ts.Fatalf("%v exits with %d, what it found says %d: %s", args[1:], code, want, found.Summary)
	}
	if (found.State == tune.Found) != (found.PreStop != nil) || found.State == tune.Searching {
		ts.Fatalf("%s with a sleep of %v", found.State, found.PreStop)
	}
	trials := 0
	for _, c := range found.Candidates {
		trials += c.Trials + c.Inconclusive
	}
	results := resultsIn(ts, args[0])
	if trials == 0 || len(results.Trials) != trials {
		ts.Fatalf("%d trials in results.json, %d in found.json", len(results.Trials), trials)
	}
	for _, t := range results.Trials {
		for _, s := range t.Streams {
			if s.Expected != "any" {
				ts.Fatalf("%s: %q is expected of %s; want any: a candidate may lose", t.Scenario, s.Expected, s.Name)
			}
		}
	}
}
