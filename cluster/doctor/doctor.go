// Package doctor owns the checks of a machine that is to run zarif: what is
// there, what is missing, and the command that cures it. It changes nothing and
// prints nothing. What other packages know (the engine, images, leftovers) comes
// in through Config.
package doctor

import (
	"context"
	"os/exec"
	"runtime"
)

// A Check is one thing that was looked at.
type Check struct {
	Name     string `json:"name"`
	OK       bool   `json:"ok"`
	Found    string `json:"found,omitempty"`   // what is there
	Missing  string `json:"missing,omitempty"` // what is not, and what that means; empty when OK
	Cure     string `json:"cure,omitempty"`    // a command or a change; empty when OK
	Required bool   `json:"required"`          // zarif run cannot do without it on the cluster that it takes
}

// Engine is the container engine that answers.
type Engine struct {
	Name    string // its program
	Version string
	Cgroup  string // "1" or "2"
	Runtime string // the default one
	Root    string // where it keeps images and containers; may be on another machine
}

// Config says what to look at. Every field may be left out; what depends on a
// missing function is not checked.
type Config struct {
	// Cluster is the one that zarif run takes, "kind", "local" or "context", and Why says why.
	// Without a Cluster it is taken to be kind, and nothing is said about it.
	Cluster, Why string
	// Isolation tells why pods of the local cluster have no PID namespaces of their
	// own, and what would change that; nil: they have. A machine that cannot have them
	// is told from an attempt that failed by errors.ErrUnsupported.
	Isolation func(context.Context) (cure string, err error)

	Engine       func(context.Context) (Engine, error)
	ImagePresent func(ctx context.Context, ref string) (bool, error)
	Stale        func(context.Context) ([]string, error) // names of clusters that a killed run left
	// Context is an existing cluster, and Leftovers are what zarif made there and is
	// still there.
	Context   string
	Leftovers func(context.Context) (Leftovers, error)
	// Stacks are those whose images a container engine builds, and which of them it
	// has not built yet.
	Stacks       func(context.Context) (all, missing []string, err error)
	OfflineImage string // that zarif cluster image builds
	DefaultImage string // kind's
	CacheDir     string // where zarif cluster image works; "" is not looked at

	root     string // for tests: what stands for /
	lookPath func(string) (string, error)
	goos     string
	uid      func() int
}

// The way out that the project offers for engines.
const engineScript = "sudo hack/engine.sh (on Debian)"

// Run makes every check, in the order in which a user would cure what is
// missing. It ends early, with fewer checks, when ctx ends.
func Run(ctx context.Context, c Config) []Check {
	c = c.withDefaults()
	var checks []Check
	add := func(some ...Check) {
		if ctx.Err() == nil {
			checks = append(checks, some...)
		}
	}
	if c.Cluster != "" {
		add(Check{Name: "cluster", OK: true, Found: c.Cluster + ", " + c.Why})
	}
	add(c.leftovers(ctx)...)
	add(c.isolation(ctx)...)
	var engine Engine
	answers := false
	if c.Engine != nil {
		var err error
		engine, err = c.Engine(ctx)
		answers = err == nil
		add(c.engineCheck(engine, err))
	}
	if c.goos == "linux" {
		add(c.capability(engine)...)
	}
	if answers {
		add(c.images(ctx)...)
		add(c.stacks(ctx)...)
	}
	add(c.builder()...)
	add(c.disk(engine)...)
	if c.goos == "linux" {
		add(c.memory()...)
		add(c.inotify()...)
		add(c.routes()...)
	}
	if answers {
		add(c.userlandProxy(engine)...)
		add(c.stale(ctx)...)
	}
	return checks
}

func (c Config) withDefaults() Config {
	if c.root == "" {
		c.root = "/"
	}
	if c.lookPath == nil {
		c.lookPath = exec.LookPath
	}
	if c.goos == "" {
		c.goos = runtime.GOOS
	}
	if c.uid == nil {
		c.uid = userID
	}
	return c
}
