package kube

import (
	"cmp"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"zarif/cluster"
)

// stateOfSet is the state of a StatefulSet. A pod is Current only if it carries the
// revision that the controller, which has seen the present generation, updates to.
func stateOfSet(target *appsv1.StatefulSet, pods map[types.UID]*corev1.Pod, container string) cluster.State {
	s := cluster.State{
		Generation: target.Generation, ObservedGeneration: target.Status.ObservedGeneration,
		Desired: 1, Updated: target.Status.UpdatedReplicas, Available: target.Status.AvailableReplicas,
	}
	if target.Spec.Replicas != nil {
		s.Desired = *target.Spec.Replicas
	}
	seen := s.ObservedGeneration >= s.Generation
	for _, p := range pods {
		if !metav1.IsControlledBy(p, target) {
			continue
		}
		pod := podState(p, container)
		revision := p.Labels[appsv1.ControllerRevisionHashLabelKey]
		pod.Current = seen && revision != "" && revision == target.Status.UpdateRevision
		s.Pods = append(s.Pods, pod)
	}
	slices.SortFunc(s.Pods, func(a, b cluster.Pod) int { return cmp.Compare(a.Name, b.Name) })
	return s
}
