package doctor

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	allCaps      = "Name:\tx\nCapBnd:\t000001ffffffffff\n"
	noSysRes     = "Name:\tx\nCapBnd:\t000001fffeffffff\n"
	routesHead   = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
	routeDefault = "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
	routePods    = "*\t0000F40A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
	routeSvcs    = "*\t0000600A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
	routeTen     = "tun0\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0\n"
)

// healthy is a machine on which every check is fine.
func healthy(t *testing.T) Config {
	t.Helper()
	c := Config{
		Cluster: "kind", Why: "docker answers",
		Isolation: func(context.Context) (string, error) { return "", nil },
		Engine: func(context.Context) (Engine, error) {
			return Engine{Name: "docker", Version: "28.0.0", Cgroup: "2", Runtime: "runc"}, nil
		},
		ImagePresent: func(_ context.Context, ref string) (bool, error) { return ref == "offline:1", nil },
		Stale:        func(context.Context) ([]string, error) { return nil, nil },
		Stacks:       func(context.Context) (all, missing []string, err error) { return []string{"flask", "nginx"}, nil, nil },
		OfflineImage: "offline:1", DefaultImage: "kindest/node:v1@sha256:00",
		root: t.TempDir(), goos: "linux",
		lookPath: func(name string) (string, error) { return "/bin/" + name, nil },
		uid:      func() int { return 0 },
	}
	for name, text := range map[string]string{
		"proc/self/status":                       allCaps,
		"proc/meminfo":                           "MemTotal: 9 kB\nMemAvailable:   8388608 kB\n",
		"proc/net/route":                         routesHead + routeDefault + routePods + routeSvcs,
		"proc/sys/fs/inotify/max_user_watches":   "524288\n",
		"proc/sys/fs/inotify/max_user_instances": "512\n",
		"etc/docker/daemon.json":                 `{"userland-proxy": false}`,
	} {
		c.put(t, name, text)
	}
	return c
}

func (c *Config) leaves(left Leftovers, err error) {
	c.Context = "staging"
	c.Leftovers = func(context.Context) (Leftovers, error) { return left, err }
}

