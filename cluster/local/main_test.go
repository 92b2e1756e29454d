package local

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"zarif/cluster"
	"zarif/fixtures"
)

// The pods of these tests are the fixtures' application, held by the supervisor.
var supervisorBinary, appBinary []byte

// setups are read once for all tests: that takes longer than most of them.
var setups = sync.OnceValues(fixtures.Load)

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", waiting); err != nil {
		panic(err)
	}
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "zarif-local-test-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		// The flags are those of the payload, so that nothing is compiled for this alone,
		// nor linked again where the payload is as it would be now.
		payload := os.DirFS("../../cmd/zarif/payload/bin")
		for _, name := range []string{"zarif-supervisor", "goapp"} {
			if binary, err := fs.ReadFile(payload, name); err == nil {
				_ = os.WriteFile(filepath.Join(dir, name), binary, 0o755)
			}
		}
		build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", dir, "zarif/cmd/zarif-supervisor", "zarif/fixtures/goapp")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "build the supervisor and the application: %v\n%s", err, out)
			return 1
		}
		for name, into := range map[string]*[]byte{"zarif-supervisor": &supervisorBinary, "goapp": &appBinary} {
			if *into, err = os.ReadFile(filepath.Join(dir, name)); err != nil {
				fmt.Fprintln(os.Stderr, err)
				return 1
			}
		}
		return m.Run()
	}())
}

// waiting is how many parallel tests run at once, whatever the number of cores:
// they wait for processes, and do next to nothing themselves.
const waiting = "16"

// quick are short delays, so that tests do not wait.
func quick() Delays {
	ms := func(n int) Distribution { return Constant(time.Duration(n) * time.Millisecond) }
	return Delays{
		Kubernetes: "v0", Restart: ms(5), Replace: ms(5), Schedule: ms(2), Start: ms(10), Status: ms(5), Ended: ms(10), Rollout: ms(5),
		Endpoint: ms(10), Program: ms(20), Terminate: ms(5), Teardown: ms(50), Remove: ms(80), Again: ms(20),
	}
}

// newCluster makes a cluster and sees to its end.
func newCluster(t testing.TB, delays Delays) *Cluster {
	t.Helper()
	c, err := New(t.Context(), Config{Dir: filepath.Join(t.TempDir(), "local"), Supervisor: supervisorBinary, Delays: delays, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return c
}

// workload is a fixture's, with what change makes of its objects.
func workload(t testing.TB, fixture string, change func(objects map[string]*unstructured.Unstructured)) cluster.Workload {
	t.Helper()
	return workloadOf(t, fixture, appBinary, change)
}

// sketch is a workload whose application is never run: it is small.
func sketch(t testing.TB, fixture string, change func(objects map[string]*unstructured.Unstructured)) cluster.Workload {
	t.Helper()
	return workloadOf(t, fixture, []byte("#!/bin/false\n"), change)
}

func workloadOf(t testing.TB, fixture string, app []byte, change func(objects map[string]*unstructured.Unstructured)) cluster.Workload {
	t.Helper()
	all, err := setups()
	if err != nil {
		t.Fatal(err)
	}
	s, ok := all.Named(fixture)
	if !ok {
		t.Fatalf("no fixture %s", fixture)
	}
	w, err := s.Workload(func(string) ([]byte, error) { return app, nil })
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		objects := map[string]*unstructured.Unstructured{}
		for _, o := range w.Objects {
			objects[o.GetKind()] = o
		}
		change(objects)
	}
	return w
}

// edit merges YAML into an object.
func edit(t testing.TB, o *unstructured.Unstructured, patch string) {
	t.Helper()
	var fields map[string]any
	if err := yaml.Unmarshal([]byte(patch), &fields); err != nil {
		t.Fatal(err)
	}
	merge(o.Object, fields)
}

func merge(into, from map[string]any) {
	for key, value := range from {
		old, isMap := into[key].(map[string]any)
		fields, both := value.(map[string]any)
		list, isList := into[key].([]any)
		items, bothLists := value.([]any)
		switch {
		case isMap && both:
			merge(old, fields)
		case isList && bothLists && len(list) == len(items) && len(list) == 1:
			a, ok := list[0].(map[string]any)
			if b, both := items[0].(map[string]any); ok && both {
				merge(a, b)
				continue
			}
			into[key] = value
		case value == nil:
			delete(into, key)
		default:
			into[key] = normal(value)
		}
	}
}

// normal makes whole numbers int64, as objects have them.
func normal(v any) any {
	switch v := v.(type) {
	case float64:
		if v == float64(int64(v)) {
			return int64(v)
		}
	case map[string]any:
		for key := range v {
			v[key] = normal(v[key])
		}
	case []any:
		for i := range v {
			v[i] = normal(v[i])
		}
	}
	return v
}

// deploy deploys and sees to the end; with settled it waits for the pods.
func deploy(t testing.TB, c *Cluster, w cluster.Workload, settled bool) *Deployed {
	t.Helper()
	got, err := c.Deploy(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	d := got.(*Deployed)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := d.Remove(ctx); err != nil {
			t.Error(err)
		}
	})
	if settled {
		await(t, d, "settled", cluster.State.Settled)
	}
	return d
}

