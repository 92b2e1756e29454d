package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"zarif/report/history"
)

// Set by the linker; see the Makefile. A plain `go build` leaves them empty and
// the build information that Go itself stamps is used.
var version, commit, dirty string

// tool describes this build.
func tool() history.Tool {
	t := history.Tool{Version: version, Commit: commit, Dirty: dirty == "true", Go: runtime.Version(), Argv: os.Args}
	if info, ok := debug.ReadBuildInfo(); ok && commit == "" {
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				t.Commit = s.Value
			case "vcs.modified":
				t.Dirty = s.Value == "true"
			}
		}
	}
	if t.Version == "" {
		t.Version = "devel"
	}
	return t
}

func newVersion(io streams) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print which build of zarif this is",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			t := tool()
			t.Argv = nil
			switch output {
			case "json":
				return json.NewEncoder(io.out).Encode(t)
			case "":
				changed := ""
				if t.Dirty {
					changed = ", with local changes"
				}
				_, err := fmt.Fprintf(io.out, "zarif %s (commit %s%s, %s)\n", t.Version, orUnknown(t.Commit), changed, t.Go)
				return err
			}
			return usage("--output: %q; want json, or nothing for text", output)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "json, or nothing for text")
	return cmd
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}
