package manifest

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// defaultContainer is the annotation by which kubectl chooses one.
const defaultContainer = "kubectl.kubernetes.io/default-container"

// findContainer finds the container that serves a Service's port: by the name or
// the number that it declares, else the default container, else the only one.
func findContainer(pods podTemplate, port corev1.ServicePort, wanted string, faults *Faults) (corev1.Container, bool) {
	running := runningContainers(pods.template.Spec)
	var names []string
	byPort, byName := -1, -1
	if wanted == "" {
		wanted = pods.template.Annotations[defaultContainer]
	} else if !slices.ContainsFunc(running, func(c corev1.Container) bool { return c.Name == wanted }) {
		byPort = -2 // what the user says is not there
	}
	for i, c := range running {
		names = append(names, c.Name)
		if c.Name == wanted {
			byName = i
		}
		if byPort == -1 && slices.ContainsFunc(c.Ports, func(p corev1.ContainerPort) bool { return leadsTo(port, p) }) {
			byPort = i
		}
	}
	named := port.TargetPort.Type == intstr.String
	switch {
	case byPort == -2:
	case byName >= 0 && !(named && byPort < 0):
		return running[byName], true
	case byPort >= 0:
		return running[byPort], true
	case named:
		faults.add(pods.object.String(), fmt.Sprintf("no container has a port named %s, to which the Service's port %d leads", port.TargetPort.StrVal, port.Port), "a port with that name")
		return corev1.Container{}, false
	case len(running) == 1:
		return running[0], true
	}
	faults.add(pods.object.String(), "it cannot be told which container serves port "+fmt.Sprint(port.Port), "--container with one of "+strings.Join(names, ", "))
	return corev1.Container{}, false
}

// leadsTo reports whether a Service's port leads to a container's.
func leadsTo(port corev1.ServicePort, to corev1.ContainerPort) bool {
	if to.Protocol != "" && to.Protocol != corev1.ProtocolTCP {
		return false
	}
	if port.TargetPort.Type == intstr.String {
		return to.Name == port.TargetPort.StrVal
	}
	return to.ContainerPort == targetOf(port).IntVal
}

// runningContainers are those that run beside one another: sidecars that begin as
// init containers (KEP-753) are among them.
func runningContainers(pod corev1.PodSpec) []corev1.Container {
	running := slices.Clone(pod.Containers)
	for _, c := range pod.InitContainers {
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			running = append(running, c)
		}
	}
	return running
}
