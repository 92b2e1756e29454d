//go:build e2e

package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"zarif/cmd/zarif/payload"
	"zarif/report"
	"zarif/report/tune"
)

// TestE2ETune: a search on what a user has deployed, and on a chart of theirs, on one
// cluster. Whatever cuts it, the Deployment is in the end what it was: by the search
// itself after Ctrl-C, by the next one or by cluster down --stale after a kill.
func TestE2ETune(t *testing.T) {
	loadImage(t, shopImage, "goapp", payload.Agent)
	loadImage(t, agentImage, payload.Agent)
	state := t.TempDir()
	admin := there(t, state)
	search := func(args ...string) []string {
		return slices.Concat([]string{"tune", "--no-deploy", "-n", "shop-prod", "--target", "svc/prod-shop:80", "--context", "ci",
			"--agent-image", agentImage, "--agent-namespace", "load"}, args)
	}
	short := []string{"--i-may-disrupt", "--rate", "50", "--trials", "1", "--below", "1", "--inconclusive", "1", "--most", "2", "--max", "1"}
	kubeconfig := account(t, state, admin, search())
	by := func(args ...string) *exec.Cmd {
		out := filepath.Join(t.TempDir(), "results")
		return zarif(t, state, search(slices.Concat(short, []string{"--kubeconfig", kubeconfig, "--out", out}, args)...)...)
	}
	before := prodShop(t, admin)
	if before.preStop() != 3 || before.Spec.Replicas != 3 || len(before.marks()) > 0 {
		t.Fatalf("the Deployment is not what the overlay says: %+v", before)
	}

	t.Run("killed, and put back by the command", func(t *testing.T) {
		asAdmin := contextOf(t, state, admin, "admin")
		cmd := by("--kubeconfig", asAdmin, "--disruption", "scale-down")
		startAndAwait(t, cmd, "disruption")
		left := awaitShop(t, admin, "one replica", func(d deployment) bool { return d.Spec.Replicas == 1 })
		cmd.Process.Kill()
		cmd.Wait()
		if left.preStop() != 0 || !slices.Equal(left.marks(), []string{"zarif.dev/replicas-was", "zarif.dev/stopping-was"}) {
			t.Errorf("in a trial without a sleep, scaled down, it is %+v", left)
		}
		at := []string{"--context", "ci", "--kubeconfig", asAdmin}
		said, _ := zarif(t, state, append([]string{"doctor"}, at...)...).Output() // what else it misses is not looked at here
		if want := "replicas 1 (before: 3) on Deployment prod-shop in namespace shop-prod"; !strings.Contains(strings.Join(strings.Fields(string(said)), " "), want) {
			t.Errorf("the doctor says nothing of %q:\n%s", want, said)
		}
		if err := zarif(t, state, append([]string{"cluster", "down", "--stale"}, at...)...).Run(); err != nil {
			t.Errorf("put back what was left: %v", err)
		}
		before.same(t, admin)
		admin.run(t, "", "-n", "shop-prod", "rollout", "status", "deployment/prod-shop", "--timeout=3m")
	})

	t.Run("killed, and put back by the next one, which is interrupted", func(t *testing.T) {
		cmd := by()
		startAndAwait(t, cmd, "baseline")
		cmd.Process.Kill()
		cmd.Wait()
		if left := prodShop(t, admin); left.preStop() != 0 || !slices.Equal(left.marks(), []string{"zarif.dev/stopping-was"}) {
			t.Errorf("killed in a trial without a sleep, it is %+v", left)
		}
		cmd = by()
		said := &testLog{t: t}
		cmd.Stderr = said
		startAndAwait(t, cmd, "disruption")
		if now := prodShop(t, admin); now.preStop() != 0 || len(now.marks()) != 1 {
			t.Errorf("in a trial without a sleep it is %+v", now)
		}
		cmd.Process.Signal(syscall.SIGINT)
		cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code != 130 {
			t.Errorf("interrupted, it ends with %d, want 130", code)
		}
		const left = "a run that was killed had left a preStop sleep of 0 s"
		if text := said.buf.String(); !strings.Contains(text, left) || !strings.Contains(text, "putting back how the pods of Deployment prod-shop end") {
			t.Errorf("it does not say that %s, or that it puts that back", left)
		}
		before.same(t, admin)
	})

	t.Run("a chart", func(t *testing.T) { tuneChart(t, state) })
}

