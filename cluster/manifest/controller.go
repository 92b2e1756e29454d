package manifest

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
)

const (
	kindDeployment  = "Deployment"
	kindStatefulSet = "StatefulSet"
)

// podTemplate is a controller whose pods a Service may lead to.
type podTemplate struct {
	object   Object
	template corev1.PodTemplateSpec
	replicas int32
}

// controllersIn are what makes pods, with the templates of those.
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

// findController finds whose pods a Service leads to.
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
