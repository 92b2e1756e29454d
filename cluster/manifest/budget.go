package manifest

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
)

// budgetsOver are the PodDisruptionBudgets that select the pods.
func budgetsOver(objects []Object, pods podTemplate) (names []string) {
	for _, o := range objects {
		if o.GetKind() != "PodDisruptionBudget" {
			continue
		}
		fields, _, _ := unstructured.NestedMap(o.Object, "spec", "selector")
		var of metav1.LabelSelector
		if runtime.DefaultUnstructuredConverter.FromUnstructured(fields, &of) != nil {
			continue
		}
		selector, err := metav1.LabelSelectorAsSelector(&of)
		if err == nil && selector.Matches(labels.Set(pods.template.Labels)) {
			names = append(names, o.GetName())
		}
	}
	return names
}
