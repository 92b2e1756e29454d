package manifest

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// Targets are all that could be one: "svc/NAME:PORT" for every Service's port that
// leads to the pods of a Deployment or a StatefulSet, in the order of their names.
func Targets(objects []Object) (targets []string) {
	for _, o := range objects {
		if o.GetKind() != "Service" || o.GroupVersionKind().Group != "" {
			continue
		}
		var s corev1.Service
		if into(o, &s) != nil {
			continue
		}
		for _, port := range s.Spec.Ports {
			target := fmt.Sprintf("svc/%s:%d", o.GetName(), port.Port)
			if _, err := Resolve(objects, Want{Target: target}); err == nil {
				targets = append(targets, target)
			}
		}
	}
	slices.Sort(targets)
	return targets
}
