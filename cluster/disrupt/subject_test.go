package disrupt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"syscall"

	"zarif/cluster"
)

// errStuck is what Await of a machine gives when no further state comes.
var errStuck = errors.New("no further state comes")

// A machine is a subject that goes through the states of a Deployment, one after
// another, and shows Await every single one. It notes what is done to it.
type machine struct {
	state cluster.State
	next  []func(*cluster.State) // what the controllers will do
	log   []string
	fail  map[string]error // by act
	// stale is how many further times the state of before is shown after an act.
	stale int
	made  int // pods made so far
	seen  []cluster.State
}

func newMachine(replicas int) *machine {
	m := &machine{fail: map[string]error{}}
	m.state.Generation, m.state.ObservedGeneration, m.state.Desired = 1, 1, int32(replicas)
	for range replicas {
		m.add(&m.state)
	}
	for i := range m.state.Pods {
		m.state.Pods[i].Ready = true
	}
	return m
}

func (m *machine) add(s *cluster.State) {
	m.made++
	s.Pods = append(s.Pods, cluster.Pod{Name: fmt.Sprintf("pod-%c", 'z'-rune(m.made)), UID: fmt.Sprintf("uid-%d", m.made), Node: "node", ContainerID: fmt.Sprintf("c%d", m.made), Current: true})
}

func clone(s cluster.State) cluster.State {
	s.Pods = slices.Clone(s.Pods)
	return s
}

func (m *machine) Await(ctx context.Context, what string, done func(cluster.State) bool) error {
	for {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("wait for %s: %w", what, err)
		}
		m.seen = append(m.seen, clone(m.state))
		if done(clone(m.state)) {
			return nil
		}
		if m.stale > 0 {
			m.stale--
			continue
		}
		if len(m.next) == 0 {
			return fmt.Errorf("wait for %s: %w", what, errStuck)
		}
		m.state = clone(m.state)
		m.next[0](&m.state)
		m.next = m.next[1:]
	}
}

func (m *machine) then(steps ...func(*cluster.State)) { m.next = append(m.next, steps...) }

func (m *machine) act(what string) error {
	m.log = append(m.log, what)
	return m.fail[what]
}

func pod(s *cluster.State, uid string) *cluster.Pod {
	for i := range s.Pods {
		if s.Pods[i].UID == uid {
			return &s.Pods[i]
		}
	}
	return nil
}

// Steps of the controllers and the kubelet.
func (m *machine) create() func(*cluster.State) { return m.add }
func ready() func(*cluster.State) {
	return func(s *cluster.State) {
		for i := range s.Pods {
			s.Pods[i].Ready = s.Pods[i].Ready || !s.Pods[i].Deleting
		}
	}
}
func deleting(uid string) func(*cluster.State) {
	return func(s *cluster.State) { pod(s, uid).Deleting = true }
}
func remove(uid string) func(*cluster.State) {
	return func(s *cluster.State) {
		s.Pods = slices.DeleteFunc(s.Pods, func(p cluster.Pod) bool { return p.UID == uid })
	}
}

// everything is a machine with every capability.
type everything struct {
	*machine
	processAlive bool
	killed       []func(*cluster.State) // what a signal leads to; nil: what it should
	refusals     int                    // how many evictions a budget refuses; -1: all
}

func (e *everything) Restart(context.Context) error {
	old := e.state.Pods
	e.then(func(s *cluster.State) {
		s.Generation++
		for i := range s.Pods {
			s.Pods[i].Current = false
		}
	})
	for _, p := range old {
		e.then(e.create(), func(s *cluster.State) { s.ObservedGeneration = s.Generation }, ready(), deleting(p.UID), remove(p.UID))
	}
	return e.act("restart")
}

func (e *everything) Scale(_ context.Context, replicas int32) error {
	err := e.act(fmt.Sprintf("scale %d", replicas))
	if err != nil {
		return err
	}
	e.then(func(s *cluster.State) { s.Generation++; s.Desired = replicas }, func(s *cluster.State) { s.ObservedGeneration++ })
	for i := int32(len(e.state.Pods)); i < replicas; i++ {
		e.then(e.create(), ready())
	}
	for i := replicas; i < int32(len(e.state.Pods)); i++ {
		uid := e.state.Pods[i].UID
		e.then(deleting(uid), remove(uid))
	}
	return nil
}

func (e *everything) Delete(_ context.Context, p cluster.Pod, grace *int64) error {
	if grace == nil {
		e.then(deleting(p.UID), e.create(), ready(), remove(p.UID))
		return e.act("delete " + p.UID)
	}
	e.processAlive = true
	e.then(remove(p.UID), e.create(), ready())
	return e.act(fmt.Sprintf("delete %s %d", p.UID, *grace))
}

func (e *everything) Evict(_ context.Context, p cluster.Pod) error {
	if err := e.act("evict " + p.UID); err != nil {
		return err
	}
	if e.refusals != 0 {
		e.refusals--
		return fmt.Errorf("evict: %w", &RefusedError{Budget: "all-of-them", Reason: "it needs 3 healthy pods and has 3"})
	}
	e.then(deleting(p.UID), e.create(), ready(), remove(p.UID))
	return nil
}

func (e *everything) Signal(_ context.Context, p cluster.Pod, sig syscall.Signal) error {
	if err := e.act(fmt.Sprintf("signal %s %d", p.UID, sig)); err != nil {
		return err
	}
	if e.killed != nil {
		e.then(e.killed...)
		return nil
	}
	exitCode := int32(137)
	e.then(
		func(s *cluster.State) { pod(s, p.UID).ExitCode = &exitCode },
		func(s *cluster.State) { v := pod(s, p.UID); v.Ready, v.Restarts = false, v.Restarts+1 },
		ready(),
	)
	return nil
}

func (e *everything) AwaitProcessGone(_ context.Context, p cluster.Pod) error {
	e.processAlive = false
	return e.act("gone " + p.UID)
}
