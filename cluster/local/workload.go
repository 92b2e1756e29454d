package local

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"

	"zarif/cluster"
)

// objects are those of a workload, checked: nothing in them is beyond the model.
type objects struct {
	deployment *appsv1.Deployment
	service    *corev1.Service
	budgets    []*policyv1.PodDisruptionBudget
	without    []string // paths of fields that have no effect here
}

// decode reads a workload. Whatever the model does not support is an error that is
// errors.ErrUnsupported and names its path; nothing is ignored unsaid.
func decode(w cluster.Workload) (objects, error) {
	var o objects
	var faults []error
	for _, u := range w.Objects {
		without, unsupported := check(u)
		o.without = append(o.without, without...)
		faults = append(faults, unsupported...)
		if len(unsupported) > 0 {
			continue
		}
		faults = append(faults, o.add(u))
	}
	if err := errors.Join(faults...); err != nil {
		return objects{}, err
	}
	return o, o.complete(w.Target)
}

// add takes in one object.
func (o *objects) add(u *unstructured.Unstructured) error {
	var into any
	switch u.GetKind() {
	case "Deployment":
		if o.deployment != nil {
			return unsupported("%s: a second Deployment", named(u))
		}
		o.deployment = &appsv1.Deployment{}
		into = o.deployment
	case "Service":
		if o.service != nil {
			return unsupported("%s: a second Service", named(u))
		}
		o.service = &corev1.Service{}
		into = o.service
	case "PodDisruptionBudget":
		b := &policyv1.PodDisruptionBudget{}
		o.budgets = append(o.budgets, b)
		into = b
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, into); err != nil {
		return fmt.Errorf("%s: %w", named(u), err)
	}
	return nil
}

// complete checks what the parts say of one another, and fills in what an API
// server would.
func (o *objects) complete(target cluster.Target) error {
	switch {
	case target.Kind != "Deployment":
		return unsupported("a target of kind %q", target.Kind)
	case o.deployment == nil || o.deployment.Name != target.Name:
		return fmt.Errorf("there is no Deployment %s", target.Name)
	case o.service == nil || o.service.Name != target.Service:
		return fmt.Errorf("there is no Service %s", target.Service)
	}
	d := o.deployment
	if n := len(d.Spec.Template.Spec.Containers); n != 1 {
		return unsupported("Deployment %s: spec.template.spec.containers: %d of them", d.Name, n)
	}
	for what, selector := range map[string]map[string]string{
		"Deployment " + d.Name: d.Spec.Selector.MatchLabels, "Service " + o.service.Name: o.service.Spec.Selector,
	} {
		if len(selector) == 0 || !labels.SelectorFromSet(selector).Matches(labels.Set(d.Spec.Template.Labels)) {
			return fmt.Errorf("%s: its selector does not match the pods' labels", what)
		}
	}
	if d.Spec.Replicas == nil {
		d.Spec.Replicas = new(int32(1))
	}
	if d.Spec.Template.Spec.TerminationGracePeriodSeconds == nil {
		d.Spec.Template.Spec.TerminationGracePeriodSeconds = new(int64(corev1.DefaultTerminationGracePeriodSeconds))
	}
	_, err := servicePort(o.service, target.Port)
	return err
}

// container is the one that every pod has.
func (o *objects) container() *corev1.Container {
	return &o.deployment.Spec.Template.Spec.Containers[0]
}

// surge and unavailable are how many pods a rollout may have beyond, and lack of,
// the wanted number. Parts of it are rounded up and down, and both 0 would allow
// nothing, so then one may be lacking (deployment/util, ResolveFenceposts).
func (o *objects) fenceposts(replicas int) (surge, unavailable int) {
	quarter := intstr.FromString("25%")
	most, least := &quarter, &quarter
	if r := o.deployment.Spec.Strategy.RollingUpdate; r != nil {
		most, least = cmp.Or(r.MaxSurge, most), cmp.Or(r.MaxUnavailable, least)
	}
	surge, _ = intstr.GetScaledValueFromIntOrPercent(most, replicas, true)
	unavailable, _ = intstr.GetScaledValueFromIntOrPercent(least, replicas, false)
	if surge == 0 && unavailable == 0 {
		unavailable = 1
	}
	return surge, unavailable
}

// servicePort finds a port of the Service.
func servicePort(s *corev1.Service, port int32) (corev1.ServicePort, error) {
	i := slices.IndexFunc(s.Spec.Ports, func(p corev1.ServicePort) bool { return p.Port == port })
	if i < 0 {
		return corev1.ServicePort{}, fmt.Errorf("Service %s has no port %d", s.Name, port)
	}
	return s.Spec.Ports[i], nil
}

// containerPort is the number of a port that is named or numbered, 0 if there is none.
func containerPort(c *corev1.Container, port intstr.IntOrString) int32 {
	if port.Type == intstr.Int {
		return port.IntVal
	}
	for _, p := range c.Ports {
		if p.Name == port.StrVal {
			return p.ContainerPort
		}
	}
	return 0
}

func named(u *unstructured.Unstructured) string { return u.GetKind() + " " + u.GetName() }

func unsupported(format string, args ...any) error {
	return fmt.Errorf(format+": not supported by the local cluster: %w", append(args, errors.ErrUnsupported)...)
}
