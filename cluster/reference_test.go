package cluster

import (
	"regexp"
	"testing"
)

func TestReferenceFollowsTheContent(t *testing.T) {
	image := func(change func(*Image)) string {
		i := Image{
			Name:       "zarif/app",
			Files:      []File{{"/a", 0o755, []byte("1")}, {"/b", 0o644, []byte("23")}},
			Entrypoint: []string{"/a", "x"},
			User:       "1:1",
		}
		change(&i)
		return i.Reference()
	}
	plain := image(func(*Image) {})
	if !regexp.MustCompile(`^zarif/app:sha-[0-9a-f]{12}$`).MatchString(plain) {
		t.Errorf("reference %s", plain)
	}
	if turned := image(func(i *Image) { i.Files[0], i.Files[1] = i.Files[1], i.Files[0] }); turned != plain {
		t.Errorf("another order of files: %s, want %s", turned, plain)
	}
	seen := map[string]string{plain: "as it was"}
	for _, c := range []struct {
		name   string
		change func(*Image)
	}{
		{"name", func(i *Image) { i.Name = "zarif/apq" }},
		{"content", func(i *Image) { i.Files[0].Data = []byte("2") }},
		{"mode", func(i *Image) { i.Files[0].Mode = 0o700 }},
		{"path", func(i *Image) { i.Files[0].Path = "/c" }},
		{"content moved to the next file", func(i *Image) { i.Files[0].Data, i.Files[1].Data = []byte("12"), []byte("3") }},
		{"one file fewer", func(i *Image) { i.Files = i.Files[:1] }},
		{"argument", func(i *Image) { i.Entrypoint = []string{"/a", "y"} }},
		{"arguments run together", func(i *Image) { i.Entrypoint = []string{"/ax"} }},
		{"user", func(i *Image) { i.User = "1:2" }},
		{"stop signal", func(i *Image) { i.StopSignal = "SIGINT" }},
		{"user as stop signal", func(i *Image) { i.User, i.StopSignal = "", "1:1" }},
	} {
		got := image(c.change)
		if other, ok := seen[got]; ok {
			t.Errorf("%s: the same reference as %s", c.name, other)
		}
		seen[got] = c.name
	}
}

func TestReferenceOfABuild(t *testing.T) {
	build := func(change func(*Image)) string {
		i := Image{Name: "zarif/app", Build: &Build{
			Context: []File{{"Dockerfile", 0o644, []byte("FROM")}, {"app.py", 0o644, []byte("1")}},
			Args:    map[string]string{"A": "1", "B": "2"},
		}}
		change(&i)
		return i.Reference()
	}
	plain := build(func(*Image) {})
	if !regexp.MustCompile(`^zarif/app:sha-[0-9a-f]{12}$`).MatchString(plain) {
		t.Errorf("reference %s", plain)
	}
	for range 20 { // a map has no order
		if again := build(func(i *Image) { i.Build.Context[0], i.Build.Context[1] = i.Build.Context[1], i.Build.Context[0] }); again != plain {
			t.Fatalf("another order: %s, want %s", again, plain)
		}
	}
	seen := map[string]string{plain: "as it was"}
	for _, c := range []struct {
		name   string
		change func(*Image)
	}{
		{"name", func(i *Image) { i.Name = "zarif/apq" }},
		{"content", func(i *Image) { i.Build.Context[1].Data = []byte("2") }},
		{"mode", func(i *Image) { i.Build.Context[1].Mode = 0o755 }},
		{"path", func(i *Image) { i.Build.Context[1].Path = "python/app.py" }},
		{"one file fewer", func(i *Image) { i.Build.Context = i.Build.Context[:1] }},
		{"value of an argument", func(i *Image) { i.Build.Args["A"] = "2" }},
		{"name of an argument", func(i *Image) { i.Build.Args = map[string]string{"A": "1", "C": "2"} }},
		{"one argument fewer", func(i *Image) { i.Build.Args = map[string]string{"A": "1"} }},
		{"no arguments", func(i *Image) { i.Build.Args = nil }},
		{"the same files, not built", func(i *Image) { i.Files, i.Build = i.Build.Context, nil }},
	} {
		got := build(c.change)
		if other, ok := seen[got]; ok {
			t.Errorf("%s: the same reference as %s", c.name, other)
		}
		seen[got] = c.name
	}
}
