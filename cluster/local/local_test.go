package local

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"zarif/cluster"
	"zarif/report/history"
)

func TestConfigsAreChecked(t *testing.T) {
	good := Config{Dir: "x", Supervisor: []byte("x")}
	for name, c := range map[string]Config{
		"folder": {Supervisor: good.Supervisor}, "supervisor": {Dir: "x"},
		"minSync": {Dir: "x", Supervisor: good.Supervisor, Delays: Delays{MinSync: -1}},
	} {
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
}

func TestAClustersFolderIsItsOwn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a")
	c := Config{Dir: dir, Supervisor: supervisorBinary, Delays: quick()}
	l, err := New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(t.Context(), c); !errors.Is(err, os.ErrExist) {
		t.Errorf("twice in one folder: %v", err)
	}
	if info := l.Info(); info.Type != "local" || !info.Modelled || info.Kubernetes != "v0" {
		t.Errorf("%+v", info)
	}
	if err := l.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("left behind: %v", err)
	}
}

func TestWhatNeedsToBePID1NeedsANamespace(t *testing.T) {
	c := newCluster(t, quick())
	c.isolation = errors.New("no namespaces here")
	w := workload(t, "go-exit", nil)
	w.NeedsPID1 = true
	if _, err := c.Deploy(t.Context(), w); !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "no namespaces here") {
		t.Errorf("error %v", err)
	}
}

func TestRolloutReplacesEveryPod(t *testing.T) {
	t.Parallel()
	d := deploy(t, newCluster(t, quick()), workload(t, "go-shutdown", nil), true)
	before := stateOf(d)
	if err := d.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	observe(t, d, "old pods gone", func(s cluster.State) {
		if len(s.ReadyPods()) < 3 {
			t.Errorf("%s", summary(s))
		}
	}, func(s cluster.State) bool {
		for _, p := range before.Pods {
			if _, there := s.Pod(p.UID); there {
				return false
			}
		}
		return s.Settled()
	})
	addresses := map[string]bool{}
	for _, p := range append(before.Pods, stateOf(d).Pods...) {
		if addresses[p.IP] && runtime.GOOS == "linux" {
			t.Errorf("%s has the address of another pod", p.Name)
		}
		addresses[p.IP] = true
	}
	if pod, status := get(t, d); status != http.StatusOK || pod == "" {
		t.Errorf("status %d from pod %q", status, pod)
	}
}

// get asks the Service once.
func get(t *testing.T, d *Deployed) (pod string, status int) {
	t.Helper()
	site, err := d.Site(t.Context(), history.VantageService)
	if err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{DialContext: site.Dial, DisableKeepAlives: true}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, site.URL+"/?work=0", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := tr.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.Header.Get(history.PodHeader), resp.StatusCode
}

