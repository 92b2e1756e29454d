package local

import (
	"context"
	"fmt"
	"time"

	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"

	"zarif/cluster"
	"zarif/cluster/disrupt"
)

// Evict deletes a pod if every PodDisruptionBudget that selects it allows that now.
//
// Source: pkg/registry/core/pod/storage/eviction.go,
// https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/.
func (d *Deployed) Evict(_ context.Context, of cluster.Pod) (err error) {
	d.do(func() {
		p := d.find(of.UID)
		if p == nil {
			err = fmt.Errorf("evict pod %s: it is gone", of.Name)
			return
		}
		if p.deleting {
			return
		}
		for _, b := range d.objects.budgets {
			if err = d.refusal(b, p); err != nil {
				return
			}
		}
		d.delete(p, d.grace())
	})
	return err
}

// refusal is why a budget does not allow to take a pod away now; nil if it does.
func (d *Deployed) refusal(b *policyv1.PodDisruptionBudget, p *pod) error {
	if b.Spec.Selector == nil || !labels.SelectorFromSet(b.Spec.Selector.MatchLabels).Matches(labels.Set(d.objects.deployment.Spec.Template.Labels)) {
		return nil
	}
	healthy := 0
	for _, o := range d.pods {
		if o.status.ready && !o.deleting {
			healthy++
		}
	}
	desired := desiredHealthy(b, d.replicas)
	if !p.status.ready {
		policy := b.Spec.UnhealthyPodEvictionPolicy
		if policy != nil && *policy == policyv1.AlwaysAllow || healthy >= desired {
			return nil
		}
	} else if healthy > desired {
		return nil
	}
	return &disrupt.RefusedError{
		Budget: b.Name, Reason: fmt.Sprintf("it needs %d healthy pods and there are %d", desired, healthy),
	}
}

// desiredHealthy is how many pods a budget wants to stay healthy, of so many that
// there are to be; parts are rounded up (pkg/controller/disruption).
func desiredHealthy(b *policyv1.PodDisruptionBudget, expected int) int {
	if m := b.Spec.MaxUnavailable; m != nil {
		n, _ := intstr.GetScaledValueFromIntOrPercent(m, expected, true)
		return max(expected-n, 0)
	}
	if m := b.Spec.MinAvailable; m != nil {
		n, _ := intstr.GetScaledValueFromIntOrPercent(m, expected, true)
		return n
	}
	return 0
}

func seconds(d time.Duration) string { return fmt.Sprint(int64(d / time.Second)) }
