//go:build e2e

package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"zarif/report"
)

// The end-to-end tests run bin/zarif on real kind clusters: `make e2e`. They
// need a container engine and a node image, and fail where these are missing.
// One test after the other: two clusters at once would compete for the cores.

const (
	trialLimit  = 4 * time.Minute
	clusterName = "zarif-e2e"
)

// zarif starts bin/zarif with a state folder and a home of its own.
func zarif(t *testing.T, state string, args ...string) *exec.Cmd {
	t.Helper()
	bin, err := filepath.Abs("../../bin/zarif")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, args...)
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+state, "KUBECONFIG="+filepath.Join(state, "users-kubeconfig"))
	cmd.Stderr = &testLog{t: t}
	// A group of its own, as in a terminal's job; signals go to zarif alone.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// testLog copies what is written to it to the test's log and keeps it.
type testLog struct {
	t   *testing.T
	buf bytes.Buffer
}

func (l *testLog) Write(p []byte) (int, error) {
	os.Stderr.Write(p)
	return l.buf.Write(p)
}

// results runs the suite and decodes results.json; the exit code comes with it.
func results(t *testing.T, cmd *exec.Cmd, out string) (report.Results, int) {
	t.Helper()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop := time.AfterFunc(30*time.Minute, func() { cmd.Process.Signal(syscall.SIGTERM) })
	defer stop.Stop()
	io.Copy(os.Stdout, stdout)
	err = cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return readResults(t, out), cmd.ProcessState.ExitCode()
}

