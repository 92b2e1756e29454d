package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"zarif/cluster"
	clustercontext "zarif/cluster/context"
	"zarif/cluster/disrupt"
	"zarif/cluster/kube"
	"zarif/cluster/manifest"
	"zarif/report/history"
	"zarif/scenarios"
	"zarif/scenarios/trial"
)

const mayScaleText = "scale a target of yours although an autoscaler or a GitOps tool decides about its replicas too"

// bringing reads the manifests that scenarios name, each set once.
type bringing struct {
	stdin io.Reader // nil: text is what came there
	text  string
	read  map[string][]manifest.Object // by the paths
}

// objects are those that a workload's manifests hold. file is that of the scenario.
func (b *bringing) objects(w scenarios.Workload, file string) ([]manifest.Object, error) {
	paths := slices.Clone(w.Manifests)
	for i, path := range paths {
		if path != manifest.Stdin && !filepath.IsAbs(path) && onDisk(file) {
			paths[i] = filepath.Join(filepath.Dir(file), path)
		}
	}
	key := strings.Join(paths, "\x00")
	if found, done := b.read[key]; done {
		return found, nil
	}
	if slices.Contains(paths, manifest.Stdin) && b.stdin != nil {
		text, err := io.ReadAll(b.stdin)
		if err != nil {
			return nil, fmt.Errorf("read manifests from standard input: %w", err)
		}
		b.stdin, b.text = nil, string(text)
	}
	found, err := manifest.Read(strings.NewReader(b.text), paths...)
	if err != nil {
		return nil, err
	}
	if b.read == nil {
		b.read = map[string][]manifest.Object{}
	}
	b.read[key] = found
	return found, nil
}

// onDisk reports whether a scenario's file is one, so that paths in it start there.
func onDisk(file string) bool { return file != "stdin" && file != testSource }

func wantOf(w scenarios.Workload) manifest.Want {
	return manifest.Want{Target: w.Target, Controller: w.Controller, Container: w.Container, LeaveOut: w.LeaveOut}
}

// planBrought adds a scenario with a workload of the user's. What is there already
// is only looked at when its cluster has been reached.
func (s *session) planBrought(sel scenarios.Selected, overrides scenarios.Overrides) error {
	of := *sel.Scenario.Workload
	want := wantOf(of)
	if err := want.Validate(); err != nil {
		return fmt.Errorf("scenario %s: %w", sel.Scenario.Name, err)
	}
	disruption, _ := disrupt.Named(sel.Scenario.Disruption)
	p := planned{
		meta: history.Meta{
			Tool: tool(), Scenario: sel.Scenario.Name, Suite: sel.Suite, Disruption: disruption.Name, Restarts: disruption.Restarts,
			Streams: sel.Resolve(overrides), DisruptionLimit: sel.Scenario.DisruptionLimit, Users: true,
		},
		disruption: disruption,
	}
	for _, stream := range p.meta.Streams {
		if _, err := trial.WithSecrets(stream); err != nil {
			return usage("scenario %s: %v", sel.Scenario.Name, err)
		}
	}
	if of.Namespace != "" {
		p.there = &thereAlready{namespace: of.Namespace, want: want}
		p.meta.Fixture = of.Target
		s.planned = append(s.planned, p)
		return nil
	}
	objects, err := s.brings.objects(of, sel.Scenario.File)
	if err != nil {
		return fmt.Errorf("scenario %s: %w", sel.Scenario.Name, err)
	}
	found, err := manifest.Resolve(objects, want)
	if err != nil {
		return fmt.Errorf("scenario %s: %w", sel.Scenario.Name, err)
	}
	deployable, err := manifest.Deploy(objects, want)
	if err != nil {
		return fmt.Errorf("scenario %s: %w", sel.Scenario.Name, err)
	}
	if err := s.maySet(found, disruption.Name); err != nil {
		return err
	}
	p.describe(found)
	p.workload = deployable.Workload(found)
	s.planned = append(s.planned, p)
	return nil
}

// thereAlready is a target that is found once its cluster has been reached.
type thereAlready struct {
	namespace string
	want      manifest.Want
	owners    []manifest.Owner // who else decides about it; known once it was found
}

// describe takes over what is known of the target.
func (p *planned) describe(found manifest.Resolved) {
	p.meta.Fixture, p.meta.Container = found.Target.Name, found.Target.Container
	p.meta.Replicas, p.meta.Grace, p.meta.PreStop = int(found.Replicas), found.Grace, found.PreStop
}

// scales names the disruptions that set the number of replicas.
var scales = []string{"scale-down"}

// maySet refuses to scale what somebody else scales, too.
func (s *session) maySet(found manifest.Resolved, disruption string) error {
	if s.mayScale || len(found.Owners) == 0 || !slices.Contains(scales, disruption) {
		return nil
	}
	var owners []string
	for _, o := range found.Owners {
		owners = append(owners, o.String())
	}
	return usage("%s: the replicas of %s %s are decided by %s, which would set them back, or be set aside; want another disruption, or --i-may-scale",
		disruption, found.Target.Kind, found.Target.Name, strings.Join(owners, ", "))
}

