package kind

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/kind/pkg/apis/config/v1alpha4"
)

func TestMark(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mark.json")
	if m, err := readMark(file); m != nil || err != nil {
		t.Errorf("no file: %+v, %v", m, err)
	}
	m := must(newMark(Config{Name: "n", Image: "i", Nodes: 3, Keep: true, Version: "v"}, "docker", "x"))
	if err := m.write(file); err != nil {
		t.Fatal(err)
	}
	got := must(readMark(file))
	if *got != *m {
		t.Errorf("got %+v, want %+v", got, m)
	}
	host := must(os.Hostname())
	if m.ID == "" || m.Host != host || m.PID != os.Getpid() || m.Owner == "" || m.Made.IsZero() || !m.Kept || m.Ready {
		t.Errorf("%+v", m)
	}
	if other := must(newMark(Config{}, "", "")); other.ID == m.ID {
		t.Error("two marks have one id")
	}
	for name, text := range map[string]string{"cut": `{"id": "a`, "empty": "", "without an id": "{}"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if m, err := readMark(file); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
}

func TestBrand(t *testing.T) {
	for _, b := range []brand{{"root", "vm", "abc"}, {"a.b", "host.example", "x"}} {
		if got, ok := parseBrand(b.path()); !ok || got != b {
			t.Errorf("%s: got %+v", b.path(), got)
		}
	}
	for _, path := range []string{"/lib/modules", "/.zarif", "/.zarif/x", "/.zarif/a@b/", "/.zarif/ab/c", "/.zarif/a@b/c/d", "/.zarifx/a@b/c", ""} {
		if b, ok := parseBrand(path); ok && b.id != "" {
			t.Errorf("%q: taken for %+v", path, b)
		}
	}
	for text, want := range map[string]string{
		`DOMAIN\jane:doe`: "DOMAIN-jane-doe", "": "unknown", "ö": "unknown", "-a.": "a", strings.Repeat("x", 99): strings.Repeat("x", 63),
	} {
		if got := plain(text); got != want {
			t.Errorf("plain(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestSpec(t *testing.T) {
	c := Config{Name: "z", Nodes: 3, Image: "node:1", HostPort: 4000}
	m := &Mark{ID: "abc", Owner: "j:d", Host: "vm"}
	got := spec(c, m, false)
	if got.Name != "z" || len(got.Nodes) != 3 || got.Networking.KubeProxyMode != "iptables" {
		t.Fatalf("%+v", got)
	}
	for i, n := range got.Nodes {
		role := v1alpha4.WorkerRole
		if i == 0 {
			role = v1alpha4.ControlPlaneRole
		}
		if n.Role != role || n.Image != "node:1" || len(n.ExtraPortMappings) != 0 {
			t.Errorf("node %d: %+v", i, n)
		}
		if agent := n.Labels[AgentLabel] == "true"; agent != (i == 0) || n.Labels[idLabel] != "abc" || n.Labels[ownerLabel] != "j-d" || n.Labels[hostLabel] != "vm" {
			t.Errorf("node %d: labels %v", i, n.Labels)
		}
		if len(n.ExtraMounts) != 1 || n.ExtraMounts[0].ContainerPath != "/.zarif/j-d@vm/abc" || n.ExtraMounts[0].HostPath != "/dev/null" {
			t.Errorf("node %d: mounts %v", i, n.ExtraMounts)
		}
	}
	if got.Networking.APIServerPort != -1 {
		t.Errorf("the port of the API server is picked before it is bound: %d", got.Networking.APIServerPort)
	}
	mapped := spec(c, m, true)
	want := v1alpha4.PortMapping{ContainerPort: HostNodePort, HostPort: 4000, ListenAddress: "127.0.0.1"}
	if p := mapped.Nodes[0].ExtraPortMappings; len(p) != 1 || p[0] != want || len(mapped.Nodes[1].ExtraPortMappings) != 0 {
		t.Errorf("mappings %+v", mapped.Nodes)
	}
	c.HostPort = 0
	if p := spec(c, m, true).Nodes[0].ExtraPortMappings; len(p) != 1 || p[0].HostPort != -1 {
		t.Errorf("without a wish: %+v", p)
	}
}

func TestValidate(t *testing.T) {
	if err := (Config{Image: "x"}).Validate(); err != nil {
		t.Errorf("defaults: %v", err)
	}
	for _, test := range []struct {
		name string
		c    Config
		says string
	}{
		{"upper case", Config{Name: "Zarif", Image: "x"}, `cluster name "Zarif"`},
		{"a path", Config{Name: "../x", Image: "x"}, "cluster name"},
		{"dots", Config{Name: "..", Image: "x"}, "cluster name"},
		{"long", Config{Name: strings.Repeat("a", 51), Image: "x"}, "50 characters"},
		{"negative nodes", Config{Nodes: -1, Image: "x"}, "nodes -1"},
		{"port", Config{HostPort: 70000, Image: "x"}, "host port 70000"},
		{"no image", Config{}, "node image"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := test.c.Validate(); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestDefaultStateDir(t *testing.T) {
	t.Setenv("HOME", "/home/jane")
	for state, want := range map[string]string{"/s": "/s/zarif", "": "/home/jane/.local/state/zarif", "relative": "/home/jane/.local/state/zarif"} {
		t.Setenv("XDG_STATE_HOME", state)
		if got := must(DefaultStateDir()); got != want {
			t.Errorf("%q: got %s", state, got)
		}
	}
}

func TestFullName(t *testing.T) {
	for ref, want := range map[string]string{
		"zarif/app:1": "docker.io/zarif/app:1", "app:1": "docker.io/library/app:1", "app": "docker.io/library/app:latest",
		"localhost/a:1": "localhost/a:1", "r.example/a/b:1": "r.example/a/b:1", "r:5000/a": "r:5000/a:latest", "docker.io/zarif/a:1": "docker.io/zarif/a:1",
	} {
		if got := fullName(ref); got != want {
			t.Errorf("%s: got %s, want %s", ref, got, want)
		}
	}
}

func TestSteps(t *testing.T) {
	for text, want := range map[string]string{
		" • Preparing nodes 📦 📦 📦   ...\n":                     "Preparing nodes",
		" • Ensuring node image (kindest/node:v1) 🖼️  ...\n":   "Ensuring node image (kindest/node:v1)",
		" • Starting control-plane 🕹️  ...\n":                  "Starting control-plane",
		" • Waiting ≤ 3m0s for control-plane = Ready ⏳  ...\n": "Waiting ≤ 3m0s for control-plane = Ready",
	} {
		if got, ok := stepOf(text); !ok || got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{" ✓ Preparing nodes 📦 \n", "Creating cluster \"x\" ...\n", " • Ready after 3s 💚"} {
		if got, ok := stepOf(text); ok {
			t.Errorf("%q: taken for the step %q", text, got)
		}
	}
	var steps []string
	n := &narrator{step: func(s string) { steps = append(steps, s) }}
	n.V(0).Infof(" • %s  ...\n", "One")
	n.V(0).Infof(" ✗ %s\n", "One")
	n.V(1).Info("detail")
	n.Warn("careful")
	if len(steps) != 1 || n.last() != "✗ One\ncareful" {
		t.Errorf("steps %q, last %q", steps, n.last())
	}
}