func readResults(t *testing.T, out string) (r report.Results) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(out, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestE2EDemo runs the demo suite on three nodes and holds what it says against
// what these set-ups are known to do.
func TestE2EDemo(t *testing.T) {
	state, out := t.TempDir(), filepath.Join(t.TempDir(), "results")
	r, code := results(t, zarif(t, state, "run", "--cluster", "kind", "--suite", "demo", "--cluster-name", clusterName, "--out", out), out)
	trials := r.Trials
	if code == 3 {
		trials, code = repeatInconclusive(t, state, trials)
	}
	if code != 0 {
		t.Errorf("the demo suite exits with %d, want 0", code)
	}
	if len(trials) != 5 {
		t.Errorf("%d trials, want 5", len(trials))
	}
	for _, trial := range trials {
		t.Run(trial.Scenario, func(t *testing.T) {
			checkSums(t, trial)
			checkLedger(t, trial)
			checkDemo(t, trial)
		})
	}
	noClusterLeft(t)
	if _, err := os.Stat(filepath.Join(state, "users-kubeconfig")); !errors.Is(err, os.ErrNotExist) {
		t.Error("the user's kubeconfig was written")
	}
}

// repeatInconclusive gives scenarios a second chance, since machines are shared:
// inconclusive twice is a failure.
func repeatInconclusive(t *testing.T, state string, trials []report.Trial) ([]report.Trial, int) {
	t.Helper()
	var again []string
	kept := slices.DeleteFunc(slices.Clone(trials), func(trial report.Trial) bool {
		if trial.Verdict == report.Inconclusive {
			again = append(again, trial.Scenario)
		}
		return trial.Verdict == report.Inconclusive
	})
	t.Logf("inconclusive, once more: %v", again)
	out := filepath.Join(t.TempDir(), "again")
	args := append([]string{"run", "--cluster", "kind", "--suite", "demo", "--cluster-name", clusterName, "--out", out}, again...)
	r, code := results(t, zarif(t, state, args...), out)
	return append(kept, r.Trials...), code
}

// checkSums holds the counts against one another.
func checkSums(t *testing.T, trial report.Trial) {
	for _, s := range trial.Streams {
		causes := 0
		for _, n := range s.Causes {
			causes += n
		}
		if s.Scheduled != s.Sent+s.Missed || s.Sent != s.OK+s.Dropped+s.Unresolved || causes != s.Dropped {
			t.Errorf("%s: the sums do not hold: %+v, causes %v", s.Name, s.Counts, s.Causes)
		}
		if float64(s.Missed) > 0.001*float64(s.Scheduled) {
			t.Errorf("%s: %d of %d hits were missed", s.Name, s.Missed, s.Scheduled)
		}
		if s.Scheduled < 2000 {
			t.Errorf("%s: only %d hits in a trial of more than 20 s at 100/s", s.Name, s.Scheduled)
		}
	}
}

// checkLedger holds the servers' logs against the client's hits.
func checkLedger(t *testing.T, trial report.Trial) {
	if trial.Ledger == nil {
		t.Fatal("no ledger, though the fixture logs its hits")
	}
	sent := 0
	for _, s := range trial.Streams {
		sent += s.Sent
	}
	if l := trial.Ledger; l.Matched+l.ClientOnly != sent || l.ServerOnly != 0 {
		t.Errorf("the ledger does not close over %d hits: %+v", sent, *l)
	}
}

func checkDemo(t *testing.T, trial report.Trial) {
	fresh, reused := streamOf(t, trial, "fresh"), streamOf(t, trial, "reused")
	lost := map[string]bool{"go-exit": true, "go-shutdown": true}[trial.Fixture] && trial.Disruption == "rollout"
	if lost && fresh.Dropped == 0 {
		t.Errorf("%s lost nothing on fresh", trial.Fixture)
	}
	if !lost && fresh.Dropped != 0 {
		t.Errorf("%s lost %d on fresh: %v", trial.Fixture, fresh.Dropped, fresh.Causes)
	}
	if (trial.Fixture == "go-drain" || trial.Disruption == "none") && reused.Dropped+reused.Masked != 0 {
		t.Errorf("%s lost %d and masked %d on reused: %v", trial.Scenario, reused.Dropped, reused.Masked, reused.Causes)
	}
	if trial.Disruption != "rollout" {
		return
	}
	old := 0
	for _, p := range trial.Pods {
		if p.Role != "old" {
			continue
		}
		old++
		if p.ExitCode == nil || *p.ExitCode != 0 {
			t.Errorf("%s: exit code %v, want 0", p.Name, p.ExitCode)
		}
		if p.Killed != nil && *p.Killed {
			t.Errorf("%s was killed at the end of its grace period", p.Name)
		}
		if trial.Fixture == "go-prestop" {
			checkPreStop(t, p)
		}
	}
	if old != 3 {
		t.Errorf("the rollout took %d pods away, want 3", old)
	}
}

// checkPreStop: SIGTERM comes when the hook has slept for 5 s.
func checkPreStop(t *testing.T, p report.Pod) {
	if p.Deleted.IsZero() || p.SIGTERM.IsZero() {
		t.Errorf("%s: deletion or SIGTERM is unknown", p.Name)
		return
	}
	if after := p.SIGTERM.Sub(p.Deleted).Seconds(); math.Abs(after-5) > 1.5 {
		t.Errorf("%s got SIGTERM %.2f s after its deletion, want about 5", p.Name, after)
	}
}

func streamOf(t *testing.T, trial report.Trial, name string) report.Stream {
	t.Helper()
	for _, s := range trial.Streams {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no stream %s", name)
	return report.Stream{}
}

// TestE2EInterrupt: Ctrl-C in the middle of a trial keeps what was measured and
// takes the cluster away.
func TestE2EInterrupt(t *testing.T) {
	state, out := t.TempDir(), filepath.Join(t.TempDir(), "results")
	cmd := zarif(t, state, "run", "go-exit.rollout", "--cluster", "kind", "--nodes", "1", "--cluster-name", clusterName, "--out", out)
	startAndAwait(t, cmd, "baseline")
	cmd.Process.Signal(syscall.SIGINT)
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 130 {
		t.Errorf("exit code %d, want 130", code)
	}
	noClusterLeft(t)
	r := readResults(t, out)
	if len(r.Trials) != 1 || r.Trials[0].Verdict != report.Inconclusive || r.Trials[0].Streams[0].Sent == 0 {
		t.Errorf("what was measured is not kept as inconclusive: %+v", r.Trials)
	}
	if err := zarif(t, state, "report", out).Run(); exitCodeOf(err) != 3 {
		t.Errorf("zarif report ends with %v, want exit code 3", err)
	}
}

// TestE2EKilled: after SIGKILL the history is readable and the cluster is found
// and deleted by `zarif cluster down --stale`.
func TestE2EKilled(t *testing.T) {
	state, out := t.TempDir(), filepath.Join(t.TempDir(), "results")
	cmd := zarif(t, state, "run", "go-exit.rollout", "--cluster", "kind", "--nodes", "1", "--cluster-name", clusterName, "--out", out)
	startAndAwait(t, cmd, "disruption")
	cmd.Process.Kill()
	cmd.Wait()
	var table bytes.Buffer
	shown := zarif(t, state, "report", out)
	shown.Stdout = &table
	if err := shown.Run(); exitCodeOf(err) != 3 || !strings.Contains(table.String(), "go-exit.rollout") {
		t.Errorf("zarif report ends with %v and prints %q, want exit code 3 and the scenario", err, table.String())
	}
	if err := zarif(t, state, "cluster", "down", "--stale").Run(); err != nil {
		t.Errorf("cluster down --stale: %v", err)
	}
	noClusterLeft(t)
}

// startAndAwait starts cmd and returns when it has entered a window.
func startAndAwait(t *testing.T, cmd *exec.Cmd, window string) {
	t.Helper()
	seen := make(chan struct{})
	cmd.Stderr = &untilSeen{Writer: cmd.Stderr, want: []byte("  " + window + "  "), seen: seen}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), trialLimit)
	defer cancel()
	select {
	case <-seen:
	case <-ctx.Done():
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
		t.Fatalf("%v never came to %s", cmd.Args, window)
	}
}

// untilSeen closes seen when want has been written.
type untilSeen struct {
	io.Writer
	want []byte
	all  []byte
	seen chan struct{}
	done bool
}

func (u *untilSeen) Write(p []byte) (int, error) {
	u.all = append(u.all, p...)
	if !u.done && bytes.Contains(u.all, u.want) {
		u.done = true
		close(u.seen)
	}
	return u.Writer.Write(p)
}

func exitCodeOf(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return 0
}

func noClusterLeft(t *testing.T) {
	t.Helper()
	out, err := exec.Command("docker", "ps", "-a", "-q", "--filter", "label=io.x-k8s.kind.cluster="+clusterName).CombinedOutput()
	if err != nil || len(bytes.TrimSpace(out)) > 0 {
		t.Errorf("containers of the cluster are left: %s (%v)", out, err)
	}
}
