package kind

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"sigs.k8s.io/kind/pkg/cluster"
)

// Bounds of what Up and Close wait for.
const (
	readyWithin  = 5 * time.Minute
	removeWithin = 5 * time.Minute
	// createPatience is how long an interrupted creation may go on before its
	// containers are taken from under it, and again before that is repeated.
	createPatience = 5 * time.Second
)

// maker is what Up needs of kind.
type maker interface {
	Create(name string, options ...cluster.CreateOption) error
	Delete(name, kubeconfig string) error
}

// A site is one cluster as Up and Down see it: its engine, its place on disk and
// what kind says while it works.
type site struct {
	name     string
	place    place
	engine   engine
	maker    maker
	narrator *narrator
}

func newSite(stateDir, name string, e engine, progress func(string)) *site {
	n := &narrator{step: progress}
	return &site{name: name, place: placeOf(stateDir, name), engine: e, maker: e.provider(n), narrator: n}
}

// Up makes the cluster, or takes a kept one of ours that fits, and holds it for
// this process until Close. It returns once every node, CoreDNS and kube-proxy
// are ready. When it fails or ctx ends, nothing is left behind: a creation that
// is under way cannot be broken off and is waited for first.
//
// Errors about the machine are *Fault or *InUse.
func Up(ctx context.Context, c Config) (*Provisioned, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	info, err := Describe(ctx)
	if err != nil {
		return nil, err
	}
	s := newSite(c.StateDir, c.Name, engine(info.Name), c.Progress)
	imageID, present, err := s.engine.imageID(ctx, c.Image)
	if err != nil {
		return nil, err
	}
	if !present {
		return nil, &Fault{What: fmt.Sprintf("%s does not have the node image %s", s.engine, c.Image), Cure: imageCure}
	}
	want, err := newMark(c, info.Name, imageID)
	if err != nil {
		return nil, err
	}
	held, err := acquire(ctx, s.place, c.Name)
	if err != nil {
		return nil, err
	}
	p := &Provisioned{site: s, config: c, mark: want, lock: held}
	if err := p.up(ctx, !info.nodesRoutable() || c.HostPort != 0); err != nil {
		return nil, errors.Join(err, held.release())
	}
	return p, nil
}

// up acts on what is there already. On error nothing new is left.
func (p *Provisioned) up(ctx context.Context, mapped bool) error {
	found, err := p.site.look(ctx)
	if err != nil {
		return err
	}
	todo, err := decide(p.mark, found)
	if err != nil {
		return err
	}
	switch todo {
	case reuse:
		return p.reuse(ctx, found.mark)
	case replace:
		if len(found.containers) > 0 {
			p.config.Progress("Removing what an interrupted run left of cluster " + p.config.Name)
		}
		if err := p.site.remove(ctx, found.mark.ID); err != nil {
			return err
		}
	}
	if err := checkPort(p.config.HostPort); err != nil {
		return err
	}
	err = p.make(ctx, mapped)
	if err == nil {
		return nil
	}
	// The mark stays where removing fails, so that the rest can still be found.
	return errors.Join(err, bounded(ctx, removeWithin, func(ctx context.Context) error {
		return p.site.remove(ctx, p.mark.ID)
	}))
}

// reuse takes a kept cluster as it is.
func (p *Provisioned) reuse(ctx context.Context, m *Mark) error {
	p.config.Progress("Using the kept cluster " + p.config.Name)
	p.mark, p.reused = m, true
	if err := p.exportKubeconfig(); err != nil {
		return err
	}
	return p.awaitReady(ctx)
}

// make creates the cluster anew and waits until it is ready.
func (p *Provisioned) make(ctx context.Context, mapped bool) error {
	if err := p.site.place.dropKubeconfig(); err != nil {
		return err
	}
	if err := p.mark.write(p.site.place.mark()); err != nil {
		return err
	}
	if err := p.site.create(ctx, p.mark.ID,
		cluster.CreateWithV1Alpha4Config(spec(p.config, p.mark, mapped)),
		cluster.CreateWithKubeconfigPath(p.site.place.kubeconfig()),
		// After a failure the nodes are still there to be asked why; removing them
		// is ours anyway, and kind would take all of that name.
		cluster.CreateWithRetain(true),
	); err != nil {
		return err
	}
	if err := p.awaitReady(ctx); err != nil {
		return err
	}
	p.mark.Ready = true
	return p.mark.write(p.site.place.mark())
}

// create runs kind's creation, which takes no context. When ctx ends it waits for
// kind, so that nothing is made after what was made has been removed.
func (s *site) create(ctx context.Context, id string, options ...cluster.CreateOption) error {
	end, err := holdForStragglers(s.place)
	if err != nil {
		return err
	}
	defer end()
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("create cluster %s: %w", s.name, err)
	}
	done := make(chan error, 1)
	go func() { done <- s.maker.Create(s.name, options...) }()
	select {
	case err = <-done:
	case <-ctx.Done():
		s.narrator.tell("Interrupted: waiting for kind to finish, then the cluster is deleted")
		s.outwait(ctx, id, done)
		return fmt.Errorf("create cluster %s: %w", s.name, ctx.Err())
	}
	if err != nil {
		return &Fault{
			What: fmt.Sprintf("kind could not create cluster %s", s.name),
			Cure: "zarif doctor looks for what the machine lacks",
			Err:  fmt.Errorf("%w\n%s%s", explain(err), s.narrator.last(), s.lastWords(ctx)),
		}
	}
	return nil
}

// lastWords are the last lines of every node that has stopped: a node that
// cannot start says why only there.
func (s *site) lastWords(ctx context.Context) string {
	containers, _, err := s.engine.containers(ctx, s.name)
	if err != nil {
		return ""
	}
	var words strings.Builder
	for _, c := range containers {
		if c.running {
			continue
		}
		said, err := s.engine.logs(ctx, c.id)
		if last := tail(said, 8); err == nil && last != "" {
			fmt.Fprintf(&words, "\nnode %s has stopped; its last words:\n%s", c.name, last)
		}
	}
	return words.String()
}

// outwait waits for an interrupted creation, which ends sooner once it has lost
// its containers: whatever it does in them fails.
func (s *site) outwait(ctx context.Context, id string, done <-chan error) {
	patience := time.NewTimer(createPatience)
	defer patience.Stop()
	for {
		select {
		case <-done:
			return
		case <-patience.C:
			// Its error does not matter: all is removed and looked for again afterwards.
			_ = bounded(ctx, removeWithin, func(ctx context.Context) error { return s.removeBorn(ctx, id) })
			patience.Reset(createPatience)
		}
	}
}

// bounded runs a cleaning-up in a context of its own: that of the work may have
// ended.
func bounded(ctx context.Context, limit time.Duration, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	return do(ctx)
}
