package kube

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"zarif/cluster"
)

// stateOf is the state of a Deployment as its objects tell it. The objects come
// from separate watches and may be of slightly different age: a pod is Current
// only if its ReplicaSet has been seen and has the very template that the
// Deployment has now, so that a stale view can delay a settled state but never
// invent one.
func stateOf(target *appsv1.Deployment, sets map[types.UID]*appsv1.ReplicaSet, pods map[types.UID]*corev1.Pod, container string) cluster.State {
	s := cluster.State{
		Generation: target.Generation, ObservedGeneration: target.Status.ObservedGeneration,
		Desired: 1, Updated: target.Status.UpdatedReplicas, Available: target.Status.AvailableReplicas,
	}
	if target.Spec.Replicas != nil {
		s.Desired = *target.Spec.Replicas
	}
	for _, p := range pods {
		owner := metav1.GetControllerOf(p)
		if owner == nil || owner.Kind != "ReplicaSet" {
			continue
		}
		set, known := sets[owner.UID]
		if known && !metav1.IsControlledBy(set, target) {
			continue
		}
		pod := podState(p, container)
		if pod.Finished && !pod.Deleting {
			continue // it failed, as when its node ran out of something, and was replaced: its object may stay for days
		}
		pod.Current = known && sameTemplate(&set.Spec.Template, &target.Spec.Template)
		s.Pods = append(s.Pods, pod)
	}
	slices.SortFunc(s.Pods, func(a, b cluster.Pod) int { return cmp.Compare(a.Name, b.Name) })
	return s
}

// sameTemplate compares as the Deployment controller does: without the label
// that it adds itself.
func sameTemplate(set, target *corev1.PodTemplateSpec) bool {
	a, b := set.DeepCopy(), target.DeepCopy()
	delete(a.Labels, appsv1.DefaultDeploymentUniqueLabelKey)
	delete(b.Labels, appsv1.DefaultDeploymentUniqueLabelKey)
	return equality.Semantic.DeepEqual(a, b)
}

func podState(p *corev1.Pod, container string) cluster.Pod {
	s := cluster.Pod{
		Name: p.Name, UID: string(p.UID), Node: p.Spec.NodeName, IP: p.Status.PodIP,
		Ready:    podReady(p),
		Deleting: p.DeletionTimestamp != nil,
		Finished: p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed,
		Images:   imagesOf(p),
	}
	for i := range p.Status.ContainerStatuses {
		c := &p.Status.ContainerStatuses[i]
		if c.Name != container {
			continue
		}
		s.ContainerID = runtimeID(c.ContainerID)
		s.Restarts = c.RestartCount
		for _, ended := range []*corev1.ContainerStateTerminated{c.LastTerminationState.Terminated, c.State.Terminated} {
			if ended != nil {
				code := ended.ExitCode
				s.ExitCode = &code
			}
		}
	}
	return s
}

// imagesOf are what the pod's containers run, init containers among them: the image as
// its specification names it, since a node that knows the same content by several
// names tells any of them, and the content as the status tells it.
func imagesOf(p *corev1.Pod) (images []string) {
	named := map[string]string{}
	for _, c := range slices.Concat(p.Spec.InitContainers, p.Spec.Containers) {
		named[c.Name] = c.Image
	}
	for _, c := range slices.Concat(p.Status.InitContainerStatuses, p.Status.ContainerStatuses) {
		if c.ImageID != "" {
			images = append(images, named[c.Name]+" "+c.ImageID)
		}
	}
	slices.Sort(images)
	return slices.Compact(images)
}

func podReady(p *corev1.Pod) bool {
	c := podCondition(p, corev1.PodReady)
	return c != nil && c.Status == corev1.ConditionTrue
}

func podCondition(p *corev1.Pod, kind corev1.PodConditionType) *corev1.PodCondition {
	for i := range p.Status.Conditions {
		if p.Status.Conditions[i].Type == kind {
			return &p.Status.Conditions[i]
		}
	}
	return nil
}

// runtimeID is a container's id without the name of its runtime:
// "containerd://0123" is 0123.
func runtimeID(id string) string {
	if _, after, ok := strings.Cut(id, "://"); ok {
		return after
	}
	return id
}

// summary tells a state in one line.
func summary(s cluster.State) string {
	var b strings.Builder
	fmt.Fprintf(&b, "generation %d, observed %d; %d wanted, %d updated, %d available; pods:",
		s.Generation, s.ObservedGeneration, s.Desired, s.Updated, s.Available)
	if len(s.Pods) == 0 {
		b.WriteString(" none")
	}
	for i, p := range s.Pods {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString(" " + p.Name)
		for _, word := range []struct {
			is   bool
			word string
		}{
			{!p.Current, "old"}, {p.Ready, "ready"}, {!p.Ready, "not ready"}, {p.Deleting, "deleting"},
			{p.Finished, "finished"}, {p.Node == "", "not scheduled"},
		} {
			if word.is {
				b.WriteString(" " + word.word)
			}
		}
		if p.Restarts > 0 {
			fmt.Fprintf(&b, " restarted %d×", p.Restarts)
		}
		if p.ExitCode != nil {
			fmt.Fprintf(&b, " last exit %d", *p.ExitCode)
		}
	}
	return b.String()
}
