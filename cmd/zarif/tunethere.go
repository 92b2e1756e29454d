package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"zarif/cluster"
	"zarif/cluster/kube"
	"zarif/report/tune"
)

// A hookThere is the preStop hook of a workload that is there already, which a search
// changes and puts back. nil is that of one that is deployed for each trial: there is
// nothing to change.
type hookThere struct {
	k       *kube.Cluster
	of      cluster.Workload
	show    display
	now     tune.Candidate
	changed bool
}

// lookAt finds out whether a search may change a workload that is there. Nothing is
// changed yet.
func (t *tuning) lookAt(on cluster.Cluster, show display) (*hookThere, error) {
	p := &t.planned[0]
	if !p.workload.Taken() {
		return nil, nil
	}
	k, reached := on.(*kube.Cluster)
	if !reached {
		return nil, fmt.Errorf("scenario %s: its workload is there already, and this cluster has no API server to change it by", p.meta.Scenario)
	}
	if err := p.mayChange(); err != nil {
		return nil, err
	}
	return &hookThere{k: k, of: p.workload, show: show}, nil
}

// scaling are owners that decide about replicas alone.
var scaling = []string{"HorizontalPodAutoscaler", "ScaledObject", "KEDA", "an autoscaler"}

// mayChange refuses a workload whose template somebody else would set back.
func (p *planned) mayChange() error {
	for _, owner := range p.there.owners {
		what, _, _ := strings.Cut(owner.What, " ")
		if !slices.Contains(scaling, what) && !slices.Contains(scaling, owner.What) {
			return usage("scenario %s: the template of %s %s is kept by %s, which would set the hook back; want -f with its manifests, of which a copy is deployed",
				p.meta.Scenario, p.workload.Target.Kind, p.workload.Target.Name, owner)
		}
	}
	return nil
}

func (h *hookThere) String() string { return h.of.Target.Kind + " " + h.of.Target.Name }

// set makes the workload what the candidate is, and waits until it is.
func (h *hookThere) set(ctx context.Context, c tune.Candidate) error {
	if h == nil || h.now == c {
		return nil
	}
	h.show.step(fmt.Sprintf("rolling out a preStop sleep of %d s and a grace period of %d s on %s", c.PreStop, c.Grace, h))
	h.changed = true // even if it fails half way
	if err := h.k.SetStopping(ctx, h.of, stopOf(c)); err != nil {
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
	h.show.step("putting back how the pods of " + h.String() + " end")
	_, err := h.k.PutBack(context.WithoutCancel(ctx), h.of) // which is bounded
	return err
}
