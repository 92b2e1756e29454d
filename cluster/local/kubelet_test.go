package local

import (
	"errors"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"zarif/cluster"
	"zarif/report/history"
)

func TestAKilledContainerRunsAgain(t *testing.T) {
	t.Parallel()
	delays := quick()
	// The status lags far behind what happens, which must not hide any of it.
	delays.Ended = Constant(300 * time.Millisecond)
	d := deploy(t, newCluster(t, delays), workload(t, "go-shutdown", nil), true)
	p := stateOf(d).Pods[1]
	awaitTold(t, d, history.EventEndpointReady, p.Name, 1)
	if err := d.Signal(t.Context(), p, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	await(t, d, "ready again after exit code 137", func(s cluster.State) bool {
		now, _ := s.Pod(p.UID)
		return s.Settled() && now.Restarts == 1 && now.ExitCode != nil && *now.ExitCode == 137 && now.ContainerID != p.ContainerID
	})
	awaitTold(t, d, history.EventEndpointReady, p.Name, 2)
	var order []string
	all, _ := d.since(0)
	for _, e := range all {
		if e.event.Pod == p.Name {
			order = append(order, e.event.Type)
		}
	}
	order = order[slices.Index(order, history.EventContainerExited):]
	for _, pair := range [][2]string{
		{history.EventPodNotReady, history.EventPodReady}, {history.EventEndpointNotReady, history.EventEndpointReady},
		{history.EventContainerExited, history.EventContainerStarted}, {history.EventPodReady, history.EventEndpointReady},
	} {
		if a, b := slices.Index(order, pair[0]), slices.Index(order, pair[1]); a < 0 || b < a {
			t.Errorf("told %v; want %s before %s", order, pair[0], pair[1])
		}
	}
	exit := d.toldOf(history.EventContainerExited, p.Name)[0].event.Attrs
	if exit["exitCode"] != "137" || exit["signal"] != "9" || exit["restarts"] != "0" || exit["reason"] != "Error" {
		t.Errorf("exit: %v", exit)
	}
	if again := d.toldOf(history.EventContainerStarted, p.Name)[1].event.Attrs; again["restarts"] != "1" {
		t.Errorf("start: %v", again)
	}
}

// The first restart is at once, the second one waits.
func TestAContainerThatKeepsEndingIsHeldBack(t *testing.T) {
	t.Parallel()
	for _, x := range []struct{ name, command, code string }{
		{"it exits", "echo run; exit 7", "7"}, {"it cannot be started", "", ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			w := shell(t, x.command, func(objects map[string]*unstructured.Unstructured) {
				if x.command == "" {
					edit(t, objects["Deployment"], containers("command", "/no/such/program"))
				}
			})
			d := deploy(t, newCluster(t, quick()), w, false)
			kind := history.EventContainerExited
			if x.command == "" {
				kind = history.EventNote
			}
			name := onlyPod(t, d, "there", func(cluster.Pod) bool { return true }).Name
			second := awaitTold(t, d, kind, name, 2)
			if x.code != "" && second.event.Attrs["exitCode"] != x.code || x.code == "" && !strings.Contains(second.event.Attrs["text"], "/no/such/program") {
				t.Errorf("%v", second.event.Attrs)
			}
			time.Sleep(300 * time.Millisecond) // a third one would come within 20 ms
			if n := len(d.toldOf(kind, name)); n != 2 {
				t.Errorf("it ended %d times without a pause", n)
			}
			if s := stateOf(d); s.Pods[0].Ready || s.Pods[0].Restarts > 1 {
				t.Errorf("%s", summary(s))
			}
			began := time.Now()
			_ = d.Delete(t.Context(), stateOf(d).Pods[0], nil)
			awaitTold(t, d, history.EventPodGone, "", 1)
			if time.Since(began) > firstBackOff/2 {
				t.Error("its deletion has waited for the back-off")
			}
		})
	}
}

// Whatever a pod is doing when it is deleted, it goes, and its replacement comes.
func TestAPodIsDeletedWhileItComesUp(t *testing.T) {
	t.Parallel()
	long := Constant(time.Hour)
	for _, x := range []struct {
		name   string
		delays func(*Delays)
		until  string
		gone   bool // at once
	}{
		{"before it has a node", func(d *Delays) { d.Schedule = long }, history.EventPodCreated, true},
		{"before it runs", func(d *Delays) { d.Start = long }, history.EventPodScheduled, false},
		{"before it is known to run", func(d *Delays) { d.Status = Constant(200 * time.Millisecond) }, history.EventContainerStarted, false},
		{"between two runs", func(d *Delays) { d.Again = long }, history.EventContainerExited, false},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			delays := quick()
			x.delays(&delays)
			script := `trap "exit 0" TERM; ` + forever
			if x.until == history.EventContainerExited {
				script = "exit 1"
			}
			d := deploy(t, newCluster(t, delays), shell(t, script, nil), false)
			awaitTold(t, d, x.until, "", 1)
			p := stateOf(d).Pods[0]
			if err := d.Delete(t.Context(), p, nil); err != nil {
				t.Fatal(err)
			}
			if _, there := stateOf(d).Pod(p.UID); there == x.gone {
				t.Errorf("there at once: %t", there)
			}
			awaitTold(t, d, history.EventPodGone, p.Name, 1)
			awaitTold(t, d, history.EventPodCreated, "", 2)
			if err := d.AwaitProcessGone(t.Context(), p); err != nil {
				t.Error(err)
			}
			if x.gone && len(d.toldOf(history.EventPodScheduled, p.Name)) != 0 {
				t.Error("it was scheduled after its end")
			}
		})
	}
}

func TestAPodEndsInOrder(t *testing.T) {
	t.Parallel()
	delays := quick()
	delays.Teardown, delays.Remove = Constant(500*time.Millisecond), Constant(time.Second)
	d := deploy(t, newCluster(t, delays), workload(t, "go-exit", nil), true)
	p := stateOf(d).Pods[0]
	if p.IP == "" || p.Node != Node || p.ContainerID == "" {
		t.Errorf("%+v", p)
	}
	_ = d.Delete(t.Context(), p, nil)
	await(t, d, "terminal", func(s cluster.State) bool {
		now, there := s.Pod(p.UID)
		return there && now.Finished && !now.Ready && *now.ExitCode == 0
	})
	awaitTold(t, d, history.EventPodGone, p.Name, 1)
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.every[p.UID].addressGone {
		t.Error("its address is still there though its object is gone, which takes longer here")
	}
}

func TestOnlyWhatRunsCanBeSignalled(t *testing.T) {
	delays := quick()
	delays.Schedule = Constant(time.Hour)
	d := deploy(t, newCluster(t, delays), sketch(t, "go-exit", nil), false)
	if err := d.Signal(t.Context(), stateOf(d).Pods[0], syscall.SIGKILL); err == nil || !strings.Contains(err.Error(), "does not run") {
		t.Errorf("error %v", err)
	}
	if err := d.Signal(t.Context(), cluster.Pod{UID: "x", Name: "x"}, syscall.SIGKILL); err == nil || errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("error %v", err)
	}
	if err := d.AwaitProcessGone(t.Context(), cluster.Pod{UID: "x", Name: "x"}); err == nil {
		t.Error("nobody's process is gone")
	}
}
