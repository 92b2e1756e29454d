package kube

import (
	"errors"
	"net/http"
	"testing"

	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"zarif/cluster"
	"zarif/cluster/disrupt"
)

// refusedBy is the API server's answer where a budget does not allow an eviction.
func refusedBy(message string) error {
	err := apierrors.NewTooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.", 0)
	err.ErrStatus.Details.Causes = []metav1.StatusCause{{Type: policyv1.DisruptionBudgetCause, Message: message}}
	return err
}

func TestEvict(t *testing.T) {
	const needs = "The disruption budget all-of-them needs 3 healthy pods and has 3 currently"
	const pending = "The disruption budget web.v2 is still being processed by the server."
	pods := schema.GroupResource{Resource: "pods"}
	for _, c := range []struct {
		name   string
		answer error
		want   *disrupt.RefusedError // nil: none
	}{
		{"granted", nil, nil},
		{"a budget has no room", refusedBy(needs), &disrupt.RefusedError{Budget: "all-of-them", Reason: needs}},
		{"a budget is new", refusedBy(pending), &disrupt.RefusedError{Budget: "web.v2", Reason: pending}},
		{"a budget, in words of another version", refusedBy("no room"), &disrupt.RefusedError{Reason: "no room"}},
		{"the API server is busy", apierrors.NewTooManyRequests("slow down", 1), nil},
		{"the API server is busy and says no more", apierrors.NewGenericServerResponse(http.StatusTooManyRequests, "post", pods, "a", "", 0, true), nil},
		{"the pod is gone", apierrors.NewNotFound(pods, "a"), nil},
		{"another pod has its name", apierrors.NewConflict(pods, "a", errors.New("the UID differs")), nil},
		{"several budgets", apierrors.NewInternalError(errors.New("This pod has more than one PodDisruptionBudget")), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := fake.NewClientset()
			var asked *policyv1.Eviction
			client.PrependReactor("create", "pods/eviction", func(a clienttesting.Action) (bool, runtime.Object, error) {
				asked = a.(clienttesting.CreateAction).GetObject().(*policyv1.Eviction)
				return true, nil, c.answer
			})
			d := newDeployed(&Cluster{client: client}, cluster.Workload{}, "ns")
			err := d.Evict(t.Context(), cluster.Pod{Name: "a", UID: "uid-a"})
			var refused *disrupt.RefusedError
			switch is := errors.As(err, &refused); {
			case is != (c.want != nil), is && *refused != *c.want:
				t.Errorf("error %#v, want refusal %+v", err, c.want)
			case !is && !errors.Is(err, c.answer):
				t.Errorf("error %v, want %v", err, c.answer)
			}
			if asked == nil || asked.Name != "a" || asked.Namespace != "ns" || *asked.DeleteOptions.Preconditions.UID != "uid-a" {
				t.Errorf("asked for %+v", asked)
			}
		})
	}
}