// Two workloads, even of one name, have nothing in common.
func TestWorkloadsSideBySideDoNotTouch(t *testing.T) {
	t.Parallel()
	c := newCluster(t, quick())
	a, b := deploy(t, c, workload(t, "go-exit", nil), true), deploy(t, c, workload(t, "go-exit", nil), true)
	names, ips := map[string]bool{}, map[string]bool{}
	for _, p := range stateOf(b).Pods {
		names[p.Name], ips[p.IP] = true, true
	}
	for _, p := range stateOf(a).Pods {
		if names[p.Name] || ips[p.IP] && runtime.GOOS == "linux" {
			t.Errorf("%s at %s is in both", p.Name, p.IP)
		}
	}
	events := func() int { all, _ := b.since(0); return len(all) }
	time.Sleep(50 * time.Millisecond) // for what is still on its way, such as the proxy's
	quiet := events()
	_ = a.Scale(t.Context(), 1)
	await(t, a, "scaled", cluster.State.Settled)
	if events() != quiet || !stateOf(b).Settled() {
		t.Errorf("%d events of the other one", events()-quiet)
	}
	for range 10 {
		if pod, _ := get(t, b); !names[pod] {
			t.Errorf("answered by %s, a pod of the other one", pod)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := a.Remove(ctx); err != nil {
		t.Fatal(err)
	}
	if pod, status := get(t, b); status != http.StatusOK || !names[pod] {
		t.Errorf("after the other one's end: %d from %q", status, pod)
	}
}

// Remove leaves nothing, whatever the pods are doing. Not parallel: it counts
// goroutines and files of the whole process.
func TestRemoveLeavesNothing(t *testing.T) {
	long := Constant(time.Hour)
	for _, x := range []struct {
		name   string
		delays func(*Delays)
		spec   string
		script string
		do     func(t *testing.T, d *Deployed, p cluster.Pod)
		until  string
	}{
		{name: "not scheduled", delays: func(d *Delays) { d.Schedule = long }, until: history.EventPodCreated},
		{name: "scheduled", delays: func(d *Delays) { d.Start = long }, until: history.EventPodScheduled},
		{name: "just started", delays: func(d *Delays) { d.Start = Distribution{} }, until: history.EventPodScheduled},
		{name: "running", until: history.EventEndpointReady},
		{name: "with children", script: "sleep 1000 & setsid sleep 1000 & sleep 1000", until: history.EventEndpointReady},
		{name: "probing", spec: `containers: [{livenessProbe: {exec: {command: [sleep, "1000"]}, timeoutSeconds: 1000, periodSeconds: 1}}]`, until: history.EventEndpointReady},
		{name: "back-off", script: "exit 1", until: history.EventContainerExited},
		{name: "preStop", spec: "containers: [{lifecycle: {preStop: {sleep: {seconds: 1000}}}}]", until: history.EventEndpointReady,
			do: func(t *testing.T, d *Deployed, p cluster.Pod) {
				_ = d.Delete(t.Context(), p, nil)
				awaitStopping(t, d, p)
			}},
		{name: "preStop by exec", spec: `containers: [{lifecycle: {preStop: {exec: {command: [sleep, "1000"]}}}}]`, until: history.EventEndpointReady,
			do: func(t *testing.T, d *Deployed, p cluster.Pod) {
				_ = d.Delete(t.Context(), p, nil)
				awaitStopping(t, d, p)
			}},
		{name: "deaf to its signal", until: history.EventEndpointReady,
			do: func(t *testing.T, d *Deployed, p cluster.Pod) {
				_ = d.Delete(t.Context(), p, nil)
				awaitStopping(t, d, p)
			}},
		{name: "deleted by force", until: history.EventEndpointReady,
			do: func(t *testing.T, d *Deployed, p cluster.Pod) { _ = d.Delete(t.Context(), p, new(int64(0))) }},
	} {
		t.Run(x.name, func(t *testing.T) {
			delays := quick()
			if x.delays != nil {
				x.delays(&delays)
			}
			c := newCluster(t, delays)
			script := deaf
			if x.script != "" {
				script = x.script
			}
			w := shell(t, script, func(objects map[string]*unstructured.Unstructured) { edit(t, objects["Deployment"], podSpec(x.spec)) })
			goroutines, files := runtime.NumGoroutine(), openFiles(t)
			d := deploy(t, c, w, false)
			awaitTold(t, d, x.until, "", 1)
			p := stateOf(d).Pods[0]
			pid := pidOf(d, p)
			group := descendantsOf(pid)
			if x.do != nil {
				x.do(t, d, p)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			if err := d.Remove(ctx); err != nil {
				t.Fatal(err)
			}
			for _, pid := range append(group, pid) {
				if pid > 0 && alive(pid) {
					t.Errorf("process %d is left", pid)
				}
			}
			until := time.Now().Add(10 * time.Second)
			for runtime.NumGoroutine() > goroutines || openFiles(t) > files {
				if time.Now().After(until) {
					stacks := make([]byte, 64<<10)
					t.Fatalf("%d goroutines where %d were, %d files where %d were\n%s", runtime.NumGoroutine(), goroutines, openFiles(t), files, stacks[:runtime.Stack(stacks, true)])
				}
				time.Sleep(5 * time.Millisecond)
			}
			if len(d.timers) != 0 {
				t.Errorf("%d timers are left", len(d.timers))
			}
		})
	}
}

func awaitStopping(t *testing.T, d *Deployed, p cluster.Pod) {
	t.Helper()
	await(t, d, "the takedown", func(cluster.State) bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		r := d.every[p.UID].run
		return r != nil && r.stopping
	})
}

// alive reports whether a process is there and no zombie.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	return err != nil || !strings.Contains(string(stat), ") Z ")
}

// descendantsOf are the processes below one, where /proc tells.
func descendantsOf(pid int) (all []int) {
	if pid == 0 {
		return nil
	}
	children, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "task", strconv.Itoa(pid), "children"))
	for _, field := range strings.Fields(string(children)) {
		child := int(atoi(field))
		all = append(append(all, child), descendantsOf(child)...)
	}
	return all
}

func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/dev/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
