package local

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"zarif/cluster"
	"zarif/fixtures"
)

// The pods of these tests are the fixtures' application, held by the supervisor.
var supervisorBinary, appBinary []byte

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "zarif-local-test-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		for pkg, into := range map[string]*[]byte{"zarif/cmd/zarif-supervisor": &supervisorBinary, "zarif/fixtures/goapp": &appBinary} {
			path := filepath.Join(dir, filepath.Base(pkg))
			build := exec.Command("go", "build", "-o", path, pkg)
			build.Env = append(os.Environ(), "CGO_ENABLED=0")
			if out, err := build.CombinedOutput(); err != nil {
				fmt.Fprintf(os.Stderr, "build %s: %v\n%s", pkg, err, out)
				return 1
			}
			if *into, err = os.ReadFile(path); err != nil {
				fmt.Fprintln(os.Stderr, err)
				return 1
			}
		}
		return m.Run()
	}())
}

// quick are short delays, so that tests do not wait.
func quick() Delays {
	ms := func(n int) Distribution { return Constant(time.Duration(n) * time.Millisecond) }
	return Delays{
		Kubernetes: "v0", Restart: ms(5), Replace: ms(5), Schedule: ms(2), Start: ms(10), Status: ms(5), Rollout: ms(5),
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
	all, err := fixtures.Load()
	if err != nil {
		t.Fatal(err)
	}
	s, ok := all.Named(fixture)
	if !ok {
		t.Fatalf("no fixture %s", fixture)
	}
	w, err := s.Workload(func(string) ([]byte, error) { return appBinary, nil })
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
			if a, ok := list[0].(map[string]any); ok {
				merge(a, items[0].(map[string]any))
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