func (c Config) put(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join(c.root, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

type unsupported struct{}

func (unsupported) Error() string        { return "not permitted" }
func (unsupported) Is(target error) bool { return target == errors.ErrUnsupported }

func TestHealthy(t *testing.T) {
	checks := Run(t.Context(), healthy(t))
	var names []string
	for _, c := range checks {
		names = append(names, c.Name)
		if !c.OK || c.Found == "" || c.Missing != "" || c.Cure != "" {
			t.Errorf("%+v", c)
		}
	}
	want := []string{
		"cluster", "PID namespaces", "container engine", "CAP_SYS_RESOURCE", "node image", "images of stacks", "go", "debootstrap", "root", "free memory", "inotify limits",
		"packets stay inside", "userland proxy", "stale clusters",
	}
	if !slices.Equal(names, want) {
		t.Errorf("got checks %q, want %q", names, want)
	}
}

func TestIll(t *testing.T) {
	engine := func(e Engine) func(context.Context) (Engine, error) {
		return func(context.Context) (Engine, error) { return e, nil }
	}
	for _, test := range []struct {
		name     string
		harm     func(*testing.T, *Config)
		check    string
		ok       bool
		required bool
		says     string // in Found or Missing
		cure     string
	}{
		{
			name: "no engine, its own cure", check: "container engine", required: true, says: "no engine answers", cure: "start it",
			harm: func(_ *testing.T, c *Config) {
				c.Engine = func(context.Context) (Engine, error) {
					return Engine{}, errors.New("no engine answers; cure: start it")
				}
			},
		},
		{
			name: "no engine, no cure", check: "container engine", required: true, says: "broken", cure: "hack/engine.sh",
			harm: func(_ *testing.T, c *Config) {
				c.Engine = func(context.Context) (Engine, error) { return Engine{}, errors.New("broken") }
			},
		},
		{
			name: "no engine, and none is needed", check: "container engine", says: "broken", cure: "hack/engine.sh",
			harm: func(_ *testing.T, c *Config) {
				c.Cluster = "local"
				c.Engine = func(context.Context) (Engine, error) { return Engine{}, errors.New("broken") }
			},
		},
		{
			name: "nothing is left on a context", check: "leftovers on staging", ok: true, says: "none",
			harm: func(_ *testing.T, c *Config) { c.leaves(Leftovers{}, nil) },
		},
		{
			name: "a killed run left a namespace", check: "leftovers on staging", says: "a run that has ended left namespace a, namespace b", cure: "zarif cluster down --stale --context staging",
			harm: func(_ *testing.T, c *Config) { c.leaves(Leftovers{Gone: []string{"namespace a", "namespace b"}}, nil) },
		},
		{
			name: "another machine's", check: "leftovers on staging", says: "whether that run goes on cannot be told from here", cure: "on the machine that made it",
			harm: func(_ *testing.T, c *Config) { c.leaves(Leftovers{Others: []string{"namespace a"}}, nil) },
		},
		{
			name: "not all may be seen", check: "leftovers on staging", says: "not looked for: namespaces", cure: "who may list them",
			harm: func(_ *testing.T, c *Config) { c.leaves(Leftovers{Unseen: []string{"namespaces"}}, nil) },
		},
		{
			name: "the context does not answer", check: "leftovers on staging", required: true, says: "could not be looked for: refused", cure: "kubectl --context staging",
			harm: func(_ *testing.T, c *Config) { c.leaves(Leftovers{}, errors.New("refused")) },
		},
		{
			name: "no engine, and an existing cluster", check: "container engine", says: "broken", cure: "hack/engine.sh",
			harm: func(_ *testing.T, c *Config) {
				c.Cluster = "context"
				c.Engine = func(context.Context) (Engine, error) { return Engine{}, errors.New("broken") }
			},
		},
		{
			name: "which cluster", check: "cluster", ok: true, says: "local, nothing else is here",
			harm: func(_ *testing.T, c *Config) { c.Cluster, c.Why = "local", "nothing else is here" },
		},
		{
			name: "no PID namespaces", check: "PID namespaces", says: "skips scenarios that depend on them: not permitted", cure: "sysctl",
			harm: func(_ *testing.T, c *Config) {
				c.Cluster = "local"
				c.Isolation = func(context.Context) (string, error) { return "sysctl x=1", unsupported{} }
			},
		},
		{
			name: "no process at all", check: "PID namespaces", required: true, says: "cannot start a process: noexec", cure: "elsewhere",
			harm: func(_ *testing.T, c *Config) {
				c.Cluster = "local"
				c.Isolation = func(context.Context) (string, error) { return "elsewhere", errors.New("noexec") }
			},
		},
		{
			name: "no process, on kind", check: "PID namespaces", says: "cannot start a process: noexec", cure: "elsewhere",
			harm: func(_ *testing.T, c *Config) {
				c.Isolation = func(context.Context) (string, error) { return "elsewhere", errors.New("noexec") }
			},
		},
		{
			name: "capability missing", check: "CAP_SYS_RESOURCE", required: true, says: "does not have it to give", cure: "hack/engine.sh",
			harm: func(t *testing.T, c *Config) { c.put(t, "proc/self/status", noSysRes) },
		},
		{
			name: "capability missing, runtime does without", check: "CAP_SYS_RESOURCE", ok: true, says: "does without",
			harm: func(t *testing.T, c *Config) {
				c.put(t, "proc/self/status", noSysRes)
				c.Engine = engine(Engine{Name: "docker", Version: "20", Runtime: "runc-without-sys-resource"})
			},
		},
		{
			name: "kind's image only", check: "node image", ok: true, says: "kindest/node:v1, kind's default",
			harm: func(_ *testing.T, c *Config) {
				c.ImagePresent = func(_ context.Context, ref string) (bool, error) { return ref == c.DefaultImage, nil }
			},
		},
		{
			name: "no image", check: "node image", says: "neither", cure: "zarif cluster image",
			harm: func(_ *testing.T, c *Config) {
				c.ImagePresent = func(context.Context, string) (bool, error) { return false, nil }
			},
		},
		{
			name: "no go", check: "go", says: "not there", cure: "go.dev",
			harm: func(_ *testing.T, c *Config) {
				c.lookPath = func(name string) (string, error) { return "", errors.New("none") }
			},
		},
		{
			name: "not root", check: "root", says: "debootstrap", cure: "sudo",
			harm: func(_ *testing.T, c *Config) { c.uid = func() int { return 1000 } },
		},
		{
			name: "little memory", check: "free memory", says: "only 1.0 GiB", cure: "--nodes 1",
			harm: func(t *testing.T, c *Config) { c.put(t, "proc/meminfo", "MemAvailable: 1048576 kB\n") },
		},
		{
			name: "few inotify instances", check: "inotify limits", says: "max_user_instances is 128", cure: "sysctl fs.inotify.max_user_instances=512",
			harm: func(t *testing.T, c *Config) { c.put(t, "proc/sys/fs/inotify/max_user_instances", "128\n") },
		},
		{
			name: "pod range follows the default route", check: "packets stay inside", says: "(10.244.0.0/16)", cure: "ip route add blackhole 10.244.0.0/16'",
			harm: func(t *testing.T, c *Config) { c.put(t, "proc/net/route", routesHead+routeDefault+routeSvcs) },
		},
		{
			name: "no default route at all", check: "packets stay inside", ok: true, says: "do not follow",
			harm: func(t *testing.T, c *Config) { c.put(t, "proc/net/route", routesHead) },
		},
		{
			name: "a wider route of its own", check: "packets stay inside", ok: true, says: "do not follow",
			harm: func(t *testing.T, c *Config) { c.put(t, "proc/net/route", routesHead+routeDefault+routeTen) },
		},
		{
			name: "proxy by default", check: "userland proxy", says: "on:", cure: "daemon.json",
			harm: func(t *testing.T, c *Config) { c.put(t, "etc/docker/daemon.json", "{}") },
		},
		{
			name: "stale clusters", check: "stale clusters", says: "left a, b", cure: "zarif cluster down --stale",
			harm: func(_ *testing.T, c *Config) {
				c.Stale = func(context.Context) ([]string, error) { return []string{"a", "b"}, nil }
			},
		},
		{
			name: "stacks", check: "images of stacks", says: "1 of 2 are not built yet: nginx", cure: "zarif image build",
			harm: func(_ *testing.T, c *Config) {
				c.Stacks = func(context.Context) (all, missing []string, err error) {
					return []string{"flask", "nginx"}, []string{"nginx"}, nil
				}
			},
		},
		{
			name: "stacks that cannot be looked for", check: "images of stacks", says: "no answer", cure: "zarif image list",
			harm: func(_ *testing.T, c *Config) {
				c.Stacks = func(context.Context) (all, missing []string, err error) { return nil, nil, errors.New("no answer") }
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := healthy(t)
			test.harm(t, &c)
			checks := Run(t.Context(), c)
			i := slices.IndexFunc(checks, func(c Check) bool { return c.Name == test.check })
			if i < 0 {
				t.Fatalf("no check %q in %+v", test.check, checks)
			}
			got := checks[i]
			if got.OK != test.ok || got.Required != test.required && !got.OK {
				t.Errorf("ok %v required %v, want %v %v: %+v", got.OK, got.Required, test.ok, test.required, got)
			}
			if !strings.Contains(got.Found+got.Missing, test.says) {
				t.Errorf("%q does not say %q", got.Found+got.Missing, test.says)
			}
			if !strings.Contains(got.Cure, test.cure) || (got.Cure == "") != got.OK {
				t.Errorf("cure %q, want %q", got.Cure, test.cure)
			}
			for _, other := range checks {
				if other.Name != test.check && !other.OK && test.check != "go" {
					t.Errorf("also not ok: %+v", other)
				}
			}
		})
	}
}

func TestWithoutEngine(t *testing.T) {
	c := healthy(t)
	c.Engine = func(context.Context) (Engine, error) { return Engine{}, errors.New("none") }
	c.Stale = func(context.Context) ([]string, error) { t.Error("asked"); return nil, nil }
	c.ImagePresent = func(context.Context, string) (bool, error) { t.Error("asked"); return false, nil }
	c.Stacks = func(context.Context) (all, missing []string, err error) { t.Error("asked"); return nil, nil, nil }
	if checks := Run(t.Context(), c); checks[2].OK || !checks[2].Required {
		t.Errorf("%+v", checks[2])
	}
}

func TestDisk(t *testing.T) {
	c := healthy(t)
	c.CacheDir = filepath.Join(t.TempDir(), "not", "yet", "there")
	checks := c.withDefaults().disk(Engine{})
	if len(checks) != 1 || !strings.Contains(checks[0].Found+checks[0].Missing, c.CacheDir) {
		t.Errorf("%+v", checks)
	}
}

func TestZeroConfig(t *testing.T) {
	for _, c := range Run(t.Context(), Config{}) {
		if c.Required && !c.OK {
			t.Errorf("nothing was asked for, and this is required: %+v", c)
		}
	}
}

func TestEnded(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if checks := Run(ctx, healthy(t)); len(checks) != 0 {
		t.Errorf("%+v", checks)
	}
}
