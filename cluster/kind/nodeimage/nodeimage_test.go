package nodeimage

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestValidate(t *testing.T) {
	for name, c := range map[string]struct {
		config Config
		want   []string // parts of the error; none means valid
	}{
		"zero value":     {Config{}, nil},
		"all set":        {Config{Engine: "podman", CacheDir: "/c", Debian: "trixie"}, nil},
		"unknown engine": {Config{Engine: "rkt"}, []string{`engine "rkt"`, "docker, podman or nerdctl"}},
		"not a suite":    {Config{Debian: "12 --include=x"}, []string{"debian", "bookworm"}},
		"relative cache": {Config{CacheDir: "cache"}, []string{"cache directory", "absolute"}},
		"every fault":    {Config{Engine: "x", Debian: "X", CacheDir: "x"}, []string{"engine", "debian", "cache"}},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.config.Validate()
			if (err == nil) != (c.want == nil) {
				t.Fatalf("err = %v", err)
			}
			for _, part := range c.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q is missing in %q", part, err)
				}
			}
		})
	}
}

func TestDefaults(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", "/cache")
	c, err := Config{}.withDefaults()
	if err != nil || c.Engine != "docker" || c.Debian != "bookworm" || c.CacheDir != "/cache/zarif/nodeimage" || c.Progress == nil {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestPresentNamesTheCureWithoutEngine(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := Present(t.Context(), "podman"); err == nil || !strings.Contains(err.Error(), "hack/engine.sh") {
		t.Errorf("err = %v", err)
	}
	if _, err := Present(t.Context(), "rkt"); err == nil {
		t.Error("an unknown engine was taken")
	}
}

func TestProgressEstimatesWhatIsLeft(t *testing.T) {
	var log bytes.Buffer
	now := time.Unix(0, 0)
	p := newProgress("node image", &log, func() time.Time { return now })
	p.plan([]step{{name: "a", usual: 10 * time.Second}, {name: "b", usual: time.Minute}})
	done := p.begin("a")
	if got := p.left(4 * time.Second); got != 66*time.Second {
		t.Errorf("left after 4 s: %s", got)
	}
	if got := p.left(time.Hour); got != time.Minute {
		t.Errorf("left when overdue: %s", got)
	}
	now = now.Add(2500 * time.Millisecond)
	done(nil)
	done = p.begin("b")
	p.hit()
	done(nil)
	want := `node image: 2 steps, up to about 1m10s on two cores
node image: [1/2] a: …
node image: [1/2] a: done in 2.5s
node image: [2/2] b: …
node image: [2/2] b: cached
`
	if log.String() != want {
		t.Errorf("got:\n%s", &log)
	}
}
