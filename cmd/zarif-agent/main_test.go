package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

func TestCommandLine(t *testing.T) {
	dir, err := os.MkdirTemp("", "agent")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	absent := dir + "/absent"
	tests := []struct {
		name   string
		args   string
		code   int
		stdout string
		stderr string
	}{
		{"help", "--help", 0, "zarif-agent serve", ""},
		{"help of a command", "tell --help", 0, "zarif-agent tell", ""},
		{"nothing", "", exitUsage, "", "want a command"},
		{"an unknown command", "start", exitUsage, "", `command "start": want serve, tell, attach, reach or answered`},
		{"an unknown flag", "serve --dri x", exitUsage, "", "not defined: -dri"},
		{"no directory", "serve", exitUsage, "", "--dir is missing"},
		{"an argument too many", "serve --dir " + dir + " now", exitUsage, "", "1 arguments behind the flags, want 0"},
		{"nothing to tell", "tell --dir " + dir, exitUsage, "", "0 arguments behind the flags, want 1"},
		{"an unknown request", "tell --dir " + dir + " restart", exitUsage, "", `"restart": want start, end, abort or status`},
		{"an offset before the file", "attach --dir " + dir + " --from -1", exitUsage, "", "from: -1"},
		{"an offset that is no number", "attach --dir " + dir + " --from x", exitUsage, "", "invalid value"},
		{"nobody to reach", "reach --url http://127.0.0.1:1/", exitUsage, "", "no pods"},
		{"nowhere to reach", "reach --url x a", exitUsage, "", "want a URL with a host"},
		{"a plan that is none", "tell --dir " + dir + " start", exitFailed, `"code":"bad-plan"`, "bad plan"},
		{"a directory that is not there", "serve --dir " + absent, exitFailed, "", "no such file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := run(strings.Fields(tt.args), strings.NewReader("{"), &stdout, &stderr)
			if code != tt.code || !strings.Contains(stdout.String(), tt.stdout) || !strings.Contains(stderr.String(), tt.stderr) {
				t.Errorf("exit code %d, stdout %q, stderr %q; want %d, %q, %q", code, stdout.String(), stderr.String(), tt.code, tt.stdout, tt.stderr)
			}
			if tt.stderr == "" && stderr.Len() > 0 {
				t.Errorf("stderr %q", stderr.String())
			}
		})
	}
}
