package disrupt

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestARefusedEvictionIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &everything{machine: newMachine(3), refusals: 2}
		began := time.Now()
		log, _, err := run(t, "eviction", e)
		if err != nil {
			t.Fatal(err)
		}
		refused := " refused refused by PodDisruptionBudget all-of-them: it needs 3 healthy pods and has 3"
		want := []string{
			"acting evict pod pod-w", "evict uid-3",
			"acting evict pod pod-w try 2" + refused, "evict uid-3",
			"acting evict pod pod-w try 3" + refused, "evict uid-3",
		}
		if !slices.Equal(log, want) {
			t.Errorf("did\n%s\nwant\n%s", strings.Join(log, "\n"), strings.Join(want, "\n"))
		}
		if took := time.Since(began); took != 2*evictionPause {
			t.Errorf("took %s, want a pause of %s after each refusal", took, evictionPause)
		}
		if _, there := e.state.Pod("uid-3"); there || !e.state.Settled() {
			t.Errorf("ended in state %+v", e.state)
		}
	})
}

func TestAnEvictionThatIsNeverAllowedEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 4500*time.Millisecond)
		defer cancel()
		e := &everything{machine: newMachine(3), refusals: -1}
		d, _ := Named("eviction")
		_, err := d.Do(ctx, e, func(string, ...string) {})
		var refused *RefusedError
		if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &refused) || refused.Budget != "all-of-them" {
			t.Fatalf("error %v", err)
		}
		if !strings.Contains(err.Error(), "PodDisruptionBudget all-of-them") || !strings.Contains(err.Error(), "5 tries") {
			t.Errorf("error %q does not say which budget refused it, or how often", err)
		}
		if len(e.log) != 5 || !e.state.Settled() {
			t.Errorf("did %q, ended in state %+v", e.log, e.state)
		}
	})
}
