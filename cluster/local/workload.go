package local

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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
	port       int32    // of the pods, that the target's port leads to
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
	if d.Spec.Selector == nil {
		d.Spec.Selector = &metav1.LabelSelector{}
	}
	if !selects(d.Spec.Selector.MatchLabels, d) {
		return fmt.Errorf("Deployment %s: its selector does not match the pods' labels", d.Name)
	}
	if !selects(o.service.Spec.Selector, d) {
		return fmt.Errorf("Service %s: its selector does not match the pods' labels", o.service.Name)
	}
	if d.Spec.Replicas == nil {
		d.Spec.Replicas = new(int32(1))
	}
	if d.Spec.Template.Spec.TerminationGracePeriodSeconds == nil {
		d.Spec.Template.Spec.TerminationGracePeriodSeconds = new(int64(corev1.DefaultTerminationGracePeriodSeconds))
	}
	if _, _, err := o.fenceposts(int(*d.Spec.Replicas)); err != nil {
		return fmt.Errorf("Deployment %s: spec.strategy.rollingUpdate: %w", d.Name, err)
	}
	if err := checkContainer(o.container()); err != nil {
		return fmt.Errorf("Deployment %s: spec.template.spec.containers[0].%w", d.Name, err)
	}
	var err error
	o.port, err = podPort(o.service, target.Port, o.container())
	return err
}

// sparesLabel reports whether the Service asks for a label that the Deployment does
// not need.
func (o objects) sparesLabel() bool {
	for label := range o.service.Spec.Selector {
		if _, needed := o.deployment.Spec.Selector.MatchLabels[label]; !needed {
			return true
		}
	}
	return false
}

// selects reports whether the pods of a Deployment have all of the labels.
func selects(selector map[string]string, d *appsv1.Deployment) bool {
	return len(selector) > 0 && labels.SelectorFromSet(selector).Matches(labels.Set(d.Spec.Template.Labels))
}

// container is the one that every pod has.
func (o *objects) container() *corev1.Container {
	return &o.deployment.Spec.Template.Spec.Containers[0]
}

// fenceposts are how many pods a rollout may have beyond, and lack of, the wanted
// number. Parts of it are rounded up and down, and both 0 would allow nothing, so
// then one may be lacking (deployment/util, ResolveFenceposts).
func (o *objects) fenceposts(replicas int) (surge, unavailable int, err error) {
	quarter := intstr.FromString("25%")
	most, least := &quarter, &quarter
	if r := o.deployment.Spec.Strategy.RollingUpdate; r != nil {
		most, least = cmp.Or(r.MaxSurge, most), cmp.Or(r.MaxUnavailable, least)
	}
	surge, err = intstr.GetScaledValueFromIntOrPercent(most, replicas, true)
	if err != nil {
		return 0, 0, fmt.Errorf("maxSurge: %w", err)
	}
	unavailable, err = intstr.GetScaledValueFromIntOrPercent(least, replicas, false)
	if err != nil {
		return 0, 0, fmt.Errorf("maxUnavailable: %w", err)
	}
	if surge == 0 && unavailable == 0 {
		unavailable = 1
	}
	return surge, unavailable, nil
}

// podPort is the port of the pods to which a port of the Service leads.
func podPort(s *corev1.Service, port int32, c *corev1.Container) (int32, error) {
	i := slices.IndexFunc(s.Spec.Ports, func(p corev1.ServicePort) bool { return p.Port == port })
	if i < 0 {
		return 0, fmt.Errorf("Service %s has no port %d", s.Name, port)
	}
	target := s.Spec.Ports[i].TargetPort
	if target == (intstr.IntOrString{}) {
		return port, nil
	}
	number, err := containerPort(c, target)
	if err != nil {
		return 0, fmt.Errorf("Service %s: spec.ports[%d].targetPort: %w", s.Name, i, err)
	}
	return number, nil
}

func named(u *unstructured.Unstructured) string { return u.GetKind() + " " + u.GetName() }

func unsupported(format string, args ...any) error {
	return fmt.Errorf(format+": not supported by the local cluster: %w", append(args, errors.ErrUnsupported)...)
}
