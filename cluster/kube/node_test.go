package kube

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"zarif/cluster"
	"zarif/cluster/disrupt"
	"zarif/report/history"
)

func TestTaskOf(t *testing.T) {
	const listing = "TASK    PID     STATUS\nabc     4711    RUNNING\nabcd    4712    RUNNING\nold     0       STOPPED\n"
	for _, c := range []struct {
		container string
		pid       int
		running   bool
	}{
		{"abc", 4711, true}, {"abcd", 4712, true}, {"ab", 0, false}, {"old", 0, false}, {"TASK", 0, false},
	} {
		if pid, running := taskOf(listing, c.container); pid != c.pid && c.running || running != c.running {
			t.Errorf("%s: %d, %t; want %d, %t", c.container, pid, running, c.pid, c.running)
		}
	}
}

func TestExitSeen(t *testing.T) {
	started := at(1)
	for _, c := range []struct {
		name, printed string
		want          moment
		fault         bool
	}{
		{"seen and missed", fmt.Sprintf("%d %d\n", at(3).UnixMicro(), at(4).UnixMicro()), moment{from: at(3), at: at(4)}, false},
		{"never seen", fmt.Sprintf("- %d\n", at(4).UnixMicro()), moment{from: started, at: at(4)}, false},
		{"nothing", "", moment{}, true},
		{"no times", "a b", moment{}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := exitSeen(c.printed, started)
			if (err != nil) != c.fault || !got.from.Equal(c.want.from) || !got.at.Equal(c.want.at) {
				t.Errorf("got %v, error %v; want %v", got, err, c.want)
			}
		})
	}
}

func TestAwaitProcessGoneTellsTheWatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		var got tape
		d := &nodeDeployed{Deployed: aTracked(), node: func(_ context.Context, node string, argv ...string) ([]byte, error) {
			if node != "n" {
				return nil, fmt.Errorf("node %q", node)
			}
			if argv[0] == "sh" {
				return fmt.Appendf(nil, "%d %d\n", at(7).UnixMicro(), at(7.5).UnixMicro()), nil
			}
			// The runtime still has the task for a while after its process has gone.
			if asked++; asked < 3 {
				return []byte("TASK PID STATUS\nc1 42 RUNNING\n"), nil
			}
			return []byte("TASK PID STATUS\n"), nil
		}}
		d.watchers[&watcher{d: d.Deployed, epoch: epoch, sink: got.Put}] = true
		if err := d.AwaitProcessGone(t.Context(), cluster.Pod{Name: "p", Node: "n", ContainerID: "c1"}); err != nil {
			t.Fatal(err)
		}
		if asked != 3 {
			t.Errorf("asked the runtime %d times, want 3", asked)
		}
		wantTold(t, got.Events, []string{"7+0.5 process-gone p"})
		if e := got.Events[0]; e.Source != history.SourceNode || e.Node != "n" {
			t.Errorf("source %q, node %q", e.Source, e.Node)
		}
	})
}

func TestAwaitProcessGoneEndsWithItsContext(t *testing.T) {
	d := &nodeDeployed{Deployed: aTracked(), node: func(_ context.Context, _ string, argv ...string) ([]byte, error) {
		if argv[0] == "sh" {
			return []byte("- 1\n"), nil
		}
		return []byte("c1 42 RUNNING\n"), nil
	}}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	err := d.AwaitProcessGone(ctx, cluster.Pod{Name: "p", Node: "n", ContainerID: "c1"})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

func TestSignal(t *testing.T) {
	var ran string
	broken := errors.New("no such container")
	d := &nodeDeployed{Deployed: aTracked(), node: func(_ context.Context, node string, argv ...string) ([]byte, error) {
		ran = node + ": " + strings.Join(argv, " ")
		return nil, broken
	}}
	err := d.Signal(t.Context(), cluster.Pod{Name: "p", Node: "n", ContainerID: "c1"}, syscall.SIGKILL)
	if want := "n: ctr -n k8s.io task kill -s SIGKILL c1"; ran != want || !errors.Is(err, broken) {
		t.Errorf("ran %q, want %q; error %v", ran, want, err)
	}
	ran = ""
	if err := d.Signal(t.Context(), cluster.Pod{Name: "p", Node: "n"}, syscall.SIGKILL); err == nil || ran != "" {
		t.Errorf("a container that does not run: ran %q, error %v", ran, err)
	}
}

// What needs the nodes is not even offered where they cannot be asked.
func TestCapabilities(t *testing.T) {
	for _, c := range []struct {
		name    string
		subject disrupt.Subject
		nodes   bool
	}{
		{"without nodes", aTracked(), false},
		{"with nodes", &nodeDeployed{Deployed: aTracked()}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, signals := c.subject.(disrupt.Signaller)
			_, watches := c.subject.(disrupt.ProcessWatcher)
			_, deletes := c.subject.(disrupt.Deleter)
			_, scales := c.subject.(disrupt.Scaler)
			_, restarts := c.subject.(disrupt.Restarter)
			if signals != c.nodes || watches != c.nodes || !deletes || !scales || !restarts {
				t.Errorf("signals %t, watches processes %t, deletes %t, scales %t, restarts %t", signals, watches, deletes, scales, restarts)
			}
		})
	}
}