// tuneChart is a short search on a chart as helm renders it: what is found says which
// evidence there was none of.
func tuneChart(t *testing.T, state string) {
	out := filepath.Join(t.TempDir(), "results")
	cmd := zarif(t, state, "tune", "-f", chart, "--target", "svc/release-shop:http", "--path", "/healthz",
		"--cluster-name", thereName, "--nodes", "2", "--keep-cluster", "--trials", "1", "--below", "1", "--inconclusive", "3", "--most", "1", "--max", "3", "--out", out)
	var shown bytes.Buffer
	cmd.Stdout = &shown
	if err := cmd.Run(); exitCodeOf(err) == 64 || exitCodeOf(err) >= 70 {
		t.Fatalf("%v: %s", err, shown.String())
	}
	t.Logf("%s", shown.String())
	text, err := os.ReadFile(filepath.Join(out, "found.json"))
	if err != nil {
		t.Fatal(err)
	}
	var found tune.Result
	if err := json.Unmarshal(text, &found); err != nil {
		t.Fatal(err)
	}
	for _, missing := range []string{"no log of requests", "no answer names its pod", "no signal was seen to arrive"} {
		said := func(line string) bool { return strings.HasPrefix(line, missing) }
		if !slices.ContainsFunc(found.Missing, said) || !strings.Contains(strings.Join(strings.Fields(shown.String()), " "), missing) {
			t.Errorf("what was found does not say %q: %q", missing, found.Missing)
		}
	}
	r := readResults(t, out)
	if len(found.Candidates) == 0 || found.Candidates[0].PreStop != 0 || len(r.Trials) == 0 {
		t.Fatalf("candidates %+v, %d trials", found.Candidates, len(r.Trials))
	}
	for _, trial := range r.Trials {
		if trial.Verdict == report.Inconclusive {
			continue // machines are shared; the search tried again
		}
		checkSums(t, trial)
		checkMissing(t, trial)
	}
	if first := found.Candidates[0]; first.Lost+first.Doubted == 0 {
		t.Errorf("a server that exits at its signal lost nothing without a sleep: %+v", first)
	}
}

// checkMissing: what is said to have been cut in flight rests on no log, and says so.
func checkMissing(t *testing.T, trial report.Trial) {
	t.Helper()
	if len(trial.Unseen) == 0 {
		t.Errorf("%s: no evidence is missing", trial.Scenario)
	}
	for _, f := range trial.Findings {
		if f.Mechanism == "in-flight-cut" && len(f.Missing) == 0 {
			t.Errorf("%s: %s %s misses nothing", trial.Scenario, f.ID, f.Summary)
		}
	}
}

// A deployment is what a search may change of one, and has to put back.
type deployment struct {
	Metadata struct{ Annotations map[string]string }
	Spec     struct {
		Replicas int
		Template struct{ Spec map[string]any }
	}
}

func prodShop(t *testing.T, admin kubectl) (d deployment) {
	t.Helper()
	if err := json.Unmarshal([]byte(admin.run(t, "", "-n", "shop-prod", "get", "deployment", "prod-shop", "-o", "json")), &d); err != nil {
		t.Fatal(err)
	}
	delete(d.Metadata.Annotations, "deployment.kubernetes.io/revision")
	return d
}

// awaitShop looks until the Deployment is as it is wanted.
func awaitShop(t *testing.T, admin kubectl, what string, is func(deployment) bool) deployment {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		d := prodShop(t, admin)
		if is(d) {
			return d
		}
		if ctx.Err() != nil {
			t.Fatalf("it never came to %s: %+v", what, d)
		}
	}
}

// marks are zarif's annotations.
func (d deployment) marks() (names []string) {
	for name := range d.Metadata.Annotations {
		if strings.HasPrefix(name, "zarif.dev/") {
			names = append(names, name)
		}
	}
	return slices.Sorted(slices.Values(names))
}

// preStop is the sleep of the one container; 0: it has no hook.
func (d deployment) preStop() int {
	containers, _ := d.Spec.Template.Spec["containers"].([]any)
	for _, item := range containers {
		at, _ := item.(map[string]any)
		for _, key := range []string{"lifecycle", "preStop", "sleep"} {
			at, _ = at[key].(map[string]any)
		}
		if n, ok := at["seconds"].(float64); ok {
			return int(n)
		}
	}
	return 0
}

// same reports what is not as it was.
func (d deployment) same(t *testing.T, admin kubectl) {
	t.Helper()
	now := prodShop(t, admin)
	was, _ := json.Marshal(d.Spec)
	is, _ := json.Marshal(now.Spec)
	if string(was) != string(is) || !maps.Equal(d.Metadata.Annotations, now.Metadata.Annotations) {
		t.Errorf("it was\n%s %v\nand is\n%s %v", was, d.Metadata.Annotations, is, now.Metadata.Annotations)
	}
}

// contextOf is a kubeconfig with the context ci of a service account that may do
// everything.
func contextOf(t *testing.T, state string, admin kubectl, name string) string {
	t.Helper()
	admin.run(t, "", "-n", "ci", "create", "serviceaccount", name)
	admin.run(t, "", "create", "clusterrolebinding", "ci-"+name, "--clusterrole=cluster-admin", "--serviceaccount=ci:"+name)
	return kubeconfigOf(t, state, admin, name)
}
