package manifest

import (
	"encoding/json"
	"maps"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// bare is a copy of an object that can be created in another namespace than from,
// beside the original: without what an API server filled in, and without what would
// make a tool take it for the original.
func (d *Deployable) bare(o Object, from string) *unstructured.Unstructured {
	own := o.DeepCopy()
	for _, field := range []string{"namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "selfLink", "managedFields", "ownerReferences", "finalizers", "deletionTimestamp", "deletionGracePeriodSeconds"} {
		unstructured.RemoveNestedField(own.Object, "metadata", field)
	}
	unstructured.RemoveNestedField(own.Object, "status")
	d.unmark(o, own)
	switch o.GetKind() {
	case "Service":
		unaddressed(own.Object)
	case "RoleBinding":
		unplaced(own.Object)
	case "PersistentVolumeClaim":
		unstructured.RemoveNestedField(own.Object, "spec", "volumeName")
	}
	if from != "" {
		d.warnOfAddresses(o, from)
	}
	return own
}

// unmark takes away the marks by which other tools would act upon the copy.
func (d *Deployable) unmark(o Object, own *unstructured.Unstructured) {
	strip := func(of map[string]string) (kept map[string]string) {
		for key := range sorted(of) {
			tool := gitOpsTool(key)
			if strings.HasPrefix(key, "external-dns.alpha.kubernetes.io/") {
				tool = "ExternalDNS"
			}
			if tool == "" {
				continue
			}
			if kept == nil {
				kept = maps.Clone(of)
			}
			delete(kept, key)
			d.note("%s is deployed without %s, so that %s does not take it for the original", o, key, tool)
		}
		if kept == nil {
			return of
		}
		return kept
	}
	if of := o.GetLabels(); of != nil {
		own.SetLabels(strip(of))
	}
	annotations := o.GetAnnotations()
	if annotations == nil {
		return
	}
	annotations = strip(maps.Clone(annotations))
	delete(annotations, corev1.LastAppliedConfigAnnotation)
	delete(annotations, "deployment.kubernetes.io/revision")
	own.SetAnnotations(annotations)
}

// unaddressed takes a Service's own addresses away, which only one can have; a
// headless one stays that.
func unaddressed(service map[string]any) {
	if text(service, "spec", "clusterIP") != corev1.ClusterIPNone {
		unstructured.RemoveNestedField(service, "spec", "clusterIP")
		unstructured.RemoveNestedField(service, "spec", "clusterIPs")
	}
	for _, field := range []string{"healthCheckNodePort", "externalIPs", "loadBalancerIP"} {
		unstructured.RemoveNestedField(service, "spec", field)
	}
	ports, _, _ := unstructured.NestedSlice(service, "spec", "ports")
	for _, p := range ports {
		if port, ok := p.(map[string]any); ok {
			delete(port, "nodePort")
		}
	}
	if ports != nil {
		_ = unstructured.SetNestedSlice(service, ports, "spec", "ports") // it was one before
	}
}

// unplaced takes the namespace of service accounts away that a RoleBinding names;
// who creates it fills in the new one.
func unplaced(binding map[string]any) {
	subjects, _, _ := unstructured.NestedSlice(binding, "subjects")
	for _, s := range subjects {
		if subject, ok := s.(map[string]any); ok && subject["kind"] == "ServiceAccount" {
			delete(subject, "namespace")
		}
	}
	if subjects != nil {
		_ = unstructured.SetNestedSlice(binding, subjects, "subjects")
	}
}

// warnOfAddresses notes objects that name a Service by its namespace: the copy
// would talk to the original.
func (d *Deployable) warnOfAddresses(o Object, from string) {
	written, err := json.Marshal(o.Object)
	if err == nil && strings.Contains(string(written), "."+from+".svc") {
		d.note("%s names an address in the namespace %s, which is not the one that zarif deploys to", o, from)
	}
}

// foreignLabels are a Namespace's labels without those that Kubernetes or a tool
// gave it.
func foreignLabels(o Object) map[string]string {
	labels := map[string]string{}
	for key, value := range o.GetLabels() {
		if key != corev1.LabelMetadataName && gitOpsTool(key) == "" {
			labels[key] = value
		}
	}
	return labels
}

// imagesOf are the images that an object's pods name, wherever its template is.
func imagesOf(o Object) (refs []string) {
	for _, path := range [][]string{{"spec", "template", "spec"}, {"spec", "jobTemplate", "spec", "template", "spec"}, {"spec"}} {
		fields, found, _ := unstructured.NestedMap(o.Object, path...)
		if !found || len(path) == 1 && o.GetKind() != "Pod" {
			continue
		}
		var pod corev1.PodSpec
		if runtime.DefaultUnstructuredConverter.FromUnstructured(fields, &pod) != nil {
			continue
		}
		for _, c := range append(pod.InitContainers, pod.Containers...) {
			if c.Image != "" {
				refs = append(refs, c.Image)
			}
		}
	}
	return refs
}
