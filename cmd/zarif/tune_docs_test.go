package main

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"zarif/report/explain"
	"zarif/report/tune"
)

// TestTuneDocs holds the page against the code: defaults, flags, bounds, and what no
// sleep heals.
func TestTuneDocs(t *testing.T) {
	text, err := os.ReadFile("../../docs/tune.md")
	if err != nil {
		t.Fatal(err)
	}
	page := strings.Join(strings.Fields(string(text)), " ")
	cmd, d := newTune(streams{}), tune.Defaults()
	for name, value := range map[string]int{"trials": d.Trials, "below": d.Below, "inconclusive": d.Inconclusive, "most": d.Most} {
		if want := fmt.Sprintf("`--%s` (%d)", name, value); !strings.Contains(page, want) {
			t.Errorf("the page does not say %s", want)
		}
	}
	for _, name := range []string{"max", "grace", "stream", "replace-prestop", "resume", "no-deploy", "i-may-disrupt", "target"} {
		if cmd.Flags().Lookup(name) == nil || !strings.Contains(page, "--"+name) {
			t.Errorf("the flag --%s is not in the page, or not of the command", name)
		}
	}
	for _, n := range []int{3, 10, 20, 29, 59} {
		if want := fmt.Sprintf("| %d | %.0f %% |", n, math.Ceil(100*tune.LossBelow(n)-0.01)); !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for _, mechanism := range []string{explain.IdleRace, explain.Application, explain.Overload, explain.NotReady, explain.InFlightKilled} {
		if !strings.Contains(page, "`"+mechanism+"`") {
			t.Errorf("the page does not name %s", mechanism)
		}
	}
}
