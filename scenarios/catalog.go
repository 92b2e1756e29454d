package scenarios

import (
	"embed"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
)

//go:embed files/*.yaml
var embedded embed.FS

// maxFile, in bytes, bounds what is read of a file that is not ours.
const maxFile = 1 << 20

// A Catalog is every scenario and suite that can be run. It does not change
// after Load, and is safe for concurrent use.
type Catalog struct {
	scenarios []Scenario
	suites    []Suite
	files     []string // those of the user
}

// A source is a file to decode.
type source struct {
	name string
	text []byte
}

// Load reads the embedded files and those of the user, "-" being standard input,
// and adds every fixture × disruption. Its error is Faults: everything that is
// wrong in all of the files.
func Load(k Known, files ...string) (*Catalog, error) {
	built, err := builtin()
	if err != nil {
		return nil, fmt.Errorf("read the embedded scenarios: %w", err)
	}
	own, faults := given(files, os.Stdin)
	return load(k, built, own, faults)
}

func builtin() ([]source, error) {
	dir, err := embedded.ReadDir("files")
	if err != nil {
		return nil, err
	}
	var sources []source
	for _, entry := range dir {
		name := "files/" + entry.Name()
		text, err := embedded.ReadFile(name)
		if err != nil {
			return nil, err
		}
		sources = append(sources, source{"builtin:" + entry.Name(), text})
	}
	return sources, nil
}

// given reads the user's files, each once.
func given(files []string, stdin io.Reader) (sources []source, faults Faults) {
	seen := map[string]bool{}
	for _, name := range files {
		shown := name
		if name == "-" {
			shown = "stdin"
		}
		if key := filepath.Clean(name); seen[key] {
			continue
		} else {
			seen[key] = true
		}
		text, err := readFile(name, stdin)
		switch {
		case err != nil:
			faults = append(faults, Fault{File: shown, Problem: err.Error(), Want: "a file of scenarios or suites"})
		case len(text) > maxFile:
			faults = append(faults, Fault{File: shown, Problem: "the file is too large", Want: "at most 1 MiB"})
		default:
			sources = append(sources, source{shown, text})
		}
	}
	return sources, faults
}

func readFile(name string, stdin io.Reader) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(io.LimitReader(stdin, maxFile+1))
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", bare(err))
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", bare(err))
	}
	return text, nil
}

// bare is err without the file's name, which a Fault has already.
func bare(err error) error {
	if e, ok := err.(*os.PathError); ok {
		return e.Err
	}
	return err
}

// load makes a catalogue of what is built in and what the user gave.
func load(k Known, built, own []source, faults Faults) (*Catalog, error) {
	c := &Catalog{scenarios: k.scenarios()}
	var order []string
	var drafts []placed[draft]
	for _, src := range slices.Concat(built, own) {
		order = append(order, src.name)
		f, found := decode(src.name, src.text, k)
		// place.faults of this file points to its own slice: what follows is
		// reported to the common one.
		faults = append(faults, found...)
		for _, s := range f.scenarios {
			s.faults = &faults
			c.add(s)
		}
		for _, s := range f.made {
			s.faults = &faults
			c.provide(s)
		}
		for _, d := range f.suites {
			d.faults = &faults
			drafts = append(drafts, d)
		}
	}
	for _, src := range own {
		c.files = append(c.files, src.name)
	}
	for _, d := range drafts {
		c.addSuite(d)
	}
	if err := faults.Err(order...); err != nil {
		return nil, err
	}
	return c, nil
}

// add takes a scenario in unless its name is taken.
func (c *Catalog) add(s placed[Scenario]) {
	if s.value.Name == "" {
		return
	}
	if other, taken := c.Scenario(s.value.Name); taken {
		s.path += ".name"
		s.fault("the name "+quote(other.Name)+" is taken by "+origin("scenario", other.File, other.Line), "another name")
		return
	}
	c.scenarios = append(c.scenarios, s.value)
}

// provide takes in a scenario that a matrix needs, unless it is there.
func (c *Catalog) provide(s placed[Scenario]) {
	other, taken := c.Scenario(s.value.Name)
	switch {
	case !taken:
		c.scenarios = append(c.scenarios, s.value)
	case other.Fixture != s.value.Fixture || other.Disruption != s.value.Disruption || other.Edge != s.value.Edge || other.Disrupts != s.value.Disrupts || !reflect.DeepEqual(other.Streams, s.value.Streams):
		s.fault("the name "+quote(other.Name)+" is taken by "+origin("scenario", other.File, other.Line)+", which is another one", "another name there")
	}
}

// origin says where something was defined.
func origin(what, file string, line int) string {
	if file == "" {
		return "a built-in " + what
	}
	return "the " + what + " of " + file + ":" + strconv.Itoa(line)
}

// Scenarios lists every scenario: each fixture × disruption, then those of the
// files in their order.
func (c *Catalog) Scenarios() []Scenario { return slices.Clone(c.scenarios) }

// Suites lists every suite in the order of the files.
func (c *Catalog) Suites() []Suite { return slices.Clone(c.suites) }

// Scenario finds one by its name.
func (c *Catalog) Scenario(name string) (Scenario, bool) {
	for i := range c.scenarios { // without a copy of each: there are many
		if c.scenarios[i].Name == name {
			return c.scenarios[i], true
		}
	}
	return Scenario{}, false
}

// Suite finds one by its name.
func (c *Catalog) Suite(name string) (Suite, bool) {
	i := slices.IndexFunc(c.suites, func(s Suite) bool { return s.Name == name })
	if i < 0 {
		return Suite{}, false
	}
	return c.suites[i], true
}

func (c *Catalog) names() []string {
	names := make([]string, len(c.scenarios))
	for i, s := range c.scenarios {
		names[i] = s.Name
	}
	return names
}

func (c *Catalog) suiteNames() []string {
	names := make([]string, len(c.suites))
	for i, s := range c.suites {
		names[i] = s.Name
	}
	return names
}
