package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"zarif/cluster"
	"zarif/report/history"
	"zarif/scenarios"
)

// A plan is what a run was asked for, kept in its results folder before anything
// is measured, so that a run that was cut can go on as it would have. It is
// written whole or not at all.
type plan struct {
	Schema string       `json:"schema"`
	Tool   history.Tool `json:"tool"`
	Build  string       `json:"build"` // SHA-256 of the program

	Cluster  planCluster `json:"cluster"`
	Trials   int         `json:"trials"`         // of each scenario
	Parallel int         `json:"parallel"`       // 0: derived
	Rate     float64     `json:"rate,omitempty"` // --rate
	Seed     uint64      `json:"seed"`
	// AllowSkipped is how the run's exit code is made.
	AllowSkipped bool `json:"allowSkipped,omitempty"`

	MayScale bool `json:"mayScale,omitempty"` // --i-may-scale

	Stdin     string             `json:"stdin,omitempty"` // manifests that came there
	Files     []scenarios.Source `json:"files,omitempty"` // of the user
	Scenarios []planScenario     `json:"scenarios"`       // in their order
}

// planCluster is where the run is.
type planCluster struct {
	Type string `json:"type"` // clusterKind, clusterLocal or clusterContext: what was taken, not what was asked for
	Why  string `json:"why,omitempty"`

	Name  string `json:"name,omitempty"` // of kind
	Nodes int    `json:"nodes,omitempty"`
	Image string `json:"image,omitempty"`
	Keep  bool   `json:"keep,omitempty"`

	Context *planContext `json:"context,omitempty"` // of an existing cluster

	Delays     []string `json:"delays,omitempty"`     // --local-delay
	DelaysFile string   `json:"delaysFile,omitempty"` // --local-delays
}

// planContext is an existing cluster, and that it may be disrupted by this run.
type planContext struct {
	Name           string `json:"name"`
	Kubeconfig     string `json:"kubeconfig,omitempty"`
	AgentImage     string `json:"agentImage,omitempty"`
	AgentNamespace string `json:"agentNamespace,omitempty"`
}

// planScenario is one scenario, resolved.
type planScenario struct {
	Meta     history.Meta `json:"meta"`     // without what differs between trials
	Workload string       `json:"workload"` // SHA-256 of its objects and images
}

const (
	planFile   = "plan.json"
	planSchema = "zarif.plan/v1"
)

// plan is what this session was asked for.
func (s *session) asked(taken choice) (plan, error) {
	build, err := programID()
	if err != nil {
		return plan{}, err
	}
	p := plan{
		Schema: planSchema, Tool: tool(), Build: build,
		Cluster: planCluster{Type: taken.cluster, Why: taken.why},
		Trials:  s.trials, Parallel: s.parallel, Rate: s.rate, Seed: s.seed, AllowSkipped: s.allowSkipped, Files: s.sources,
		MayScale: s.mayScale,
	}
	if s.brings != nil {
		p.Stdin = s.brings.text
	}
	if kind := s.where.kind; taken.cluster == clusterKind {
		p.Cluster.Name, p.Cluster.Nodes, p.Cluster.Image, p.Cluster.Keep = kind.name, kind.nodes, kind.image, kind.keep
	} else if of := s.where.context; taken.cluster == clusterContext {
		p.Cluster.Context = &planContext{Name: of.name, Kubeconfig: of.kubeconfig, AgentImage: of.agentImage, AgentNamespace: of.agentNamespace}
	} else {
		p.Cluster.Delays, p.Cluster.DelaysFile = s.where.local.set, s.where.local.delays
	}
	for _, of := range s.planned {
		resolved, err := of.resolved()
		if err != nil {
			return plan{}, err
		}
		p.Scenarios = append(p.Scenarios, resolved)
	}
	return p, nil
}

// resolved is the scenario without what differs between builds and trials.
func (p planned) resolved() (planScenario, error) {
	digest, err := workloadID(p.workload)
	if err != nil {
		return planScenario{}, fmt.Errorf("scenario %s: %w", p.meta.Scenario, err)
	}
	meta := p.meta
	meta.Tool = history.Tool{}
	return planScenario{Meta: meta, Workload: digest}, nil
}

// workloadID identifies what is deployed: objects, and images by their content.
func workloadID(w cluster.Workload) (string, error) {
	var images []string
	for _, img := range w.AllImages() {
		images = append(images, img.Reference())
	}
	w.Images = nil
	if w.Edge != nil {
		proxy := *w.Edge
		proxy.Images = nil
		w.Edge = &proxy
	}
	text, err := json.Marshal(struct {
		Workload cluster.Workload
		Images   []string
	}{w, images})
	if err != nil {
		return "", fmt.Errorf("identify its workload: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// programID identifies this build by the bytes of its program, which are many.
var programID = sync.OnceValues(func() (string, error) {
	path, err := os.Executable()
	if _, there := os.Stat("/proc/self/exe"); there == nil {
		path, err = "/proc/self/exe", nil // also where the file was replaced meanwhile
	}
	if err != nil {
		return "", fmt.Errorf("identify this program: %w", err)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("identify this program: %w", err)
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", fmt.Errorf("identify this program: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
})

func (p plan) write(dir string) error { return writeJSON(filepath.Join(dir, planFile), p) }

// writeJSON writes a file of a results folder that people can read, too.
func writeJSON(path string, v any) error {
	return writeWhole(path, func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(v)
	})
}

// readPlan reads the plan of a results folder.
func readPlan(dir string) (p plan, err error) {
	path := filepath.Join(dir, planFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return p, usage("--resume: %s holds no %s, so that nothing says what was asked for; want the folder of a run that had begun to measure", dir, planFile)
	}
	if err != nil {
		return p, fmt.Errorf("--resume: %w", err)
	}
	if err := json.Unmarshal(text, &p); err != nil {
		return p, usage("--resume: %s is damaged: %v", path, err)
	}
	if p.Schema != planSchema || p.Trials < 1 || len(p.Scenarios) == 0 {
		return p, usage("--resume: %s has the schema %q and %d scenarios; want %s with one or more", path, p.Schema, len(p.Scenarios), planSchema)
	}
	return p, nil
}

// differs lists what of a scenario is not as it was, by the names of the plan's
// fields; empty: nothing.
func (was planScenario) differs(now planScenario) (fields []string, err error) {
	a, errA := fieldsOf(was.Meta)
	b, errB := fieldsOf(now.Meta)
	if err := errors.Join(errA, errB); err != nil {
		return nil, err
	}
	names := maps.Clone(a)
	maps.Copy(names, b)
	for name := range names {
		if !bytes.Equal(a[name], b[name]) {
			fields = append(fields, strings.TrimSuffix(name, "_ns"))
		}
	}
	if was.Workload != now.Workload {
		fields = append(fields, "workload")
	}
	slices.Sort(fields)
	return fields, nil
}

func fieldsOf(m history.Meta) (map[string]json.RawMessage, error) {
	text, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	var fields map[string]json.RawMessage
	return fields, json.Unmarshal(text, &fields)
}
