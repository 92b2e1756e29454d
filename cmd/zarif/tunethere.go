package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"zarif/cluster"
	"zarif/cluster/kube"
	"zarif/cluster/manifest"
	"zarif/cluster/stopping"
	"zarif/report/tune"
)

// A hookThere is the preStop hook of a workload that is there already, which a search
// changes and puts back. nil is that of one that is deployed for each trial: there is
// nothing to change.
type hookThere struct {
	stopping *kube.Stopping
	show     display
	now      tune.Candidate
	changed  bool
}

// lookAt finds out what a workload that is there has, and whether a search may change
// it. Nothing is changed yet.
func (t *tuning) lookAt(ctx context.Context, on cluster.Cluster, show display) (*hookThere, error) {
	p := &t.planned[0]
	if !p.workload.Taken() {
		return nil, nil
	}
	k, reached := on.(*kube.Cluster)
	if !reached {
		return nil, fmt.Errorf("scenario %s: its workload is there already, and this cluster has no API server to change it by", p.meta.Scenario)
	}
	s, err := k.Stopping(p.workload)
	if err != nil {
		return nil, err
	}
	if err := t.mayChange(ctx, k, p); err != nil {
		return nil, err
	}
	if err := k.Ask(ctx, s.Rights()); err != nil {
		return nil, err
	}
	was, left, err := s.Before(ctx)
	if err != nil {
		return nil, err
	}
	if left {
		show.note(fmt.Sprintf("%s: a search that was killed has left a hook of its own on %s; what was there before is what is put back", p.meta.Scenario, s))
		p.meta.PreStop = hookText(was)
		if was.Grace != nil {
			p.meta.Grace = time.Duration(*was.Grace) * time.Second
		}
	}
	return &hookThere{stopping: s, show: show, changed: left}, nil
}

// hookText is a hook as a reader would say it.
func hookText(was stopping.Saved) string {
	if len(was.PreStop) == 0 {
		return ""
	}
	if n, found, err := unstructured.NestedFieldNoCopy(was.PreStop, "sleep", "seconds"); found && err == nil {
		return fmt.Sprintf("sleep %v", n)
	}
	var kinds []string
	for kind := range was.PreStop {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	return strings.Join(kinds, ", ")
}

// scaling are owners that decide about replicas alone.
var scaling = []string{"HorizontalPodAutoscaler", "ScaledObject", "KEDA", "an autoscaler"}

// mayChange refuses a workload whose template somebody else would set back.
func (t *tuning) mayChange(ctx context.Context, k *kube.Cluster, p *planned) error {
	namespace := p.workload.Users.Namespace
	read, err := k.Objects(ctx, namespace)
	if err != nil {
		return err
	}
	objects := make([]manifest.Object, len(read))
	for i, o := range read {
		objects[i] = manifest.Object{Unstructured: o, At: "namespace " + namespace}
	}
	found, err := manifest.Resolve(objects, p.there.want)
	if err != nil {
		return err
	}
	for _, owner := range found.Owners {
		what, _, _ := strings.Cut(owner.What, " ")
		if !slices.Contains(scaling, what) && !slices.Contains(scaling, owner.What) {
			return usage("scenario %s: the template of %s %s is kept by %s, which would set the hook back; want -f with its manifests, of which a copy is deployed",
				p.meta.Scenario, found.Target.Kind, found.Target.Name, owner)
		}
	}
	return nil
}

// set makes the workload what the candidate is, and waits until it is.
func (h *hookThere) set(ctx context.Context, c tune.Candidate) error {
	if h == nil || h.now == c {
		return nil
	}
	h.show.step(fmt.Sprintf("rolling out a preStop sleep of %d s and a grace period of %d s on %s", c.PreStop, c.Grace, h.stopping))
	h.changed = true // even if it fails half way
	if err := h.stopping.Set(ctx, stopOf(c)); err != nil {
		return err
	}
	h.now = c
	return nil
}

// putBack makes the workload what it was, also when ctx has ended.
func (h *hookThere) putBack(ctx context.Context) error {
	if h == nil || !h.changed {
		return nil
	}
	h.show.step("putting the preStop hook and the grace period of " + h.stopping.String() + " back")
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Minute)
	defer cancel()
	return h.stopping.PutBack(ctx)
}
