package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"zarif/cmd/zarif/payload"
	"zarif/scenarios/trial"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"zarif": func() { os.Exit(program(trial.Brief(context.Background()))) }})
}

// TestScripts runs the command line as a user types it: testdata/script.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		// BIN is the folder that holds zarif and nothing else, DEMO a results folder.
		Setup: func(e *testscript.Env) error {
			results, err := filepath.Abs("../../docs/demo/results")
			if err != nil {
				return err
			}
			e.Setenv("DEMO", results)
			e.Setenv("XDG_STATE_HOME", filepath.Join(e.WorkDir, ".state")) // no locks of others
			e.Setenv("BIN", filepath.SplitList(e.Getenv("PATH"))[0])
			return nil
		},
		// payload: the binaries that `make payload` makes are there.
		Condition: func(name string) (bool, error) {
			for _, binary := range []string{payload.Agent, payload.Supervisor, "goapp"} {
				if _, err := payload.Binary(binary); err != nil {
					return false, nil
				}
			}
			return name == "payload", nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "measures": measures, "signals": signals, "gone": gone, "tunes": tunes,
		},
	})
}

// exits CODE COMMAND...: runs it and holds its exit code against CODE.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARG]...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if got := codeOfCommand(ts, ts.Exec(args[1], args[2:]...)); got != want {
		ts.Fatalf("%v exits with %d, want %d", args[1:], got, want)
	}
}

func codeOfCommand(ts *testscript.TestScript, err error) int {
	if exit, ok := err.(*exec.ExitError); ok {
		return exit.ExitCode()
	}
	ts.Check(err)
	return 0
}
