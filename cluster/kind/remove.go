package kind

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// look finds what there is of the cluster: its mark, and its containers in the
// engine in use and in the one that the mark names. Containers that are being
// made are waited for.
func (s *site) look(ctx context.Context) (there, error) {
	return s.lookWith(func(e engine) ([]container, error) { return e.settled(ctx, s.name) })
}

// glance is look without the waiting: what is being made is left out.
func (s *site) glance(ctx context.Context) (there, error) {
	return s.lookWith(func(e engine) ([]container, error) {
		born, _, err := e.containers(ctx, s.name)
		return born, err
	})
}

func (s *site) lookWith(list func(engine) ([]container, error)) (there, error) {
	mark, err := readMark(s.place.mark())
	if err != nil {
		return there{}, &Fault{What: "the mark of cluster " + s.name + " cannot be read", Cure: "look at the file, and delete it if it is not zarif's", Err: err}
	}
	found := there{mark: mark}
	for _, e := range s.engines(mark) {
		containers, err := list(e)
		if err != nil {
			return there{}, err
		}
		found.containers = append(found.containers, containers...)
	}
	return found, nil
}

func (s *site) engines(m *Mark) []engine {
	if m == nil || m.Engine == "" || engine(m.Engine) == s.engine {
		return []engine{s.engine}
	}
	return []engine{engine(m.Engine), s.engine}
}

// remove deletes the cluster that carries id and forgets it. The lock must be
// held. Containers that do not carry id are never touched. Processes that are
// still making containers are waited for in between.
func (s *site) remove(ctx context.Context, id string) error {
	if err := s.removeContainers(ctx, id); err != nil {
		return err
	}
	if err := awaitStragglers(ctx, s.place); err != nil {
		return fmt.Errorf("delete cluster %s: %w", s.name, err)
	}
	if err := s.removeContainers(ctx, id); err != nil {
		return err
	}
	return s.place.clear()
}

// removeContainers deletes until a listing shows nothing of id's any more.
func (s *site) removeContainers(ctx context.Context, id string) error {
	var failed error
	for attempt := range 5 {
		found, err := s.look(ctx)
		if err != nil {
			return fmt.Errorf("delete cluster %s: %w", s.name, err)
		}
		ours := slices.DeleteFunc(slices.Clone(found.containers), func(c container) bool { return c.brand.id != id })
		if len(ours) == 0 {
			return nil
		}
		if attempt == 0 && len(ours) == len(found.containers) && ours[0].engine == s.engine {
			// kind knows what else its provider left (podman's volumes), but takes all
			// of that name, so it may only when all is ours.
			failed = s.deleteByKind(ctx)
		} else {
			failed = deleteByID(ctx, ours)
		}
		if ctx.Err() != nil {
			break
		}
	}
	found, err := s.look(ctx)
	if err == nil && !slices.ContainsFunc(found.containers, func(c container) bool { return c.brand.id == id }) {
		return nil
	}
	return fmt.Errorf("delete cluster %s: %w", s.name, errors.Join(failed, err, errors.New("node containers are left")))
}

// removeBorn deletes what is there at the moment, and waits for nothing.
func (s *site) removeBorn(ctx context.Context, id string) error {
	found, err := s.glance(ctx)
	if err != nil {
		return err
	}
	return deleteByID(ctx, slices.DeleteFunc(found.containers, func(c container) bool { return c.brand.id != id }))
}

// deleteByKind ends with ctx although kind does not take one.
func (s *site) deleteByKind(ctx context.Context) error {
	if err := s.place.dropKubeconfig(); err != nil { // else kind may wait for a dead process's lock on it
		return err
	}
	done := make(chan error, 1)
	go func() { done <- s.maker.Delete(s.name, s.place.kubeconfig()) }()
	select {
	case err := <-done:
		return explain(err)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func deleteByID(ctx context.Context, containers []container) error {
	var failed []error
	for _, c := range containers {
		_, err := c.engine.output(ctx, "rm", "-f", "-v", c.id)
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}
