//go:build e2e

package main_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"zarif/report"
	"zarif/report/explain"
)

// TestE2EMechanisms provokes every mechanism and holds what is found against that.
// What a real cluster loses is chance, and single hits may leave no evidence: a
// scenario in which more than a few do, or that is inconclusive, gets a second trial,
// and fails with that. No trial is left out of the sum: of all that was lost at most
// one hit in a hundred may be lost by what nobody said.
func TestE2EMechanisms(t *testing.T) {
	state := t.TempDir()
	r := mechanisms(t, state)
	all := r.Trials
	if again := notAsExpected(r.Trials); len(again) > 0 {
		t.Logf("once more: %v", again)
		second := mechanisms(t, state, again...)
		for _, trial := range second.Trials {
			if !trial.AsExpected {
				t.Errorf("%s, twice: %s, %q, %q", trial.Scenario, trial.Verdict, trial.Reasons, trial.Unexpected)
			}
		}
		all = append(all, second.Trials...)
	}
	all = slices.DeleteFunc(all, func(trial report.Trial) bool { return trial.Verdict == report.Inconclusive })
	c := explain.Confuse(all)
	text, _ := json.MarshalIndent(c, "", "  ")
	t.Logf("%s", text)
	if len(r.Skipped) > 0 || c.Provoked == 0 || 100*c.Outside > c.Lost {
		t.Errorf("%d hits were lost, %d by what nobody said; skipped: %v", c.Lost, c.Outside, r.Skipped)
	}
	noClusterLeft(t)
}

// mechanisms runs the suite, or the named scenarios of it, and says of every trial
// that is not as expected what its hits say of themselves.
func mechanisms(t *testing.T, state string, scenarios ...string) report.Results {
	t.Helper()
	out := filepath.Join(t.TempDir(), "results")
	args := append([]string{"run", "--cluster", "kind", "--suite", "mechanisms", "--cluster-name", clusterName, "--out", out}, scenarios...)
	r, _ := results(t, zarif(t, state, args...), out)
	for _, trial := range r.Trials {
		if trial.AsExpected {
			continue
		}
		t.Logf("%s: %s, %q, %q", trial.Scenario, trial.Verdict, trial.Reasons, trial.Unexpected)
		for _, f := range trial.Findings {
			t.Logf("%s, %s: %s\n%s", trial.Scenario, f.Mechanism, f.Summary, strings.Join(f.Evidence, "\n"))
		}
	}
	return r
}

func notAsExpected(trials []report.Trial) (scenarios []string) {
	for _, trial := range trials {
		if !trial.AsExpected {
			scenarios = append(scenarios, trial.Scenario)
		}
	}
	return scenarios
}

// atRest has timeouts so short that two seconds without a packet lose hits: the kernel
// sends a lost SYN again after 1 s.
const atRest = `
scenarios:
  - name: at-rest
    fixture: go-drain
    disruption: none
    streams:
      - name: fresh
        connectTimeout: 900ms
        responseTimeout: 1s
      - name: reused
        connectTimeout: 900ms
        responseTimeout: 1s
`

// TestE2EFirewall: what a firewall drops at the load agent for two seconds, with
// nothing else going on, is unexplained and nothing else.
func TestE2EFirewall(t *testing.T) {
	state, out := t.TempDir(), filepath.Join(t.TempDir(), "results")
	file := filepath.Join(t.TempDir(), "rest.yaml")
	if err := os.WriteFile(file, []byte(atRest), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := zarif(t, state, "run", "-f", file, "--cluster", "kind", "--cluster-name", clusterName, "--out", out)
	startAndAwait(t, cmd, "disruption")
	stop := time.AfterFunc(trialLimit, func() { cmd.Process.Kill() })
	defer stop.Stop()
	dropped := dropAtAgent(t)
	cmd.Wait()
	noClusterLeft(t)
	if !dropped {
		return
	}
	r := readResults(t, out)
	if len(r.Trials) != 1 {
		t.Fatalf("%d trials, want 1", len(r.Trials))
	}
	for _, name := range []string{"fresh", "reused"} {
		if s := streamOf(t, r.Trials[0], name); s.Dropped < 20 {
			t.Errorf("stream %s: only %d hits were lost in two seconds without a packet: %v", name, s.Dropped, s.Causes)
		}
	}
	for _, f := range r.Trials[0].Findings {
		if f.Mechanism != explain.Unexplained {
			t.Errorf("%s: %s\n%s", f.Mechanism, f.Summary, strings.Join(f.Evidence, "\n"))
		}
	}
}

// dropAtAgent drops, on its node, all that the load agent's pod sends for two seconds.
func dropAtAgent(t *testing.T) (done bool) {
	t.Helper()
	inNode := func(node string, args ...string) (string, error) {
		var said bytes.Buffer
		cmd := exec.Command("docker", append([]string{"exec", node}, args...)...)
		cmd.Stderr = &testLog{t: t}
		cmd.Stdout = &said
		err := cmd.Run()
		return said.String(), err
	}
	said, err := inNode(clusterName+"-control-plane", "kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "get", "pods", "-A", "-l", "zarif.dev/role=agent",
		"-o", "jsonpath={.items[0].spec.nodeName} {.items[0].status.podIP}")
	at := strings.Fields(said)
	if err != nil || len(at) != 2 {
		t.Errorf("find the agent's pod: %v, %q", err, said)
		return false
	}
	const script = `iptables -w -I FORWARD 1 -s "$1" -j DROP && sleep 2; iptables -w -D FORWARD -s "$1" -j DROP`
	if _, err := inNode(at[0], "sh", "-c", script, "sh", at[1]); err != nil {
		t.Errorf("drop what the agent sends: %v", err)
		return false
	}
	return true
}
