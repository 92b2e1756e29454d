package local

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"zarif/cluster"
	"zarif/report/history"
)

const (
	// forever waits and can be interrupted.
	forever = "while :; do sleep 0.02; done"
	// deaf does not hear the stop signal.
	deaf = `trap "" TERM; echo up; ` + forever
)

// A takedown is what became of a pod that was deleted.
type takedown struct {
	deleted, exited time.Time
	code, signal    string
	output, notes   string
}

func (e takedown) took() time.Duration { return e.exited.Sub(e.deleted) }

// takeDown deletes the only pod of a workload once it has written "up", and waits
// for its end.
func takeDown(t *testing.T, c *Cluster, w cluster.Workload, grace *int64) takedown {
	t.Helper()
	d := deploy(t, c, w, false)
	p := onlyPod(t, d, "ready", ready)
	awaitOutput(t, d, p.Name, "up")
	if err := d.Delete(t.Context(), p, grace); err != nil {
		t.Fatal(err)
	}
	exit := awaitTold(t, d, history.EventContainerExited, p.Name, 1)
	e := takedown{
		deleted: d.toldOf(history.EventPodDeleted, p.Name)[0].at, exited: exit.at,
		code: exit.event.Attrs["exitCode"], signal: exit.event.Attrs["signal"],
	}
	awaitTold(t, d, history.EventPodGone, p.Name, 1)
	if err := d.AwaitProcessGone(t.Context(), p); err != nil {
		t.Error(err)
	}
	for _, n := range d.toldOf(history.EventNote, p.Name) {
		e.notes += n.event.Attrs["text"] + "\n"
	}
	killing := d.toldOf(history.EventKubernetes, p.Name)
	if len(killing) == 0 || killing[0].event.Attrs["reason"] != "Killing" || killing[0].event.Attrs["message"] != "Stopping container app" {
		t.Errorf("told %v, want first that the kubelet stops the container", killing)
	}
	for _, failed := range killing[min(1, len(killing)):] {
		e.notes += failed.event.Attrs["reason"] + ": " + failed.event.Attrs["message"] + "\n"
	}
	for _, l := range d.logsFrom(0)[:1] { // that of its replacement has no end
		for ended := false; !ended; {
			var grew <-chan struct{}
			if _, ended, grew = l.from(0); !ended {
				<-grew
			}
		}
	}
	e.output = d.output(p.Name)
	return e
}

// podSpec is YAML that sets something of the pods' spec.
func podSpec(text string) string { return "spec: {template: {spec: {" + text + "}}}" }

func TestTakeDown(t *testing.T) {
	t.Parallel()
	c := newCluster(t, quick())
	dir := t.TempDir()
	on := func(signal, do string) string { return `trap '` + do + `' ` + signal + `; echo up; ` + forever }
	for _, x := range []struct {
		name, script string
		spec         string // of the pods
		grace        *int64
		code, signal string
		output       string
		notes        string
		atLeast      time.Duration // from the deletion to the exit
		alone        bool          // needs a PID namespace
	}{
		{name: "the stop signal", script: on("TERM", "echo bye; exit 3"), code: "3", output: "bye"},
		{name: "the kernel ends a process without a handler, but not PID 1", script: "echo up; " + forever,
			grace: new(int64(1)), code: "137", signal: "9", atLeast: 2 * time.Second, alone: true},
		{name: "SIGKILL at the end", script: deaf, spec: "terminationGracePeriodSeconds: 3", code: "137", signal: "9", atLeast: 3 * time.Second},
		{name: "at least 2 s before SIGKILL", script: deaf, spec: "terminationGracePeriodSeconds: 1", code: "137", signal: "9", atLeast: 2 * time.Second},
		{name: "the deletion's grace period counts", script: deaf, grace: new(int64(2)), code: "137", signal: "9", atLeast: 2 * time.Second},
		{name: "preStop sleeps first", script: on("TERM", "exit 4"), spec: "containers: [{lifecycle: {preStop: {sleep: {seconds: 1}}}}]",
			code: "4", atLeast: time.Second},
		{name: "preStop runs first", script: on("TERM", "cat "+dir+"/hooked; exit 5"), code: "5", output: "hook in its directory",
			spec: `containers: [{lifecycle: {preStop: {exec: {command: [sh, -c, "sleep 0.3; echo hook in its directory >` + dir + `/hooked"]}}}}]`},
		{name: "a hook that fails", script: on("TERM", "exit 6"), code: "6", notes: "FailedPreStopHook: sh: exit code 9: sorry",
			spec: `containers: [{lifecycle: {preStop: {exec: {command: [sh, -c, "echo sorry; exit 9"]}}}}]`},
		{name: "a hook that lasts too long leaves 2 s", script: on("TERM", "sleep 1; echo swept; exit 7"), grace: new(int64(1)),
			spec: "containers: [{lifecycle: {preStop: {sleep: {seconds: 60}}}}]",
			code: "7", output: "swept", notes: "it was not over when the grace period was", atLeast: 2 * time.Second},
		{name: "and no more", script: deaf, grace: new(int64(1)),
			spec: "containers: [{lifecycle: {preStop: {sleep: {seconds: 60}}}}]",
			code: "137", signal: "9", atLeast: 3 * time.Second},
		{name: "a hook goes on after the grace period", script: on("TERM", "while ! test -e "+dir+"/late; do sleep 0.02; done; echo hooked late; exit 0"), grace: new(int64(1)),
			spec: `containers: [{lifecycle: {preStop: {exec: {command: [sh, -c, "sleep 1.5; touch ` + dir + `/late"]}}}}]`,
			code: "0", output: "hooked late", notes: "it was not over", atLeast: 1500 * time.Millisecond},
		{name: "by force: hook and signal all the same", script: on("TERM", "echo bye; exit 8"), grace: new(int64(0)),
			spec: "containers: [{lifecycle: {preStop: {sleep: {seconds: 60}}}}]", code: "8", output: "bye", atLeast: time.Second},
		{name: "by force: SIGKILL after 1 s and 2 s", script: deaf, grace: new(int64(0)),
			spec: "containers: [{lifecycle: {preStop: {sleep: {seconds: 60}}}}]", code: "137", signal: "9", atLeast: 3 * time.Second},
		{name: "another stop signal", script: on("USR1", "echo usr1; exit 9"), spec: "containers: [{lifecycle: {stopSignal: SIGUSR1}}]", code: "9", output: "usr1"},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			if x.alone {
				isolated(t, c)
			}
			w := shell(t, x.script, func(objects map[string]*unstructured.Unstructured) {
				edit(t, objects["Deployment"], podSpec(x.spec))
			})
			e := takeDown(t, c, w, x.grace)
			if e.code != x.code || e.signal != x.signal {
				t.Errorf("exit code %s, signal %q; want %s, %q", e.code, e.signal, x.code, x.signal)
			}
			if e.took() < x.atLeast {
				t.Errorf("ended after %s, want at least %s", e.took(), x.atLeast)
			}
			if !strings.Contains(e.output, x.output) || !strings.Contains(e.notes, x.notes) {
				t.Errorf("wrote %q, want %q; notes %q, want %q", e.output, x.output, e.notes, x.notes)
			}
			if x.notes == "" && e.notes != "" && !strings.Contains(x.spec, "seconds: 60") {
				t.Errorf("notes: %s", e.notes)
			}
		})
	}
}

