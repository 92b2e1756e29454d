package main

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"zarif/cluster"
	"zarif/cmd/zarif/payload"
	"zarif/report/history"
	"zarif/scenarios/trial"
)

// A choiceWithAgent is where trials run and what loads them. Nothing is made yet.
type choiceWithAgent struct {
	choice
	agent  []byte
	builds string // of agents that may answer
}

// choose decides where to run: for a resumed run where it began.
func (s *session) choose(ctx context.Context) (at choiceWithAgent, err error) {
	if at.agent, err = payload.Binary(payload.Agent); err != nil {
		return at, err
	}
	if at.builds, err = agentBuilds(); err != nil {
		return at, err
	}
	if s.resumed != nil {
		at.choice = choice{cluster: s.resumed.plan.Cluster.Type, why: s.resumed.plan.Cluster.Why}
		return at, ctx.Err()
	}
	at.choice, err = s.where.choose(ctx, theEngine)
	return at, err
}

// visit makes or takes the cluster, finds there what was planned, has do run trials,
// and gives the cluster back, also when ctx has ended.
func (s *session) visit(ctx context.Context, at choiceWithAgent, show display, do func(*site, history.ClusterInfo) error) error {
	s.where.local.dir, s.where.local.seed = filepath.Join(s.out, "cluster"), s.seed
	s.where.kind.images = s.images()
	on, err := s.where.open(ctx, at.choice, at.agent, show.step)
	if err != nil {
		return err
	}
	info := on.Info()
	info.Why = at.why
	if err = s.arrive(ctx, on, show.note); err == nil {
		err = do(&site{cluster: on, build: at.builds, show: show, execute: sparing(trial.Run)}, info)
	}
	show.step("giving the cluster back")
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Minute)
	defer cancel()
	return errors.Join(err, on.Close(closing))
}

// images are those that the planned trials need.
func (s *session) images() (images []cluster.Image) {
	for _, p := range s.planned {
		images = append(images, p.workload.AllImages()...)
	}
	return images
}
