package trial

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"zarif/cluster"
	"zarif/loadgen"
	"zarif/loadgen/agent"
	"zarif/report/history"
)

// Where the load agent is in its container.
const (
	agentBinary = "/zarif-agent"
	agentDir    = "/data"
)

// A load is all streams of a trial, wherever they run.
type load struct {
	streams []history.Stream
	seed    uint64
	epoch   time.Time
	put     func(history.Record)
	ended   func([]history.StreamEnd) // of the streams that run in this process

	dial   loadgen.DialFunc // of the streams that run in this process
	client *agent.Client    // nil: no stream runs in the agent

	local         *loadgen.Load
	received      errgroup.Group // what the agent records
	stopFollowing context.CancelFunc
	collect       sync.Once
	done          chan error // everything was put, or why not
}

// prepareLoad finds out where each stream runs and fills in where it goes.
func (t *run) prepareLoad(ctx context.Context, deployed cluster.Deployed) (*load, error) {
	l := &load{seed: t.Meta.Seed, epoch: t.Meta.Started, put: t.record.Put, ended: t.record.ended, done: make(chan error, 1), stopFollowing: func() {}}
	sites := map[string]cluster.Site{}
	for i := range t.Meta.Streams {
		s := &t.Meta.Streams[i]
		if elsewhere(s.URL) {
			s.Source = history.SourceHarness
			continue
		}
		site, known := sites[s.Vantage]
		if !known {
			var err error
			if site, err = deployed.Site(ctx, s.Vantage); err != nil {
				return nil, fmt.Errorf("stream %s: reach the target from %s: %w", s.Name, s.Vantage, err)
			}
			sites[s.Vantage] = site
			if err := t.reach(ctx, deployed, site, s); err != nil {
				return nil, fmt.Errorf("stream %s: from %s: %w", s.Name, s.Vantage, err)
			}
		}
		s.URL = full(site, *s)
		s.Source = history.SourceHarness
		if site.Place != nil {
			s.Source = history.SourceAgent
			l.client = t.agent(site)
		} else if site.Dial != nil {
			l.dial = loadgen.DialFunc(site.Dial)
		}
	}
	l.streams = t.Meta.Streams
	return l, nil
}

// agent drives the load agent at a site.
func (t *run) agent(site cluster.Site) *agent.Client {
	return &agent.Client{Exec: site.Place.Exec, Binary: agentBinary, Dir: agentDir, Build: t.AgentBuild, Epoch: t.Meta.Started}
}

// reach waits until requests from a site, each on a new connection, come to every
// ready pod. Where pods do not say who they are it waits for answers in a row.
func (t *run) reach(ctx context.Context, deployed cluster.Deployed, site cluster.Site, s *history.Stream) error {
	if !t.Workload.NamesPods() {
		return t.answered(ctx, site, s)
	}
	if e := t.Workload.Edge; e != nil && e.Disrupted { // which names itself also where it cannot reach those behind it
		if err := t.answered(ctx, site, s); err != nil {
			return err
		}
	}
	edge := s.Vantage == history.VantageEdge
	pods, err := readyPods(ctx, deployed)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, t.times.warmupLimit, errUnreached)
	defer cancel()
	target := strings.TrimSuffix(site.URL, "/") + "/"
	switch {
	case site.Place != nil:
		err = t.agent(site).Reach(ctx, agent.ReachConfig{URL: target, Pods: pods, Through: edge})
	case edge:
		err = loadgen.ReachThrough(ctx, loadgen.DialFunc(site.Dial), target, pods)
	default:
		err = loadgen.Reach(ctx, loadgen.DialFunc(site.Dial), target, pods)
	}
	if err != nil && errors.Is(context.Cause(ctx), errUnreached) {
		err = fmt.Errorf("%w: %w", errUnreached, err)
	}
	return err
}

// answersWanted in a row say that the proxies lead to pods that serve.
const answersWanted = 30

