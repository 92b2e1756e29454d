package local

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"zarif/cluster"
	"zarif/report/history"
)

// probed is a shell's workload with a probe of it.
func probed(t *testing.T, script, probe string) cluster.Workload {
	return shell(t, script, func(objects map[string]*unstructured.Unstructured) {
		edit(t, objects["Deployment"], podSpec("containers: [{"+probe+"}]"))
	})
}

func TestReadinessTakesTheEndpointOutAndBack(t *testing.T) {
	t.Parallel()
	well := filepath.Join(t.TempDir(), "well")
	d := deploy(t, newCluster(t, quick()), probed(t, forever, `readinessProbe: {periodSeconds: 1, failureThreshold: 2, exec: {command: [test, -e, `+well+`]}}`), false)
	p := onlyPod(t, d, "running", func(p cluster.Pod) bool { return p.ContainerID != "" })
	if p.Ready || len(tableOf(d)) != 0 {
		t.Error("ready before its probe has succeeded")
	}
	for round := range 2 {
		if err := os.WriteFile(well, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		onlyPod(t, d, "ready", ready)
		await(t, d, "the endpoint", func(cluster.State) bool { return len(tableOf(d)) == 1 })
		if round == 1 {
			break
		}
		ill := time.Now()
		if err := os.Remove(well); err != nil {
			t.Fatal(err)
		}
		onlyPod(t, d, "not ready", func(p cluster.Pod) bool { return !p.Ready })
		if since := time.Since(ill); since < time.Second {
			t.Errorf("not ready after %s, which is less than two failures take", since)
		}
		await(t, d, "no endpoint", func(cluster.State) bool { return len(tableOf(d)) == 0 })
	}
	if restarts := stateOf(d).Pods[0].Restarts; restarts != 0 {
		t.Errorf("restarted %d times for its readiness", restarts)
	}
}

func TestTheStartupProbeHoldsTheOthersBack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	started, asked := filepath.Join(dir, "started"), filepath.Join(dir, "asked")
	d := deploy(t, newCluster(t, quick()), probed(t, forever, `
		startupProbe: {periodSeconds: 1, failureThreshold: 100, exec: {command: [sh, -c, "echo >>`+dir+`/startup; test -e `+started+`"]}},
		livenessProbe: {periodSeconds: 1, exec: {command: [touch, `+asked+`]}},
		readinessProbe: {periodSeconds: 1, exec: {command: [touch, `+asked+`]}}`), false)
	awaitFile(t, filepath.Join(dir, "startup"))
	time.Sleep(1200 * time.Millisecond) // longer than the others' period
	if _, err := os.Stat(asked); err == nil || stateOf(d).Pods[0].Ready {
		t.Error("another probe has asked")
	}
	if err := os.WriteFile(started, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	onlyPod(t, d, "ready", ready)
	if _, err := os.Stat(asked); err != nil {
		t.Error(err)
	}
}

func awaitFile(t *testing.T, path string) {
	t.Helper()
	for until := time.Now().Add(30 * time.Second); time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(path); err == nil {
			return
		}
	}
	t.Fatalf("no file %s", path)
}

// A liveness or startup probe that fails ends the run as a deletion would: with
// preStop and the stop signal, within its own grace period if it has one.
func TestProbesEndARun(t *testing.T) {
	t.Parallel()
	c := newCluster(t, quick())
	for _, x := range []struct {
		name, probe, script, code, output string
	}{
		{"liveness", `livenessProbe: {periodSeconds: 1, failureThreshold: 1, exec: {command: ["false"]}}`,
			`trap "echo asked; exit 3" TERM; `, "3", "asked"},
		{"startup", `startupProbe: {periodSeconds: 1, failureThreshold: 1, tcpSocket: {port: 9}}`,
			`trap "echo asked; exit 3" TERM; `, "3", "asked"},
		{"with preStop", `livenessProbe: {periodSeconds: 1, failureThreshold: 1, exec: {command: ["false"]}}, lifecycle: {preStop: {exec: {command: [sh, -c, "touch HOOKED"]}}}`,
			`trap "test -e HOOKED && echo after; exit 3" TERM; `, "3", "after"},
		{"the probe's grace period", `livenessProbe: {periodSeconds: 1, failureThreshold: 1, terminationGracePeriodSeconds: 1, exec: {command: ["false"]}}`,
			`trap "" TERM; `, "137", ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			hooked := filepath.Join(t.TempDir(), "hooked")
			in := func(s string) string { return strings.ReplaceAll(s, "HOOKED", hooked) }
			d := deploy(t, c, probed(t, in(x.script)+forever, in(x.probe)), false)
			p := onlyPod(t, d, "started again", func(p cluster.Pod) bool { return p.Restarts == 1 })
			if p.ExitCode == nil || *p.ExitCode != atoi(x.code) {
				t.Errorf("%s", summary(stateOf(d)))
			}
			if !strings.Contains(d.output(p.Name), x.output) {
				t.Errorf("wrote %q", d.output(p.Name))
			}
			notes := d.toldOf(history.EventNote, p.Name)
			if !slices.ContainsFunc(notes, func(n told) bool { return strings.Contains(n.event.Attrs["text"], "probe failed") }) {
				t.Errorf("noted %v", notes)
			}
			if stateOf(d).Pods[0].Deleting {
				t.Error("the pod itself was deleted")
			}
		})
	}
}

func atoi(s string) (n int32) {
	for _, c := range s {
		n = 10*n + int32(c-'0')
	}
	return n
}

func TestInitialDelays(t *testing.T) {
	t.Parallel()
	d := deploy(t, newCluster(t, quick()), probed(t, forever, `readinessProbe: {initialDelaySeconds: 2, periodSeconds: 1, exec: {command: ["true"]}}`), true)
	p := stateOf(d).Pods[0]
	started, ready := d.toldOf(history.EventContainerStarted, p.Name)[0], d.toldOf(history.EventPodReady, p.Name)[0]
	if after := ready.at.Sub(started.at); after < 2*time.Second {
		t.Errorf("ready after %s", after)
	}
}

// Readiness goes on while a pod is taken down: what serves on stays an endpoint
// that serves.
func TestReadinessGoesOnDuringTheTakedown(t *testing.T) {
	t.Parallel()
	d := deploy(t, newCluster(t, quick()), workload(t, "go-prestop", func(objects map[string]*unstructured.Unstructured) {
		edit(t, objects["Deployment"], "spec: {replicas: 1}")
		edit(t, objects["Deployment"], podSpec("containers: [{lifecycle: {preStop: {sleep: {seconds: 2}}}}]"))
	}), true)
	p := stateOf(d).Pods[0]
	awaitTold(t, d, history.EventEndpointReady, p.Name, 1)
	_ = d.Scale(t.Context(), 0)
	awaitTold(t, d, history.EventEndpointNotReady, p.Name, 1)
	// It is the only one left, and serves: connections still go there.
	await(t, d, "the fallback", func(cluster.State) bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		e, _ := endpointOf(d.endpoints, d.every[p.UID])
		return e.serving && e.terminating && len(d.proxy.table) == 1
	})
	if n := len(d.toldOf(history.EventPodNotReady, p.Name)); n != 0 {
		t.Error("it was said to be not ready while it served")
	}
	awaitTold(t, d, history.EventPodGone, p.Name, 1)
	await(t, d, "nobody", func(cluster.State) bool { return len(tableOf(d)) == 0 })
}
