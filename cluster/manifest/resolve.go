package manifest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"

	"zarif/cluster"
)

const (
	kindDeployment  = "Deployment"
	kindStatefulSet = "StatefulSet"
)

// A Resolved target is what the Service leads to.
type Resolved struct {
	Target   cluster.Target
	PortName string // of the Service's port; may be empty
	// Replicas that run once all is settled: those of the controller, and at least
	// the fewest of an autoscaler.
	Replicas int32
	Grace    time.Duration // terminationGracePeriodSeconds
	PreStop  string        // of the container, as a reader would say it; empty: none
	// ReadyPath is the path of the container's HTTP readiness probe; empty: none.
	ReadyPath string
	// Owners are who else decides about the replicas; empty: nobody was seen.
	Owners []Owner
	// Budgets are the names of the PodDisruptionBudgets over the pods.
	Budgets []string

	pods podTemplate
}

// podTemplate is a controller whose pods a Service may lead to.
type podTemplate struct {
	object   Object
	template corev1.PodTemplateSpec
	replicas int32
}

// Resolve finds the target: Service → selector → controller → container. Its error
// is Faults.
func Resolve(objects []Object, want Want) (Resolved, error) {
	var faults Faults
	if err := want.Validate(); err != nil {
		return Resolved{}, err
	}
	name, portText, _ := want.target()
	service, spec, ok := findService(objects, name, &faults)
	if !ok {
		return Resolved{}, faults
	}
	port, ok := findPort(service, spec, portText, &faults)
	if !ok {
		return Resolved{}, faults
	}
	pods, ok := findController(objects, service, spec, want, &faults)
	if !ok {
		return Resolved{}, faults
	}
	container, ok := findContainer(pods, port, want.Container, &faults)
	if !ok {
		return Resolved{}, faults
	}
	r := Resolved{
		Target: cluster.Target{
			Kind: pods.object.GetKind(), Name: pods.object.GetName(), Container: container.Name,
			Service: name, Port: port.Port,
		},
		PortName: port.Name, Replicas: pods.replicas, Grace: graceOf(pods.template.Spec), PreStop: preStopOf(container),
		Budgets: budgetsOver(objects, pods), pods: pods,
	}
	if probe := container.ReadinessProbe; probe != nil && probe.HTTPGet != nil {
		r.ReadyPath = probe.HTTPGet.Path
	}
	var least int32
	r.Owners, least = ownersOf(objects, pods.object)
	r.Replicas = max(r.Replicas, least)
	if r.Replicas < 1 {
		return Resolved{}, Faults{{pods.object.String(), "it has no replicas, so that nothing answers", "1 or more"}}
	}
	return r, nil
}

func findService(objects []Object, name string, faults *Faults) (Object, corev1.ServiceSpec, bool) {
	var names []string
	for _, o := range objects {
		if o.GetKind() != "Service" || o.GroupVersionKind().Group != "" {
			continue
		}
		names = append(names, o.GetName())
		if o.GetName() != name {
			continue
		}
		var s corev1.Service
		if err := into(o, &s); err != nil {
			faults.add(o.At, err.Error(), "a Service")
			return o, s.Spec, false
		}
		switch {
		case s.Spec.Type == corev1.ServiceTypeExternalName:
			faults.add(o.String(), "it is of type ExternalName, which leads to no pods", "a Service with a selector")
		case len(s.Spec.Selector) == 0:
			faults.add(o.String(), "it has no selector, so that nothing tells which pods it leads to", "a Service with a selector")
		case s.Spec.ClusterIP == corev1.ClusterIPNone:
			faults.add(o.String(), "it is headless: it has no address that load could keep using", "a Service with a cluster IP that leads to the same pods")
		default:
			return o, s.Spec, true
		}
		return o, s.Spec, false
	}
	want := "manifests with a Service, or -f of the file that has it"
	if len(names) > 0 {
		slices.Sort(names)
		want = "one of svc/" + strings.Join(names, ", svc/")
	}
	faults.add("target", "there is no Service "+name, want)
	return Object{}, corev1.ServiceSpec{}, false
}

