package disrupt

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"zarif/cluster"
)

func TestOperationalDrainWaitsBeforeItDeletes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &everything{machine: newMachine(3)}
		began := time.Now()
		log, _, err := run(t, "operational-drain", e)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"acting isolate pod pod-w", "isolate uid-3", "acting delete pod pod-w", "delete uid-3"}
		if !slices.Equal(log, want) {
			t.Errorf("did %q, want %q", log, want)
		}
		if took := time.Since(began); took != drainWait {
			t.Errorf("took %s, want %s between the two", took, drainWait)
		}
		if _, there := e.state.Pod("uid-3"); there || !e.state.Settled() {
			t.Errorf("ended in state %+v", e.state)
		}
	})
}

func TestOperationalDrainStopsWhereItFails(t *testing.T) {
	broken := errors.New("the API server is away")
	for act, last := range map[string]string{"isolate uid-3": "isolate uid-3", "delete uid-3": "delete uid-3"} {
		synctest.Test(t, func(t *testing.T) {
			e := &everything{machine: newMachine(3)}
			e.fail[act] = broken
			log, _, err := run(t, "operational-drain", e)
			if !errors.Is(err, broken) || log[len(log)-1] != last {
				t.Errorf("did %q, error %v, want %v", log, err, broken)
			}
		})
	}
}

func TestOperationalDrainEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), drainWait/2)
		defer cancel()
		e := &everything{machine: newMachine(3)}
		d, _ := Named("operational-drain")
		_, err := d.Do(ctx, e, func(string, ...string) {})
		if !errors.Is(err, context.DeadlineExceeded) || slices.Contains(e.log, "delete uid-3") {
			t.Errorf("did %q, error %v", e.log, err)
		}
	})
}

func TestOperationalDrainNeedsToIsolate(t *testing.T) {
	m := newMachine(3)
	d, _ := Named("operational-drain")
	_, err := d.Do(t.Context(), struct {
		*machine
		Deleter
	}{m, &everything{machine: m}}, func(string, ...string) { t.Error("announced an act") })
	if !errors.Is(err, errors.ErrUnsupported) || len(m.log) > 0 {
		t.Errorf("did %q, error %v, want errors.ErrUnsupported", m.log, err)
	}
}

// Isolate changes nothing that the Deployment's controllers see.
func (e *everything) Isolate(_ context.Context, p cluster.Pod) error {
	return e.act("isolate " + p.UID)
}

// A pod that is out of its Service and still there would be nobody's.
func TestInterruptedOperationalDrainIsHealed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), drainWait/2)
		defer cancel()
		e := &everything{machine: newMachine(3)}
		d, _ := Named("operational-drain")
		heal, err := d.Do(ctx, e, func(string, ...string) {})
		if !errors.Is(err, context.DeadlineExceeded) || heal == nil {
			t.Fatalf("error %v, heal there: %v", err, heal != nil)
		}
		if err := heal(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, there := e.state.Pod("uid-3"); there || !e.state.Settled() {
			t.Errorf("ended in state %+v", e.state)
		}
	})
}
