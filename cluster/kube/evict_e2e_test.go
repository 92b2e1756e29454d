//go:build e2e

package kube_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"zarif/cluster"
	"zarif/cluster/disrupt"
)

// TestEvictionOnKind evicts under budgets that come with the workload: one that
// allows it and one that never does.
func TestEvictionOnKind(t *testing.T) {
	k := connect(t)
	for _, c := range []struct {
		name           string
		maxUnavailable int64
		limit          time.Duration
		granted        bool
	}{
		{"a budget with room", 1, 2 * time.Minute, true},
		{"a budget without room", 0, 15 * time.Second, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := workload(t, "go-exit")
			w.Objects = append(w.Objects, budget(w.Target.Name, c.maxUnavailable))
			d, err := k.Deploy(t.Context(), w)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := d.Remove(context.WithoutCancel(t.Context())); err != nil {
					t.Error(err)
				}
			}()
			if err := d.Await(t.Context(), "every pod to be ready", cluster.State.Settled); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), c.limit)
			defer cancel()
			tries := 0
			eviction, _ := disrupt.Named("eviction")
			_, err = eviction.Do(ctx, d, func(action string, attrs ...string) {
				tries++
				t.Log(action, attrs)
			})
			t.Logf("%d tries: %v", tries, err)
			var refused *disrupt.RefusedError
			switch {
			case c.granted && err != nil:
				t.Error(err)
			case !c.granted && (!errors.As(err, &refused) || refused.Budget != "some" || !errors.Is(err, context.DeadlineExceeded) || tries < 3):
				t.Errorf("error %v after %d tries; want a refusal by the budget named some, more than once", err, tries)
			}
		})
	}
}

func budget(app string, maxUnavailable int64) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
		"metadata": map[string]any{"name": "some"},
		"spec": map[string]any{
			"maxUnavailable": maxUnavailable,
			"selector":       map[string]any{"matchLabels": map[string]any{"app.kubernetes.io/name": app}},
		},
	}}
}