func findPort(service Object, spec corev1.ServiceSpec, text string, faults *Faults) (corev1.ServicePort, bool) {
	var offered []string
	for _, p := range spec.Ports {
		if text == "" && len(spec.Ports) == 1 || text == p.Name && text != "" || text == fmt.Sprint(p.Port) {
			if p.Protocol != "" && p.Protocol != corev1.ProtocolTCP {
				faults.add(service.String(), fmt.Sprintf("port %d is of protocol %s", p.Port, p.Protocol), "a port of protocol TCP")
				return p, false
			}
			return p, true
		}
		offer := fmt.Sprint(p.Port)
		if p.Name != "" {
			offer += " (" + p.Name + ")"
		}
		offered = append(offered, offer)
	}
	problem := "it has no port " + text
	if text == "" {
		problem = "it has several ports"
	}
	faults.add(service.String(), problem, "svc/"+service.GetName()+": and one of "+strings.Join(offered, ", "))
	return corev1.ServicePort{}, false
}

// controllers that make pods, and where their pods' template is.
func controllersIn(objects []Object, faults *Faults) (all []podTemplate) {
	for _, o := range objects {
		if !slices.Contains([]string{kindDeployment, kindStatefulSet, "DaemonSet", "ReplicaSet"}, o.GetKind()) || o.GroupVersionKind().Group != "apps" {
			continue
		}
		if len(o.GetOwnerReferences()) > 0 && o.GetKind() == "ReplicaSet" {
			continue // its Deployment is the controller
		}
		var of struct {
			Spec struct {
				Replicas *int32                 `json:"replicas"`
				Template corev1.PodTemplateSpec `json:"template"`
			} `json:"spec"`
		}
		if err := into(o, &of); err != nil {
			faults.add(o.At, err.Error(), "a "+o.GetKind())
			continue
		}
		p := podTemplate{object: o, template: of.Spec.Template, replicas: 1}
		if of.Spec.Replicas != nil {
			p.replicas = *of.Spec.Replicas
		}
		all = append(all, p)
	}
	return all
}

func findController(objects []Object, service Object, spec corev1.ServiceSpec, want Want, faults *Faults) (podTemplate, bool) {
	before := len(*faults)
	all := controllersIn(objects, faults)
	if len(*faults) > before {
		return podTemplate{}, false
	}
	selector := labels.SelectorFromSet(spec.Selector)
	var led []podTemplate
	var names []string
	for _, p := range all {
		if selector.Matches(labels.Set(p.template.Labels)) {
			led = append(led, p)
			names = append(names, p.object.name())
		}
	}
	if kind, name := want.controller(); want.Controller != "" {
		led = slices.DeleteFunc(led, func(p podTemplate) bool { return p.object.GetKind() != kind || p.object.GetName() != name })
	}
	switch {
	case len(led) == 0 && len(names) > 0:
		faults.add("controller", fmt.Sprintf("%s does not lead to pods of %s", service.name(), want.Controller), "one of "+strings.Join(names, ", "))
	case len(led) == 0:
		faults.add(service.String(), "its selector "+selector.String()+" matches the pods of nothing that is there", "a selector that the labels of a Deployment's pods match")
	case len(led) > 1:
		faults.add(service.String(), "it leads to the pods of "+strings.Join(names, " and "), "--controller with one of them, such as deploy/"+led[0].object.GetName())
	case led[0].object.GetKind() != kindDeployment && led[0].object.GetKind() != kindStatefulSet:
		faults.add(led[0].object.String(), "its pods cannot be a target", "pods of a Deployment or a StatefulSet")
	default:
		return led[0], true
	}
	return podTemplate{}, false
}

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
	number := port.TargetPort.IntVal
	if number == 0 {
		number = port.Port // the API's default
	}
	return to.ContainerPort == number
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

// into reads an object into a typed one.
func into(o Object, typed any) error {
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, typed); err != nil {
		return fmt.Errorf("%s cannot be read: %w", o.name(), err)
	}
	return nil
}

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
