package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"zarif/cluster/manifest"
)

// initOptions are the flags of `zarif init`.
type initOptions struct {
	manifests []string
	want      manifest.Want
	out       string
}

func newInit(io streams) *cobra.Command {
	var o initOptions
	cmd := &cobra.Command{
		Use:   "init -f MANIFESTS",
		Short: "Write a commented scenario file for your manifests",
		Long: `Reads manifests as zarif test does, finds the target, and writes a scenario file
with a scenario for every disruption that makes sense for it, and with what was found
as comments. A file that is there is never overwritten.`,
		Example: `  zarif init -f k8s/
  zarif init -f overlays/prod --target svc/shop:http --out shop.yaml
  zarif run -f zarif.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			text, err := o.text()
			if err != nil {
				return err
			}
			if err := o.write(text); err != nil {
				return err
			}
			fmt.Fprintf(io.err, "wrote %s; run it with zarif run -f %s --cluster kind\n", o.out, o.out)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringArrayVarP(&o.manifests, "file", "f", nil, "manifests: a file, a folder or a kustomization (repeatable)")
	f.StringVar(&o.want.Target, "target", "", "what is loaded, such as svc/shop:80 (default: the only one that can be)")
	f.StringVar(&o.want.Controller, "controller", "", "whose pods are disrupted, such as deploy/shop, where the Service leads to those of several")
	f.StringVar(&o.want.Container, "container", "", "the container that serves, where its port does not tell")
	f.StringArrayVar(&o.want.LeaveOut, "leave-out", nil, "do not deploy these objects: KIND or KIND/NAME (repeatable)")
	f.StringVar(&o.out, "out", "zarif.yaml", "the file to write; must not exist")
	return cmd
}

// text is the scenario file.
func (o *initOptions) text() ([]byte, error) {
	switch {
	case len(o.manifests) == 0:
		return nil, usage("-f: missing; want the manifests that are to be tested")
	case slices.Contains(o.manifests, manifest.Stdin):
		return nil, usage("-f: the file that is written names its manifests, and standard input has no name; want a file or a folder")
	}
	objects, err := manifest.Read(nil, o.manifests...)
	if err != nil {
		return nil, err
	}
	if o.want.Target == "" {
		if o.want.Target, err = onlyTarget(objects); err != nil {
			return nil, err
		}
	}
	found, err := manifest.Resolve(objects, o.want)
	if err != nil {
		return nil, err
	}
	deployable, err := manifest.Deploy(objects, o.want)
	if err != nil {
		return nil, err
	}
	return o.render(found, deployable)
}

// onlyTarget is the target where there is no choice.
func onlyTarget(objects []manifest.Object) (string, error) {
	targets := manifest.Targets(objects)
	switch len(targets) {
	case 0:
		return "", usage("-f: no Service in it leads to the pods of a Deployment or a StatefulSet; want manifests of both")
	case 1:
		return targets[0], nil
	}
	return "", usage("--target: missing, and there are several; want one of %s", strings.Join(targets, ", "))
}

// write writes the file unless there is one.
func (o *initOptions) write(text []byte) error {
	f, err := os.OpenFile(o.out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, os.ErrExist) {
		return usage("--out: %s is there already, and is not overwritten; want another name", o.out)
	}
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}

// initial is what the file is made of.
type initial struct {
	Name, Path, Out string
	Workload        string // YAML, indented
	Facts, Notes    []string
	Scenarios       []initialScenario
	HasPath         bool
	Secure          bool
}

type initialScenario struct {
	Disruption, Doc, Why string
	Off                  bool // commented out
}

func (o *initOptions) render(found manifest.Resolved, d manifest.Deployable) ([]byte, error) {
	paths := slices.Clone(o.manifests)
	for i, path := range paths {
		if relative, err := filepath.Rel(filepath.Dir(o.out), path); err == nil && !filepath.IsAbs(path) {
			paths[i] = filepath.ToSlash(relative)
		}
	}
	workload, err := indented(workloadText{Manifests: paths, Target: o.want.Target, Controller: o.want.Controller, Container: o.want.Container, LeaveOut: o.want.LeaveOut})
	if err != nil {
		return nil, err
	}
	in := initial{
		Name: strings.ToLower(found.Target.Service), Path: found.ReadyPath, HasPath: found.ReadyPath != "", Secure: found.Secure != "", Out: o.out, Workload: workload,
		Facts: factsOf(found), Notes: d.Notes, Scenarios: scenariosFor(found),
	}
	if !in.HasPath {
		in.Path = "/"
	}
	var text bytes.Buffer
	if err := initialFile.Execute(&text, in); err != nil {
		return nil, fmt.Errorf("write the scenario file: %w", err)
	}
	return text.Bytes(), nil
}

// indented is a workload as it stands in a scenario.
func indented(w workloadText) (string, error) {
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(w); err != nil {
		return "", fmt.Errorf("write the scenario file: %w", err)
	}
	return strings.ReplaceAll(strings.TrimSpace(out.String()), "\n", "\n      "), nil
}

// factsOf are what was found about the target, a sentence each.
func factsOf(found manifest.Resolved) (facts []string) {
	add := func(format string, args ...any) { facts = append(facts, fmt.Sprintf(format, args...)) }
	t := found.Target
	add("Service %s, port %d, leads to container %s of %s %s.", t.Service, t.Port, t.Container, t.Kind, t.Name)
	add("It runs %d replicas; a pod has %s to end.", found.Replicas, found.Grace)
	if found.PreStop == "" {
		add("It has no preStop hook: the signal comes while proxies may still lead connections to the pod.")
	} else {
		add("Its preStop hook: %s.", found.PreStop)
	}
	if found.ReadyPath == "" {
		add("It has no HTTP readiness probe, so that a pod counts as ready whatever it answers.")
	}
	if found.Secure != "" {
		add("It speaks HTTPS, as %s says.", found.Secure)
	}
	for _, owner := range found.Owners {
		add("Its replicas are decided by %s.", owner)
	}
	for _, budget := range found.Budgets {
		add("PodDisruptionBudget %s holds for its pods.", budget)
	}
	return facts
}

// scenariosFor are the disruptions that make sense for a target.
func scenariosFor(found manifest.Resolved) []initialScenario {
	all := []initialScenario{
		{Disruption: "none", Doc: "The control: nothing happens, and nothing may be dropped."},
		{Disruption: "rollout", Doc: "Every pod is replaced, as by a new version."},
		{Disruption: "pod-delete", Doc: "One pod is deleted, as when a node is drained."},
		{Disruption: "eviction", Doc: "One pod is evicted, as soon as its PodDisruptionBudget allows it."},
		{Disruption: "scale-down", Doc: "All pods but one go, and come back."},
	}
	last := &all[len(all)-1]
	switch {
	case len(found.Owners) > 0:
		last.Off, last.Why = true, fmt.Sprintf("%s decides about the replicas; --i-may-scale allows it all the same.", found.Owners[0].What)
	case found.Replicas < 2:
		last.Off, last.Why = true, "It takes two replicas or more."
	}
	return all
}

var initialFile = template.Must(template.New("scenarios").Parse(`# Scenarios for zarif: what clients of {{.Name}} lose when its pods go away.
# Run them with: zarif run -f {{.Out}} --cluster kind
#
# What was found:
{{- range .Facts}}
# - {{.}}
{{- end}}
{{- range .Notes}}
# - {{.}}
{{- end}}
scenarios:
{{- range $i, $s := .Scenarios}}
{{- if $s.Off}}

  # {{$s.Why}}
  # - name: {{$.Name}}.{{$s.Disruption}}
  #   doc: {{$s.Doc}}
  #   workload: as above
  #   disruption: {{$s.Disruption}}
{{- else}}

  - name: {{$.Name}}.{{$s.Disruption}}
    doc: {{printf "%q" $s.Doc}}
    workload:
      {{$.Workload}}
    disruption: {{$s.Disruption}}
    budget: 0                  # dropped hits that are allowed, in each stream
    streams:
      - name: fresh            # a connection per request
        path: {{printf "%q" $.Path}}{{if and (not $.HasPath) (eq $i 0)}}              # say one that does what your clients want done{{end}}
{{- if $.Secure}}
        scheme: https
        insecureSkipVerify: true  # or host: a name in its certificate, and ca: what vouches for that
{{- end}}
        rate: 100              # requests per second
      - name: reused           # connections that are kept alive
        path: {{printf "%q" $.Path}}
{{- if $.Secure}}
        scheme: https
        insecureSkipVerify: true
{{- end}}
        rate: 100
{{- end}}
{{- end}}
`))
