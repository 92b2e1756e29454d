package manifest

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// An Owner is somebody else who decides how many replicas there are, and would
// put back what is changed.
type Owner struct {
	What  string // "HorizontalPodAutoscaler shop", "Argo CD"
	Shown string // by what it shows: "label argocd.argoproj.io/instance=shop"
}

func (o Owner) String() string { return o.What + " (" + o.Shown + ")" }

// ownersOf are the owners of a controller's replicas, and the fewest replicas that
// an autoscaler leaves.
func ownersOf(objects []Object, target Object) (owners []Owner, least int32) {
	for _, o := range objects {
		if min, scales := scalerOf(o, target); scales {
			owners = append(owners, Owner{o.name(), "its scaleTargetRef"})
			least = max(least, min)
		}
	}
	return append(owners, controlledBy(target)...), least
}

// scalerOf reports whether o scales the target, and to how many replicas at least.
func scalerOf(o, target Object) (least int32, scales bool) {
	minimum := "minReplicas"
	switch o.GetKind() {
	case "HorizontalPodAutoscaler":
	case "ScaledObject": // of KEDA
		minimum = "minReplicaCount"
	default:
		return 0, false
	}
	kind := text(o.Object, "spec", "scaleTargetRef", "kind")
	if kind == "" {
		kind = kindDeployment
	}
	if kind != target.GetKind() || text(o.Object, "spec", "scaleTargetRef", "name") != target.GetName() {
		return 0, false
	}
	n, said, _ := unstructured.NestedInt64(o.Object, "spec", minimum)
	if !said && minimum == "minReplicas" {
		n = 1
	}
	return int32(n), true
}

// Marks by which tools recognise what they keep as it is written down elsewhere.
var gitOps = []struct{ prefix, tool string }{
	{"argocd.argoproj.io/", "Argo CD"},
	{"kustomize.toolkit.fluxcd.io/", "Flux"},
	{"helm.toolkit.fluxcd.io/", "Flux"},
	{"fluxcd.io/", "Flux"},
	{"objectset.rio.cattle.io/", "Fleet"},
	{"configmanagement.gke.io/", "Config Sync"},
	{"configsync.gke.io/", "Config Sync"},
}

// Field managers of such tools, and of autoscalers that leave no other trace.
var managers = map[string]string{
	"argocd-controller": "Argo CD", "argocd-application-controller": "Argo CD", "argocd": "Argo CD",
	"kustomize-controller": "Flux", "helm-controller": "Flux", "fleetagent": "Fleet", "fleet-agent": "Fleet",
	"configsync": "Config Sync", "keda-operator": "KEDA",
}

// controlledBy are owners that show in the object itself.
func controlledBy(target Object) (owners []Owner) {
	add := func(what, shown string) {
		if !slices.ContainsFunc(owners, func(o Owner) bool { return o.What == what }) {
			owners = append(owners, Owner{what, shown})
		}
	}
	for _, ref := range target.GetOwnerReferences() {
		add(ref.Kind+" "+ref.Name, "its ownerReferences")
	}
	for _, marks := range []struct {
		what string
		of   map[string]string
	}{{"label", target.GetLabels()}, {"annotation", target.GetAnnotations()}} {
		for key, value := range sorted(marks.of) {
			if tool := gitOpsTool(key); tool != "" {
				add(tool, fmt.Sprintf("%s %s=%s", marks.what, key, value))
			}
		}
	}
	for _, m := range target.GetManagedFields() {
		if tool := managers[m.Manager]; tool != "" {
			add(tool, "field manager "+m.Manager)
		}
		// Who scales by the scale subresource and is none of kubectl is an autoscaler.
		if m.Subresource == "scale" && m.Manager == "kube-controller-manager" {
			add("an autoscaler", "field manager "+m.Manager+" of its scale")
		}
	}
	return owners
}

// gitOpsTool is the tool that a label or annotation is of; empty: of none that is known.
func gitOpsTool(key string) string {
	for _, g := range gitOps {
		if strings.HasPrefix(key, g.prefix) {
			return g.tool
		}
	}
	return ""
}