// arrive finds the targets that are there already, and asks an existing cluster for
// every right that the run will need. Nothing has been made or changed until then, but
// what a run that was killed left is put back.
func (s *session) arrive(ctx context.Context, on cluster.Cluster, tell func(string)) error {
	k, reached := on.(*kube.Cluster)
	for i := range s.planned {
		p := &s.planned[i]
		if p.there == nil {
			s.tellNotes(p, tell)
			continue
		}
		if !reached {
			return usage("scenario %s: its workload is in a namespace of a cluster; want --context with the one", p.meta.Scenario)
		}
		if err := s.find(ctx, k, p); err != nil {
			return fmt.Errorf("scenario %s: %w", p.meta.Scenario, err)
		}
	}
	if !reached {
		return nil
	}
	if k.Info().Type == clusterContext {
		rights, err := k.Rights(s.uses())
		if err != nil {
			return err
		}
		if err := k.Ask(ctx, rights); err != nil {
			return err
		}
	}
	return s.putBack(ctx, k, tell)
}

// tellNotes tells what of the user's is not as they wrote it, once per workload.
func (s *session) tellNotes(p *planned, tell func(string)) {
	if p.workload.Users == nil || s.told[p.workload.Name] {
		return
	}
	if s.told == nil {
		s.told = map[string]bool{}
	}
	s.told[p.workload.Name] = true
	for _, note := range p.workload.Users.Notes {
		tell(note)
	}
}

// find looks for a target that is there, and whether it may be changed as planned.
func (s *session) find(ctx context.Context, k *kube.Cluster, p *planned) error {
	found, err := s.lookFor(ctx, k, p)
	if err != nil {
		return err
	}
	return s.maySet(found, p.disruption.Name)
}

// putBack puts back what runs that were killed have left of targets otherwise: that is
// not what the user has. It is the first thing that is written, once all rights are known.
func (s *session) putBack(ctx context.Context, k *kube.Cluster, tell func(string)) error {
	for i := range s.planned {
		p := &s.planned[i]
		if p.there == nil {
			continue
		}
		left, err := k.PutBack(ctx, p.workload)
		if err != nil {
			return fmt.Errorf("scenario %s: %w", p.meta.Scenario, err)
		}
		if left == nil {
			continue
		}
		tell(fmt.Sprintf("%s: a run that was killed had left %s (%s), which is put back", p.meta.Scenario, left, clustercontext.MarkOf(left.By)))
		if err := s.find(ctx, k, p); err != nil {
			return fmt.Errorf("scenario %s: %w", p.meta.Scenario, err)
		}
	}
	return nil
}

// lookFor finds a target among what is there, and describes it.
func (s *session) lookFor(ctx context.Context, k *kube.Cluster, p *planned) (found manifest.Resolved, err error) {
	read, err := k.Objects(ctx, p.there.namespace)
	if apierrors.IsForbidden(err) {
		p.workload = p.there.assumed()
		rights, rightsErr := k.Rights(s.uses())
		if rightsErr == nil {
			rightsErr = k.Ask(ctx, rights)
		}
		if kube.IsMissing(rightsErr) {
			return found, rightsErr
		}
	}
	if err != nil {
		return found, err
	}
	objects := make([]manifest.Object, len(read))
	for i, o := range read {
		objects[i] = manifest.Object{Unstructured: o, At: "namespace " + p.there.namespace}
	}
	if found, err = manifest.Resolve(objects, p.there.want); err != nil {
		return found, err
	}
	p.describe(found)
	p.there.owners = found.Owners
	p.workload = cluster.Workload{
		Name: found.Target.Name, Target: found.Target, Grace: found.Grace,
		Users: &cluster.Users{Namespace: p.there.namespace, Replicas: found.Replicas},
	}
	return found, nil
}

// assumed is the workload as far as it is known before it was looked at.
func (t thereAlready) assumed() cluster.Workload {
	target := cluster.Target{Kind: "Deployment"}
	if strings.HasPrefix(t.want.Controller, "sts/") || strings.HasPrefix(t.want.Controller, "statefulset") {
		target.Kind = "StatefulSet"
	}
	return cluster.Workload{Name: t.want.Target, Target: target, Users: &cluster.Users{Namespace: t.namespace}}
}

// uses are what is to be done with each planned workload on an existing cluster.
func (s *session) uses() (uses []kube.Use) {
	for _, p := range s.planned {
		if !p.bringsImages() { // else they cannot be there, and it will be skipped
			uses = append(uses, s.use(p))
		}
	}
	return uses
}

// bringsImages reports whether a workload is of images that zarif makes, which only
// its own clusters have.
func (p planned) bringsImages() bool { return p.workload.Users == nil && len(p.workload.Images) > 0 }

func (s *session) use(p planned) kube.Use {
	u := kube.Use{Workload: p.workload, Disruptions: []string{p.disruption.Name}, AgentNamespace: s.where.context.agentNamespace, Stopping: p.stopping}
	for _, stream := range p.meta.Streams {
		if !strings.Contains(stream.URL, "://") {
			u.Vantages = append(u.Vantages, stream.Vantage)
		}
	}
	if s.where.context.name != "" && s.where.context.agentImage == "" {
		u.Vantages = slices.DeleteFunc(u.Vantages, func(v string) bool { return v != history.VantageHost })
	}
	return u
}
