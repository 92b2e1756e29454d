package kube

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"zarif/cluster"
	"zarif/report/history"
)

// nodeDeployed is a Deployed on nodes that can be asked and told from outside the
// API. It is a type of its own so that a disruption finds out by its
// capabilities, before it acts, whether it can be done here.
type nodeDeployed struct {
	*Deployed
	node func(ctx context.Context, node string, argv ...string) ([]byte, error)
}

// Signal sends sig to the main process of the target container, from the node's
// PID namespace, where SIGKILL reaches a PID 1 too.
func (d *nodeDeployed) Signal(ctx context.Context, pod cluster.Pod, sig syscall.Signal) error {
	if pod.ContainerID == "" {
		return fmt.Errorf("signal pod %s: its container does not run", pod.Name)
	}
	name := unix.SignalName(sig)
	_, err := d.node(ctx, pod.Node, "ctr", "-n", "k8s.io", "task", "kill", "-s", name, pod.ContainerID)
	if err != nil {
		return fmt.Errorf("send %s to pod %s on node %s: %w", name, pod.Name, pod.Node, err)
	}
	return nil
}

// awaitExit prints, in µs by the node's clock, when the process was last seen
// (empty: never) and when it was first missed. It ends after two minutes at most,
// so that nothing is left on the node if nobody listens any more. ctr in such a
// loop would take a good part of a core from the load.
const awaitExit = `i=0; seen=
while [ $i -lt 1200 ]; do
	now=$(date +%s%6N); kill -0 "$1" 2>/dev/null || break
	seen=$now; sleep 0.1; i=$((i+1))
done
echo "${seen:--} $(date +%s%6N)"`

// runtimePause is left between two questions to the node's runtime.
const runtimePause = 100 * time.Millisecond

// AwaitProcessGone waits until the node's runtime has no running task for the
// pod's target container, and records when the process went in the watches that
// are under way, by the node's clock.
func (d *nodeDeployed) AwaitProcessGone(ctx context.Context, pod cluster.Pod) error {
	if pod.ContainerID == "" {
		return fmt.Errorf("watch the process of pod %s: its container does not run", pod.Name)
	}
	went := moment{from: time.Now()}
	for {
		tasks, err := d.node(ctx, pod.Node, "ctr", "-n", "k8s.io", "task", "ls")
		if err != nil {
			return fmt.Errorf("list the tasks of node %s: %w", pod.Node, err)
		}
		pid, running := taskOf(string(tasks), pod.ContainerID)
		if !running {
			if went.at.IsZero() {
				went.at = time.Now()
			}
			d.processGone(pod, went)
			return nil
		}
		seen, err := d.node(ctx, pod.Node, "sh", "-c", awaitExit, "sh", strconv.Itoa(pid))
		if err != nil {
			return fmt.Errorf("wait for process %d on node %s: %w", pid, pod.Node, err)
		}
		if went, err = exitSeen(string(seen), went.from); err != nil {
			return fmt.Errorf("wait for process %d on node %s: %w", pid, pod.Node, err)
		}
		if pause(ctx, runtimePause); ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}

// exitSeen reads what awaitExit printed; started bounds a process that was never seen.
func exitSeen(printed string, started time.Time) (moment, error) {
	f := strings.Fields(printed)
	if len(f) != 2 {
		return moment{}, fmt.Errorf("want two times, got %q", printed)
	}
	went := moment{from: started}
	for i, at := range []*time.Time{&went.from, &went.at} {
		if f[i] == "-" {
			continue
		}
		us, err := strconv.ParseInt(f[i], 10, 64)
		if err != nil {
			return moment{}, fmt.Errorf("want two times, got %q", printed)
		}
		*at = time.UnixMicro(us)
	}
	return went, nil
}

// taskOf finds a container's process in what `ctr task ls` prints: TASK PID STATUS.
func taskOf(listing, container string) (pid int, running bool) {
	for line := range strings.Lines(listing) {
		f := strings.Fields(line)
		if len(f) >= 3 && f[0] == container && f[2] != "STOPPED" {
			pid, err := strconv.Atoi(f[1])
			return pid, err == nil
		}
	}
	return 0, false
}

// processGone tells every watch when a process went.
func (d *Deployed) processGone(pod cluster.Pod, went moment) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for w := range d.watchers {
		e := history.Event{Source: history.SourceNode, Type: history.EventProcessGone, Pod: pod.Name, Node: pod.Node}
		e.T, e.Precision = went.span(w.epoch)
		w.event(e)
	}
}
