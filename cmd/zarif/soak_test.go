//go:build soak

package main

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"zarif/report/history"
)

// The soak tests run bin/zarif on the local cluster for a long time:
//
//	make build && go test -tags soak -count=1 -timeout 3h -v -run Soak ./cmd/zarif
//
// soakRounds says how often; the machine should have nothing else to do.
const soakRounds = "ZARIF_SOAK"

func rounds(t *testing.T, standard int) int {
	text := os.Getenv(soakRounds)
	if text == "" {
		return standard
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%s: want a number of 1 or more", soakRounds, text)
	}
	return n
}

// graceAfterKill is how soon all that a killed zarif had started must be gone.
const graceAfterKill = 2 * time.Second

// zarif is killed at a random moment of a suite, again and again: nothing that it
// started is alive or listens soon after, and every history can be read to its last
// whole line.
func TestSoakKilled(t *testing.T) {
	zarif, err := filepath.Abs("../../bin/zarif")
	if err != nil {
		t.Fatal(err)
	}
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	histories, records, processes, sockets := 0, 0, 0, 0
	for round := range rounds(t, 100) {
		dir := filepath.Join(t.TempDir(), "out")
		cmd := exec.Command(zarif, "run", "--suite", "demo", "--cluster", "local", "--out", dir)
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		after := time.Duration(random.Float64() * float64(30*time.Second))
		time.Sleep(after)
		alive := below(t, dir)
		open := listening(t, alive)
		processes, sockets = processes+len(alive), sockets+len(open)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		cmd.Wait()
		time.Sleep(graceAfterKill)
		if left := below(t, dir); len(left) > 0 {
			t.Errorf("round %d, killed after %s: alive: %q", round, after, left)
		}
		for inode := range listeners(t) {
			if open[inode] {
				t.Errorf("round %d, killed after %s: a socket of its pods still listens", round, after)
			}
		}
		h, r := readable(t, dir)
		histories, records = histories+h, records+r
		os.RemoveAll(dir)
	}
	t.Logf("%d processes lived and %d sockets listened when zarif was killed; %d histories with %d records were read",
		processes, sockets, histories, records)
}

// below are the processes whose program lies in a folder.
func below(t *testing.T, dir string) (found []string) {
	t.Helper()
	programs, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range programs {
		if exe, err := os.Readlink(p); err == nil && strings.HasPrefix(exe, dir+"/") {
			found = append(found, filepath.Dir(p)+" "+exe)
		}
	}
	return found
}

// listeners are the sockets on which somebody listens, by their inode.
func listeners(t *testing.T) map[string]bool {
	t.Helper()
	f, err := os.Open("/proc/net/tcp")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const state, listens, inode = 3, "0A", 9
	found := map[string]bool{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) > inode && fields[state] == listens {
			found[fields[inode]] = true
		}
	}
	return found
}

// listening are the listening sockets of some processes.
func listening(t *testing.T, processes []string) map[string]bool {
	t.Helper()
	all, found := listeners(t), map[string]bool{}
	for _, p := range processes {
		proc, _, _ := strings.Cut(p, " ")
		open, _ := os.ReadDir(proc + "/fd") // it may have ended
		for _, fd := range open {
			target, _ := os.Readlink(filepath.Join(proc, "fd", fd.Name()))
			if inode := strings.TrimSuffix(strings.TrimPrefix(target, "socket:["), "]"); all[inode] {
				found[inode] = true
			}
		}
	}
	return found
}

// readable reads every history below a folder.
func readable(t *testing.T, dir string) (histories, records int) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "trials", "*", "*", "history.jsonl.zst"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		histories++
		for _, err := range history.ReadFile(f) {
			switch {
			case errors.Is(err, history.ErrCut):
			case err != nil:
				t.Errorf("%s: %v", f, err)
			default:
				records++
			}
		}
	}
	return histories, records
}

// Hundreds of trials side by side, each of 100 hits a second, half of them on fresh
// connections: go-drain never drops a hit and go-exit does in each, and zarif keeps no process, file or memory of those that are over.
func TestSoakTrials(t *testing.T) {
	zarif, err := filepath.Abs("../../bin/zarif")
	if err != nil {
		t.Fatal(err)
	}
	suite := filepath.Join(t.TempDir(), "soak.yaml")
	text := `suites:
  - name: soak
    doc: One set-up that always loses under a rollout, and one that never does.
    scenarios:
      - {scenario: go-drain.rollout, expect: {fresh: none, reused: none}}
      - {scenario: go-exit.rollout, expect: {fresh: some, reused: any}}
`
	if err := os.WriteFile(suite, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "out")
	args := []string{"run", "-f", suite, "--suite", "soak", "--cluster", "local", "--trials", strconv.Itoa(rounds(t, 300)),
		"--rate", "50", "--out", dir, "-o", "markdown"}
	if n := os.Getenv("ZARIF_SOAK_PARALLEL"); n != "" {
		args = append(args, "--parallel", n)
	}
	cmd := exec.Command(zarif, args...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	began := time.Now()
	for {
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("zarif: %v", err)
			}
			if left := below(t, dir); len(left) > 0 {
				t.Errorf("alive: %q", left)
			}
			return
		case <-time.After(time.Minute):
			t.Logf("%s: %s, %d file descriptors, %d processes of pods",
				time.Since(began).Round(time.Second), memory(cmd.Process.Pid), descriptors(cmd.Process.Pid), len(below(t, dir)))
		}
	}
}

func memory(pid int) string {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return err.Error()
	}
	for line := range strings.Lines(string(status)) {
		if after, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			return strings.TrimSpace(after) + " resident"
		}
	}
	return "memory unknown"
}

func descriptors(pid int) int {
	open, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	return len(open)
}
