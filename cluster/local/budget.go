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
		// A pod that was never started, or has ended, disrupts nothing (canIgnorePDB).
		if !p.deleting && !p.status.finished && p.status.container != "" {
			if err = d.refused(p); err != nil {
				return
			}
		}
		d.delete(p, d.grace())
	})
	return err
}

// refused is why a pod may not be taken away now; nil if it may.
func (d *Deployed) refused(p *pod) error {
	var selecting []*policyv1.PodDisruptionBudget
	for _, b := range d.objects.budgets {
		if b.Spec.Selector != nil && labels.SelectorFromSet(b.Spec.Selector.MatchLabels).Matches(labels.Set(d.objects.deployment.Spec.Template.Labels)) {
			selecting = append(selecting, b)
		}
	}
	switch len(selecting) {
	case 0:
		return nil
	case 1:
		return d.refusal(selecting[0], p)
	}
	return fmt.Errorf("evict pod %s: it has more than one PodDisruptionBudget, which the eviction subresource does not support", p.name)
}

// refusal is why a budget does not allow to take a pod away now; nil if it does.
// Of pods that are not ready the policy decides, and where it does not, as of any.
func (d *Deployed) refusal(b *policyv1.PodDisruptionBudget, p *pod) error {
	healthy := 0
	for _, o := range d.pods {
		if o.status.ready && !o.deleting {
			healthy++
		}
	}
	desired := desiredHealthy(b, d.asked.replicas)
	policy := b.Spec.UnhealthyPodEvictionPolicy
	switch {
	case healthy > desired:
		return nil
	case !p.status.ready && policy != nil && *policy == policyv1.AlwaysAllow:
		return nil
	case !p.status.ready && healthy >= desired && desired > 0:
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
