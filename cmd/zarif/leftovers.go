package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"

	clustercontext "zarif/cluster/context"
	"zarif/cluster/doctor"
	"zarif/cluster/kind"
	"zarif/cluster/kube"
)

// lookWithin bounds a look at an existing cluster: one that does not answer must not
// keep the doctor for long.
const lookWithin = 20 * time.Second

// A looked is an existing cluster that is looked at.
type looked struct {
	*clustercontext.Connection
	client  kubernetes.Interface
	objects dynamic.Interface
}

// look reaches the cluster without holding it.
func (o contextOptions) look() (at looked, err error) {
	dir, err := kind.DefaultStateDir()
	if err != nil {
		return at, err
	}
	at.Connection, err = clustercontext.Look(clustercontext.Config{Kubeconfig: o.kubeconfig, Context: o.name, StateDir: dir})
	var unknown *clustercontext.UnknownError
	if errors.As(err, &unknown) {
		return at, usage("--context: %v", err)
	}
	if err != nil {
		return at, err
	}
	if at.client, err = kubernetes.NewForConfig(at.REST); err == nil {
		at.objects, err = dynamic.NewForConfig(at.REST)
	}
	if err != nil {
		return at, fmt.Errorf("context %s: %w", o.name, err)
	}
	return at, nil
}

// sorted tells what a run left that has ended from what may be another machine's. A
// run of this machine that goes on holds the lock, and its things are neither.
func sorted(all []kube.Leftover, lock string, idle bool) (gone, others []kube.Leftover) {
	for _, l := range all {
		switch mark := clustercontext.MarkOf(l.Annotations); {
		case mark.Lock != lock:
			others = append(others, l)
		case idle:
			gone = append(gone, l)
		}
	}
	return gone, others
}

func namesOf(all []kube.Leftover) (names []string) {
	for _, l := range all {
		names = append(names, fmt.Sprintf("%s (%s)", l, clustercontext.MarkOf(l.Annotations)))
	}
	return names
}

// leftovers are what the doctor tells.
func (o contextOptions) leftovers(ctx context.Context) (left doctor.Leftovers, err error) {
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	conn, err := o.look()
	if err != nil {
		return left, err
	}
	held := conn.Hold()
	if held != nil && !errors.Is(held, clustercontext.ErrBusy) {
		return left, held
	}
	all, unseen, err := kube.Leftovers(ctx, conn.client, conn.objects, o.agentNamespace)
	if err = errors.Join(err, conn.Close(ctx)); err != nil {
		return left, err
	}
	gone, others := sorted(all, conn.LockID(), held == nil)
	return doctor.Leftovers{Gone: namesOf(gone), Others: namesOf(others), Unseen: unseen}, nil
}

// removeLeftovers removes what runs left that have ended, and nothing else.
func (o contextOptions) removeLeftovers(ctx context.Context, io streams) (err error) {
	conn, err := o.look()
	if err != nil {
		return err
	}
	if err := conn.Hold(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	looking, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	all, unseen, err := kube.Leftovers(looking, conn.client, conn.objects, o.agentNamespace)
	if err != nil {
		return err
	}
	gone, others := sorted(all, conn.LockID(), true)
	for _, l := range gone {
		if err := l.Remove(ctx, conn.client); err != nil {
			return err
		}
		done := "deleted"
		if l.Change != nil {
			done = "put back"
		}
		fmt.Fprintf(io.err, "%s %s\n", done, l)
	}
	if len(gone) == 0 {
		fmt.Fprintln(io.err, "nothing is there that a run of this machine left")
	}
	for _, name := range namesOf(others) {
		fmt.Fprintf(io.err, "left alone: %s; whether that run goes on cannot be told from here\n", name)
	}
	for _, what := range unseen {
		fmt.Fprintf(io.err, "not looked for: %s\n", what)
	}
	return nil
}
