package manifest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const configMap = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME}\n"

func named(name string) string { return strings.ReplaceAll(configMap, "NAME", name) }

func TestReadFolder(t *testing.T) {
	dir := folder(t, map[string]string{
		"b.yml": named("b"), "a.yaml": "# nothing but a comment\n---\n" + named("a"), "c.json": `{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"n": "1"}}`,
		"README.md": "no manifest", ".hidden.yaml": "no: manifest", "sub/d.yaml": named("d"),
	})
	var got []string
	for _, o := range read(t, dir, dir) { // the second time it is known
		got = append(got, strings.TrimPrefix(o.At, dir+"/")+" "+o.GetName())
	}
	if want := "a.yaml:3 a, b.yml:1 b, c.json:1 c"; strings.Join(got, ", ") != want {
		t.Errorf("read %q, want %s", got, want)
	}
}

func TestBadManifests(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		path  string // in the folder
		want  []string
	}{
		{"no such file", nil, "gone.yaml", []string{"gone.yaml: cannot be read: no such file or directory; want a file or folder"}},
		{"an empty folder", nil, "", []string{"there are no manifests in this folder; want a folder with .yaml"}},
		{"manifests in sub-folders", map[string]string{"sub/a.yaml": named("a")}, "", []string{"its sub-folders are not looked into: D/sub"}},
		{"a chart", map[string]string{"Chart.yaml": "name: shop", "values.yaml": "a: b", "templates/a.yaml": "{{ .Values.a }}"}, "", []string{"this is a Helm chart; want what helm makes of it: helm template"}},
		{"no YAML", map[string]string{"a.yaml": named("a") + "---\nkind: [\n"}, "a.yaml", []string{"D/a.yaml:5: the document cannot be read", "line 5"}},
		{"a key twice", map[string]string{"a.yaml": "\n\n" + named("a") + "kind: Secret\n"}, "a.yaml", []string{"D/a.yaml:3: the document cannot be read", `key "kind" already set`, "line 6"}},
		{"no kind", map[string]string{"a.yaml": "apiVersion: v1\n"}, "a.yaml", []string{"D/a.yaml:1: there is no kind; want"}},
		{"no apiVersion", map[string]string{"a.yaml": "kind: ConfigMap\n"}, "a.yaml", []string{"ConfigMap has no apiVersion"}},
		{"no name", map[string]string{"a.yaml": "apiVersion: v1\nkind: ConfigMap\n"}, "a.yaml", []string{"ConfigMap has no metadata.name; want a name"}},
		{"twice", map[string]string{"a.yaml": named("a"), "b.yaml": named("a")}, "", []string{"D/b.yaml:1: ConfigMap a is in D/a.yaml:1 already"}},
		{"nothing", map[string]string{"a.yaml": "# a comment\n---\n---\n"}, "a.yaml", []string{"there is no object in it"}},
		{"a list's item", map[string]string{"a.yaml": "apiVersion: v1\nkind: List\nitems: [1]\n"}, "a.yaml", []string{"D/a.yaml:1, items[0]: this is no object"}},
		{"a broken kustomization", map[string]string{"kustomization.yaml": "resources: [gone.yaml]\n"}, "", []string{"kustomization D: ", "gone.yaml"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := folder(t, c.files)
			_, err := Read(nil, filepath.Join(dir, c.path))
			if err == nil {
				t.Fatal("no error")
			}
			got := strings.ReplaceAll(err.Error(), dir, "D")
			for _, want := range c.want {
				if !strings.Contains(got, want) {
					t.Errorf("got %q, want %q in it", got, want)
				}
			}
		})
	}
}

// Whatever is read, a document is found at the line where it begins, and nothing of
// it is lost.
func FuzzDocuments(f *testing.F) {
	for _, seed := range []string{named("a") + "---\n" + named("b"), "---\n--- # c\n", "%YAML 1.2\n---\na: b\n...\n", "a: |\n  ---\n  b\n---x: y\n", "\ufeff# c\na: b", "{}\r\n---\r\n{}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.SplitAfter(strings.TrimPrefix(text, "\ufeff"), "\n")
		last := 0
		for _, d := range documents([]byte(text)) {
			if d.line <= last || d.line > len(lines) {
				t.Fatalf("a document at line %d of %d, after one at line %d", d.line, len(lines), last)
			}
			last = d.line
			first, _, _ := strings.Cut(string(d.text), "\n")
			if !strings.Contains(lines[d.line-1], strings.TrimSuffix(first, "\r")) {
				t.Fatalf("line %d is %q, and the document begins with %q", d.line, lines[d.line-1], first)
			}
		}
		decode("f", []byte(text)) // must not panic
	})
}
