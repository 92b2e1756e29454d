package manifest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"zarif/cluster"
)

// A Deployable is what of the user's objects is created in a namespace of zarif's.
type Deployable struct {
	Objects []*unstructured.Unstructured // without a namespace, in the order of creation
	// References are the images that the objects' pods name, each once.
	References []string
	// Labels are those of the user's own Namespace object, if there is one.
	Labels map[string]string
	// Notes say what was left out or changed, and why; a sentence each.
	Notes []string
}

// Deploy makes of the objects what can be created in another namespace than theirs.
// Objects of the whole cluster are refused by name unless want leaves them out; what
// would lead other people's requests away is left out. Its error is Faults.
func Deploy(objects []Object, want Want) (Deployable, error) {
	var d Deployable
	var faults Faults
	var kept []Object
	for _, o := range objects {
		switch {
		case want.leavesOut(o):
			d.note("%s is left out, as was asked", o)
		case o.GetKind() == "Namespace" && o.GroupVersionKind().Group == "":
			d.Labels = foreignLabels(o)
			d.note("%s is left out: zarif makes a namespace of its own, with the same labels", o)
		case isClusterWide(o):
			faults.add(o.String(), "it belongs to the whole cluster, and zarif makes nothing outside its own namespace",
				"--leave-out "+o.GetKind()+"/"+o.GetName()+", where the target works without it or it is there already")
		case isRoute(o):
			d.note("%s is left out: it would lead requests of others here", o)
		case notInstalled(o):
			d.note("%s is left out: helm does not make it when it installs (%s: %s)", o, helmHook, o.GetAnnotations()[helmHook])
		default:
			kept = append(kept, o)
		}
	}
	from := namespacesOf(kept, &faults)
	if err := faults.err(); err != nil {
		return Deployable{}, err
	}
	for _, o := range kept {
		d.Objects = append(d.Objects, d.bare(o, from))
		d.References = append(d.References, imagesOf(o)...)
	}
	slices.SortStableFunc(d.Objects, func(a, b *unstructured.Unstructured) int { return turn(a) - turn(b) })
	slices.Sort(d.References)
	d.References = slices.Compact(d.References)
	return d, nil
}

func (d *Deployable) note(format string, args ...any) {
	d.Notes = append(d.Notes, fmt.Sprintf(format, args...))
}

// Workload is the deployable as clusters take it.
func (d Deployable) Workload(r Resolved) cluster.Workload {
	return cluster.Workload{
		Name: r.Target.Name, Objects: d.Objects, Target: r.Target, Grace: r.Grace,
		Users: &cluster.Users{References: d.References, Labels: d.Labels, Replicas: r.Replicas, Notes: d.Notes},
	}
}

// namespacesOf is the namespace that the objects name; objects of several cannot be
// put into one without their addresses becoming wrong.
func namespacesOf(objects []Object, faults *Faults) string {
	by := map[string]Object{}
	for _, o := range objects {
		if ns := o.GetNamespace(); ns != "" {
			if _, there := by[ns]; !there {
				by[ns] = o
			}
		}
	}
	names := slices.Sorted(maps.Keys(by))
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	var shown []string
	for _, ns := range names {
		shown = append(shown, ns+" of "+by[ns].String())
	}
	faults.add("", "the objects are of several namespaces: "+strings.Join(shown, ", "), "those of one namespace, and --leave-out for the others")
	return ""
}

// turn is when an object is created: what pods need first, what makes pods last
// but for autoscalers, which look for what they scale.
func turn(o *unstructured.Unstructured) int {
	switch o.GetKind() {
	case "ServiceAccount", "Secret", "ConfigMap", "PersistentVolumeClaim", "LimitRange", "ResourceQuota", "NetworkPolicy":
		return 0
	case "Role":
		return 1
	case "RoleBinding", "Service", "PodDisruptionBudget":
		return 2
	case "Job":
		return 3
	case "HorizontalPodAutoscaler", "ScaledObject", "VerticalPodAutoscaler":
		return 5
	}
	return 4
}
