package kube

import (
	"context"
	"errors"
	"regexp"

	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"zarif/cluster"
	"zarif/cluster/disrupt"
)

var _ disrupt.Evictor = (*Deployed)(nil)

// Evict asks the Eviction API to delete this very pod, never one that has taken
// its name. While a PodDisruptionBudget does not allow it the error is a
// disrupt.RefusedError; an API server that is only busy is another one.
func (d *Deployed) Evict(ctx context.Context, pod cluster.Pod) error {
	uid := types.UID(pod.UID)
	err := d.k.client.PolicyV1().Evictions(d.namespace).Evict(ctx, &policyv1.Eviction{
		ObjectMeta:    metav1.ObjectMeta{Name: pod.Name, Namespace: d.namespace},
		DeleteOptions: &metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &uid}},
	})
	if refused := refusal(err); refused != nil {
		return refused
	}
	return err
}

// refusal is what a PodDisruptionBudget said to an eviction; nil if err is
// nothing of the kind.
func refusal(err error) *disrupt.RefusedError {
	var status apierrors.APIStatus
	if !apierrors.IsTooManyRequests(err) || !errors.As(err, &status) {
		return nil
	}
	details := status.Status().Details
	if details == nil {
		return nil
	}
	for _, cause := range details.Causes {
		if cause.Type == policyv1.DisruptionBudgetCause {
			return &disrupt.RefusedError{Budget: budgetIn(cause.Message), Reason: cause.Message}
		}
	}
	return nil
}

// The API names the budget in this sentence and nowhere else
// (kubernetes/pkg/registry/core/pod/storage/eviction.go).
var budgetNamed = regexp.MustCompile(`^The disruption budget (\S+) `)

// budgetIn is the name of the budget that a refusal's message is about; empty if
// it says it in another way.
func budgetIn(message string) string {
	if m := budgetNamed.FindStringSubmatch(message); m != nil {
		return m[1]
	}
	return ""
}