// answered waits until the first stream of a vantage would be answered.
func (t *run) answered(ctx context.Context, site cluster.Site, s *history.Stream) (err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, t.times.warmupLimit, errUnanswered)
	defer cancel()
	asked := loadgen.Asked{Stream: *s, Answers: answersWanted}
	asked.Stream.URL = full(site, *s)
	if asked.Stream, err = WithSecrets(asked.Stream); err != nil {
		return err
	}
	if site.Place != nil {
		err = t.agent(site).Answered(ctx, asked)
	} else {
		err = loadgen.Answered(ctx, loadgen.DialFunc(site.Dial), asked)
	}
	if err != nil && errors.Is(context.Cause(ctx), errUnanswered) {
		err = fmt.Errorf("%w: %w", errUnanswered, err)
	}
	return err
}

var errUnanswered = errors.New("pods are ready, and yet requests are not answered with success")

var errUnreached = errors.New("a pod is ready, and yet new connections do not reach it")

// full is the URL of a stream that goes to a site.
func full(site cluster.Site, s history.Stream) string {
	base := strings.TrimSuffix(site.URL, "/")
	if s.Scheme != "" {
		_, host, _ := strings.Cut(base, "://")
		base = s.Scheme + "://" + host
	}
	return base + s.URL
}

// elsewhere reports whether a stream names its target itself.
func elsewhere(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && u.IsAbs()
}

// of are the streams that a source sends, as they are sent.
func (l *load) of(source string) (mine []history.Stream, err error) {
	for _, s := range l.streams {
		if s.Source != source {
			continue
		}
		if s, err = WithSecrets(s); err != nil {
			return nil, err
		}
		mine = append(mine, s)
	}
	return mine, nil
}

// start begins to send. Records arrive from then on, until wait has returned.
func (l *load) start(ctx context.Context) error {
	streams, err := l.of(history.SourceAgent)
	if err != nil {
		return fmt.Errorf("start load: %w", err)
	}
	if len(streams) > 0 {
		// The agent outlives ctx for as long as it takes to hand over what it
		// measured; wait bounds that. It is followed first, so that the clocks are
		// compared before there is load.
		following, stop := context.WithCancel(context.WithoutCancel(ctx))
		l.received.Go(func() error { return l.client.Follow(following, l.put) })
		if err := l.client.Start(ctx, agent.Plan{Streams: streams, Seed: l.seed}); err != nil {
			stop()
			return fmt.Errorf("start the load agent: %w", err)
		}
		l.stopFollowing = stop
	}
	if streams, err = l.of(history.SourceHarness); err != nil {
		return fmt.Errorf("start load: %w", err)
	}
	if len(streams) > 0 {
		l.local, err = loadgen.Start(ctx, loadgen.Config{Streams: streams, Seed: l.seed, Epoch: l.epoch, Put: l.put, Dial: l.dial})
		if err != nil {
			return fmt.Errorf("start load: %w", err)
		}
	}
	return nil
}

// end schedules no further hit.
func (l *load) end(ctx context.Context) error {
	if l.local != nil {
		l.local.End()
	}
	if l.client != nil {
		return l.client.End(ctx)
	}
	return nil
}

// abort cuts the hits in flight; they are recorded as unresolved. The load in
// this process is cut by the context that it was started with.
func (l *load) abort(ctx context.Context) error {
	if l.client != nil {
		return l.client.Abort(ctx)
	}
	return nil
}

// wait blocks until every hit has ended and every record has been put, at most
// as long as the streams' time-outs allow.
func (l *load) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, l.drainLimit())
	defer cancel()
	l.collect.Do(func() {
		go func() {
			if l.local != nil {
				l.ended(l.local.Wait())
			}
			l.done <- l.received.Wait()
		}()
	})
	select {
	case err := <-l.done:
		l.stopFollowing()
		return err
	case <-ctx.Done():
		l.stopFollowing()
		return fmt.Errorf("wait for hits in flight: %w", ctx.Err())
	}
}

// drainLimit is when every hit in flight must have ended by its own time-outs.
func (l *load) drainLimit() time.Duration {
	limit := time.Duration(0)
	for _, s := range l.streams {
		limit = max(limit, s.ConnectTimeout+s.ResponseTimeout)
	}
	return limit + 15*time.Second
}
