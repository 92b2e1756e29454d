package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"zarif/report"
	"zarif/report/history"
)

// measures DIR TRIALS zarif run ...: runs it and holds its results in DIR against
// themselves: the exit code, the table that zarif report prints, the sums. It
// says nothing about verdicts, which a busy machine can leave open. What the
// command said beside its results goes to the file run.stderr.
func measures(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: measures DIR TRIALS COMMAND [ARG]...")
	}
	code := codeOfCommand(ts, ts.Exec(args[2], args[3:]...))
	table := ts.ReadFile("stdout")
	ts.Check(os.WriteFile(ts.MkAbs("run.stderr"), []byte(ts.ReadFile("stderr")), 0o644))
	r := resultsIn(ts, args[0])
	if code != r.ExitCode() {
		ts.Fatalf("%v exits with %d, its results say %d", args[2:], code, r.ExitCode())
	}
	if want, err := strconv.Atoi(args[1]); err != nil || len(r.Trials) != want {
		ts.Fatalf("%d trials, want %s", len(r.Trials), args[1])
	}
	for _, t := range r.Trials {
		if len(t.Windows) != 4 || len(t.Streams) == 0 {
			ts.Fatalf("%s: windows %+v of %d streams", t.Scenario, t.Windows, len(t.Streams))
		}
		for _, s := range t.Streams {
			if s.Sent == 0 || s.Scheduled != s.Sent+s.Missed || s.Sent != s.OK+s.Dropped+s.Unresolved {
				ts.Fatalf("%s, %s: the sums do not hold: %+v", t.Scenario, s.Name, s.Counts)
			}
		}
	}
	if again := codeOfCommand(ts, ts.Exec("zarif", "report", args[0])); again != code {
		ts.Fatalf("zarif report exits with %d, the run did with %d", again, code)
	}
	if shown := ts.ReadFile("stdout"); shown != table {
		ts.Fatalf("zarif report shows\n%s\nthe run showed\n%s", shown, table)
	}
}

func resultsIn(ts *testscript.TestScript, dir string) (r report.Results) {
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(filepath.Join(dir, "results.json"))), &r))
	return r
}

// signals SIGNAL FILE CODE COMMAND...: runs it, sends INT to it and all of its
// process group, as a terminal does, or KILL to it alone once FILE has a record, and
// holds the exit code against CODE (-1: killed). Its output goes to the files
// stdout.txt and stderr.txt.
func signals(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: signals INT|KILL FILE CODE COMMAND [ARG]...")
	}
	program, err := exec.LookPath(filepath.Join(ts.Getenv("BIN"), args[3]))
	ts.Check(err)
	cmd := exec.Command(program, args[4:]...)
	cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	ts.Check(cmd.Start())
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	untilRecord(ts.MkAbs(args[1]), ended)
	if args[0] == "KILL" {
		cmd.Process.Kill()
	} else {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGINT)
	}
	<-ended
	ts.Check(errors.Join(
		os.WriteFile(ts.MkAbs("stdout.txt"), stdout.Bytes(), 0o644),
		os.WriteFile(ts.MkAbs("stderr.txt"), stderr.Bytes(), 0o644),
	))
	if code := cmd.ProcessState.ExitCode(); strconv.Itoa(code) != args[2] {
		ts.Fatalf("%v exits with %d, want %s; it said\n%s", args[3:], code, args[2], stderr.String())
	}
}

// untilRecord returns once the history has one, the command has ended, or a minute
// has passed. A file that has content can be one of less than its first record.
func untilRecord(file string, ended <-chan struct{}) {
	limit := time.After(time.Minute)
	for {
		for _, err := range history.ReadFile(file) {
			if err == nil {
				return
			}
			break
		}
		select {
		case <-ended:
			return
		case <-limit:
			return
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// gone DIR: no process is left whose program or arguments are in DIR. It may take
// ten seconds.
func gone(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: gone DIR")
	}
	dir := ts.MkAbs(args[0])
	var left []string
	for range 100 {
		if left = processesOf(dir); len(left) == 0 {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	ts.Fatalf("still there:\n%s", strings.Join(left, "\n"))
}

func processesOf(dir string) (left []string) {
	all, _ := filepath.Glob("/proc/[0-9]*")
	for _, proc := range all {
		argv, _ := os.ReadFile(filepath.Join(proc, "cmdline"))
		exe, _ := os.Readlink(filepath.Join(proc, "exe"))
		if strings.Contains(string(argv)+"\x00"+exe, dir) {
			left = append(left, filepath.Base(proc)+" "+strings.ReplaceAll(string(argv), "\x00", " "))
		}
	}
	return left
}