func TestImagesStopSignal(t *testing.T) {
	t.Parallel()
	w := shell(t, `trap "echo int; exit 2" INT; echo up; `+forever, nil)
	w.Images[0].StopSignal = "SIGINT"
	for _, o := range w.Objects {
		if o.GetKind() == "Deployment" {
			edit(t, o, podSpec("containers: [{image: '"+w.Images[0].Reference()+"'}]"))
		}
	}
	if e := takeDown(t, newCluster(t, quick()), w, nil); e.code != "2" || !strings.Contains(e.output, "int") {
		t.Errorf("%+v", e)
	}
}

// The object of a pod that is deleted by force is gone at once, its process is not.
func TestAForcedDeletionLeavesTheProcessForAWhile(t *testing.T) {
	t.Parallel()
	d := deploy(t, newCluster(t, quick()), shell(t, deaf, nil), true)
	p := onlyPod(t, d, "ready", ready)
	awaitOutput(t, d, p.Name, "up")
	pid := pidOf(d, p)
	if err := d.Delete(t.Context(), p, new(int64(0))); err != nil {
		t.Fatal(err)
	}
	if _, there := stateOf(d).Pod(p.UID); there || syscall.Kill(pid, 0) != nil {
		t.Error("the object is still there, or the process is not")
	}
	if err := d.AwaitProcessGone(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if syscall.Kill(pid, 0) == nil {
		t.Error("the process is still there")
	}
	if n := len(d.toldOf(history.EventProcessGone, p.Name)); n != 1 {
		t.Errorf("its end was told %d times", n)
	}
}

// A kubelet that is taking a container down does not hear of a shorter grace period.
func TestAGracePeriodThatIsShortenedLaterHastensNothing(t *testing.T) {
	t.Parallel()
	d := deploy(t, newCluster(t, quick()), shell(t, `trap "echo asked; sleep 3; echo swept; exit 0" TERM; echo up; `+forever, nil), true)
	p := onlyPod(t, d, "ready", ready)
	awaitOutput(t, d, p.Name, "up")
	_ = d.Delete(t.Context(), p, nil)
	awaitOutput(t, d, p.Name, "asked")
	if err := d.Delete(t.Context(), p, new(int64(0))); err != nil {
		t.Fatal(err)
	}
	if _, there := stateOf(d).Pod(p.UID); there {
		t.Error("its object is still there")
	}
	if e := awaitTold(t, d, history.EventContainerExited, p.Name, 1); e.event.Attrs["exitCode"] != "0" {
		t.Errorf("%v", e.event.Attrs)
	}
	awaitOutput(t, d, p.Name, "swept")
}

// A process that ends during preStop has ended, but its pod stays until the hook is over.
func TestAProcessThatEndsBeforeItsHook(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "end")
	d := deploy(t, newCluster(t, quick()), shell(t, "echo up; while ! test -e "+file+"; do sleep 0.02; done; exit 11",
		func(objects map[string]*unstructured.Unstructured) {
			edit(t, objects["Deployment"], podSpec("containers: [{lifecycle: {preStop: {sleep: {seconds: 2}}}}]"))
		}), true)
	p := onlyPod(t, d, "ready", ready)
	_ = d.Delete(t.Context(), p, nil)
	awaitStopping(t, d, p)
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	exit := awaitTold(t, d, history.EventContainerExited, p.Name, 1)
	gone := awaitTold(t, d, history.EventPodGone, p.Name, 1)
	deleted := d.toldOf(history.EventPodDeleted, p.Name)[0]
	if exit.event.Attrs["exitCode"] != "11" || gone.at.Sub(deleted.at) < 2*time.Second {
		t.Errorf("%v, gone %s after its deletion", exit.event.Attrs, gone.at.Sub(deleted.at))
	}
	if order := d.toldOf(history.EventPodNotReady, p.Name); len(order) != 1 || order[0].at.After(gone.at) {
		t.Errorf("not ready: %v", order)
	}
}

// pidOf is the main process of a pod that runs.
func pidOf(d *Deployed, p cluster.Pod) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	if of := d.every[p.UID]; of.run != nil {
		return of.run.PID()
	}
	return 0
}
