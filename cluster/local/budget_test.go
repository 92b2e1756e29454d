package local

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/yaml"

	"zarif/cluster"
	"zarif/cluster/disrupt"
)

func TestDesiredHealthy(t *testing.T) {
	for _, c := range []struct {
		min, max string
		of, want int
	}{
		{min: "2", of: 3, want: 2}, {min: "50%", of: 3, want: 2}, {min: "100%", of: 3, want: 3}, {min: "0", of: 3, want: 0},
		{min: "1%", of: 3, want: 1}, {max: "1", of: 3, want: 2}, {max: "0", of: 3, want: 3}, {max: "5", of: 3, want: 0},
		{max: "25%", of: 3, want: 2}, {max: "50%", of: 3, want: 1}, {of: 3, want: 0},
	} {
		b := &policyv1.PodDisruptionBudget{}
		if c.min != "" {
			b.Spec.MinAvailable = new(intstr.Parse(c.min))
		}
		if c.max != "" {
			b.Spec.MaxUnavailable = new(intstr.Parse(c.max))
		}
		if got := desiredHealthy(b, c.of); got != c.want {
			t.Errorf("minAvailable %q, maxUnavailable %q of %d: %d, want %d", c.min, c.max, c.of, got, c.want)
		}
	}
}

// guarded is a workload of three pods with budgets of these specs.
func guarded(t testing.TB, budgets ...string) cluster.Workload {
	t.Helper()
	w := sketch(t, "go-exit", nil)
	for _, spec := range budgets {
		var fields map[string]any
		if err := yaml.Unmarshal([]byte("{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: guard}, spec: "+spec+"}"), &fields); err != nil {
			t.Fatal(err)
		}
		w.Objects = append(w.Objects, &unstructured.Unstructured{Object: normal(fields).(map[string]any)})
	}
	return w
}

func TestEvictionsHonourBudgets(t *testing.T) {
	const all = "selector: {matchLabels: {}}"
	const ours = "selector: {matchLabels: {app.kubernetes.io/name: go-exit}}"
	for _, c := range []struct {
		name    string
		budgets []string
		ready   int // of three
		victim  int // the first ones are ready
		refused string
		failed  string
	}{
		{name: "without a budget", ready: 3},
		{name: "one may go", budgets: []string{"{maxUnavailable: 1, " + ours + "}"}, ready: 3},
		{name: "one is lacking already", budgets: []string{"{maxUnavailable: 1, " + ours + "}"}, ready: 2, refused: "it needs 2 healthy pods and there are 2"},
		{name: "none may go", budgets: []string{"{minAvailable: 100%, " + ours + "}"}, ready: 3, refused: "it needs 3 healthy pods and there are 3"},
		{name: "an empty selector is of all pods", budgets: []string{"{minAvailable: 3, " + all + "}"}, ready: 3, refused: "needs 3"},
		{name: "no selector is of none", budgets: []string{"{minAvailable: 3}"}, ready: 3},
		{name: "of other pods", budgets: []string{"{minAvailable: 3, selector: {matchLabels: {a: b}}}"}, ready: 3},
		{name: "not ready, enough are healthy", budgets: []string{"{minAvailable: 2, " + ours + "}"}, ready: 2, victim: 2},
		{name: "not ready, too few are healthy", budgets: []string{"{minAvailable: 2, " + ours + "}"}, ready: 1, victim: 2, refused: "needs 2"},
		{name: "not ready, always allowed", budgets: []string{"{minAvailable: 2, unhealthyPodEvictionPolicy: AlwaysAllow, " + ours + "}"}, ready: 1, victim: 2},
		{name: "always allowed is for those that are not ready", budgets: []string{"{minAvailable: 2, unhealthyPodEvictionPolicy: AlwaysAllow, " + ours + "}"}, ready: 2, refused: "needs 2"},
		{name: "two budgets", budgets: []string{"{minAvailable: 0, " + ours + "}", "{minAvailable: 0, " + all + "}"}, ready: 3, failed: "more than one PodDisruptionBudget"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := paper(t, guarded(t, c.budgets...), quick())
				d.do(func() {
					for i, p := range d.pods {
						d.runs(p)
						d.sayReady(p, i < c.ready)
					}
				})
				victim := d.pods[c.victim]
				err := d.Evict(t.Context(), cluster.Pod{UID: victim.uid, Name: victim.name})
				var refused *disrupt.RefusedError
				switch {
				case c.failed != "":
					if err == nil || errors.As(err, &refused) || !strings.Contains(err.Error(), c.failed) {
						t.Errorf("error %v", err)
					}
				case c.refused != "":
					if !errors.As(err, &refused) || refused.Budget != "guard" || !strings.Contains(err.Error(), c.refused) {
						t.Errorf("error %v", err)
					}
				case err != nil:
					t.Error(err)
				}
				if victim.deleting != (err == nil) {
					t.Errorf("deleted: %t", victim.deleting)
				}
			})
		})
	}
}

func TestAPodThatDisruptsNothingIsNotGuarded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := paper(t, guarded(t, "{minAvailable: 3, selector: {}}"), quick())
		pending, deleted := d.pods[0], d.pods[1]
		d.do(func() { d.runs(deleted); d.sayReady(deleted, true); d.delete(deleted, 7e9) })
		for _, p := range []*pod{pending, deleted} {
			if err := d.Evict(t.Context(), cluster.Pod{UID: p.uid}); err != nil {
				t.Error(err)
			}
		}
		if deleted.grace != 7e9 {
			t.Errorf("an eviction has made the grace period %s", deleted.grace)
		}
		if err := d.Evict(t.Context(), cluster.Pod{UID: "nobody", Name: "x"}); err == nil || !strings.Contains(err.Error(), "gone") {
			t.Errorf("error %v", err)
		}
	})
}