func await(t testing.TB, d *Deployed, what string, done func(cluster.State) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := d.Await(ctx, what, done); err != nil {
		t.Fatal(err)
	}
}

// paper makes a Deployed whose pods exist on paper only: no scheduler ever binds
// them, and a test says what becomes of them. For use in a synctest bubble.
func paper(t testing.TB, w cluster.Workload, delays Delays) *Deployed {
	t.Helper()
	o, err := decode(w)
	if err != nil {
		t.Fatal(err)
	}
	delays.Schedule = Constant(1 << 62)
	d := newDeployed(&Cluster{config: Config{Delays: delays}}, w, o, template{port: o.port}, 1)
	d.begin()
	t.Cleanup(func() {
		if err := d.Remove(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return d
}

// runs makes a pod on paper one that runs, at an address where nobody is.
func (d *Deployed) runs(p *pod) {
	p.scheduled, p.status.container = true, "run of "+p.name
	p.at = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 250, 0, byte(len(d.every))}), 9)
}

// shell is a workload of one pod, ready as soon as it runs, whose container runs a
// shell script as its main process.
func shell(t testing.TB, script string, change func(objects map[string]*unstructured.Unstructured)) cluster.Workload {
	t.Helper()
	return sketch(t, "go-shutdown", func(objects map[string]*unstructured.Unstructured) {
		edit(t, objects["Deployment"], `spec: {replicas: 1, template: {spec: {containers: [{readinessProbe: null, args: null}]}}}`)
		edit(t, objects["Deployment"], containers("command", "sh", "-c", script))
		if change != nil {
			change(objects)
		}
	})
}

// containers is YAML that sets a list of texts of the container.
func containers(field string, texts ...string) string {
	quoted, err := json.Marshal(texts)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf("spec: {template: {spec: {containers: [{%s: %s}]}}}", field, quoted)
}

// onlyPod is the first pod that there is, once done says so of it.
func onlyPod(t testing.TB, d *Deployed, what string, done func(cluster.Pod) bool) (pod cluster.Pod) {
	t.Helper()
	await(t, d, what, func(s cluster.State) bool {
		if len(s.Pods) == 0 || !done(s.Pods[0]) {
			return false
		}
		pod = s.Pods[0]
		return true
	})
	return pod
}

func ready(p cluster.Pod) bool { return p.Ready }

// told are the events of a type so far, of one pod or of all.
func (d *Deployed) toldOf(kind, pod string) (found []told) {
	all, _ := d.since(0)
	for _, e := range all {
		if e.event.Type == kind && (pod == "" || e.event.Pod == pod) {
			found = append(found, e)
		}
	}
	return found
}

// awaitTold waits for the n-th event of a type.
func awaitTold(t testing.TB, d *Deployed, kind, pod string, n int) told {
	t.Helper()
	await(t, d, fmt.Sprintf("%d × %s of %s", n, kind, pod), func(cluster.State) bool { return len(d.toldOf(kind, pod)) >= n })
	return d.toldOf(kind, pod)[n-1]
}

// output is what the runs of a pod have written so far.
func (d *Deployed) output(pod string) (text string) {
	for _, l := range d.logsFrom(0) {
		if l.pod == pod {
			lines, _, _ := l.from(0)
			text += string(bytes.Join(lines, nil))
		}
	}
	return text
}

// awaitOutput waits until a pod has written something.
func awaitOutput(t testing.TB, d *Deployed, pod, text string) {
	t.Helper()
	for until := time.Now().Add(30 * time.Second); !strings.Contains(d.output(pod), text); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("pod %s has not written %q but %q", pod, text, d.output(pod))
		}
	}
}

// isolated skips a test where containers have no PID namespace.
func isolated(t testing.TB, c *Cluster) {
	t.Helper()
	if err := c.Isolation(); err != nil {
		t.Skip(err)
	}
}
