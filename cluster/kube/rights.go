package kube

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"zarif/cluster"
	"zarif/report/history"
)

// A Right is one thing that whoever zarif connects as must be allowed to do.
type Right struct {
	Verb, Group, Resource string
	Subresource           string // empty: the resource itself
	Namespace             string // empty: in every namespace, or of the whole cluster
}

// String is as kubectl auth can-i has it: "create pods/exec in namespace shop".
func (r Right) String() string {
	text := r.Verb + " " + r.resource()
	if r.Group != "" {
		text += "." + r.Group
	}
	if r.Namespace != "" {
		return text + " in namespace " + r.Namespace
	}
	return text + " in the whole cluster"
}

func (r Right) resource() string {
	if r.Subresource == "" {
		return r.Resource
	}
	return r.Resource + "/" + r.Subresource
}

// A Use is what is to be done with one workload.
type Use struct {
	Workload    cluster.Workload
	Disruptions []string // by name
	Vantages    []string // from which it is loaded; those that name a URL themselves need none
	// AgentNamespace is as in Config.
	AgentNamespace string
	// Stopping is whether how the pods end of what is there already is changed, too.
	Stopping bool
}

const (
	groupApps      = "apps"
	groupDiscovery = "discovery.k8s.io"
	groupScaling   = "autoscaling"
)

// Rights are all that a use takes, each once, in a stable order. resources tells the
// resource of a kind; it is asked for the workload's objects only.
func (u Use) Rights(resources func(schema.GroupVersionKind) (schema.GroupVersionResource, error)) ([]Right, error) {
	ns := ""
	if u.Workload.Taken() {
		ns = u.Workload.Users.Namespace
	}
	rights := slices.Concat(u.observing(ns), u.acting(ns))
	if slices.Contains(u.Vantages, history.VantageService) || slices.Contains(u.Vantages, history.VantageEdge) {
		rights = append(rights, u.sending(ns)...)
	}
	if !u.Workload.Taken() {
		deploying, err := u.deploying(resources)
		if err != nil {
			return nil, err
		}
		rights = append(rights, deploying...)
	}
	slices.SortFunc(rights, func(a, b Right) int {
		return strings.Compare(strings.Join([]string{a.Namespace, a.Group, a.Resource, a.Subresource, a.Verb}, "\x00"),
			strings.Join([]string{b.Namespace, b.Group, b.Resource, b.Subresource, b.Verb}, "\x00"))
	})
	return slices.Compact(rights), nil
}

func in(ns, group, resource string, verbs ...string) (rights []Right) {
	resource, sub, _ := strings.Cut(resource, "/")
	for _, verb := range verbs {
		rights = append(rights, Right{Verb: verb, Group: group, Resource: resource, Subresource: sub, Namespace: ns})
	}
	return rights
}

// observing is what it takes to follow the target's pods and endpoints.
func (u Use) observing(ns string) []Right {
	rights := slices.Concat(
		in(ns, "", "pods", "list", "watch"),
		in(ns, "", "events", "list", "watch"),
		in(ns, "", "services", "get"),
		in(ns, groupDiscovery, "endpointslices", "list", "watch"),
		in(ns, groupApps, u.controllers(), "get", "list", "watch"),
	)
	if u.controllers() == "deployments" {
		rights = append(rights, in(ns, groupApps, "replicasets", "list", "watch")...)
	}
	if u.Workload.Taken() { // it is looked for, and so is who scales it
		rights = append(rights, slices.Concat(
			in(ns, "", "services", "list"), in(ns, groupApps, "deployments", "list"), in(ns, groupApps, "statefulsets", "list"),
			in(ns, groupScaling, "horizontalpodautoscalers", "list"))...)
	}
	return rights
}

// controllers is the resource of the target's controller.
func (u Use) controllers() string {
	if u.Workload.Target.Kind == kindStatefulSet {
		return "statefulsets"
	}
	return "deployments"
}

// acting is what the disruptions take. Those that are not here need more than an
// API server and are skipped.
func (u Use) acting(ns string) (rights []Right) {
	if u.Stopping && u.Workload.Taken() {
		rights = append(rights, in(ns, groupApps, u.controllers(), "get", "patch")...)
	}
	for _, d := range u.Disruptions {
		switch d {
		case "rollout":
			rights = append(rights, in(ns, groupApps, u.controllers(), "patch")...)
		case "scale-down":
			if u.Workload.Taken() { // what its replicas were is written on it in the same step
				rights = append(rights, in(ns, groupApps, u.controllers(), "get", "patch")...)
				continue
			}
			rights = append(rights, in(ns, groupApps, u.controllers()+"/scale", "get", "update")...)
		case "pod-delete":
			rights = append(rights, in(ns, "", "pods", "delete")...)
		case "eviction":
			rights = append(rights, in(ns, "", "pods/eviction", "create")...)
		case "operational-drain":
			rights = append(rights, in(ns, "", "pods", "patch", "delete")...)
		}
	}
	return rights
}

// sending is what the load agent's pod takes. Its namespace is not known beforehand
// unless it is given.
func (u Use) sending(ns string) []Right {
	rights := slices.Concat(in(u.AgentNamespace, "", "pods", "create", "list", "watch"), in(u.AgentNamespace, "", "pods/exec", "create", "get"))
	switch {
	case !u.Workload.Taken():
		return slices.Concat(in("", "", "pods", "create", "list", "watch"), in("", "", "pods/exec", "create", "get"))
	case u.AgentNamespace != "":
		return slices.Concat(rights, in(u.AgentNamespace, "", "pods", "get", "delete"))
	}
	return slices.Concat(rights, ofNamespaces())
}

// ofNamespaces is what it takes to make and remove a namespace of one's own.
func ofNamespaces() []Right {
	return slices.Concat(in("", "", "namespaces", "create", "list", "watch", "delete"), in("", "", "serviceaccounts", "list", "watch"))
}

func (u Use) deploying(resources func(schema.GroupVersionKind) (schema.GroupVersionResource, error)) (rights []Right, err error) {
	rights = ofNamespaces()
	if slices.Contains(u.Vantages, history.VantageHost) {
		rights = append(rights, in("", "", "services", "create", "get")...)
	}
	made, err := making(u.Workload.Objects, resources)
	if err != nil {
		return nil, err
	}
	edge, err := u.behindEdge(resources)
	return slices.Concat(rights, made, edge, u.ofFixtures()), err
}

// making is what it takes to create objects.
func making(objects []*unstructured.Unstructured, resources func(schema.GroupVersionKind) (schema.GroupVersionResource, error)) (rights []Right, err error) {
	for _, o := range objects {
		of, err := resources(o.GroupVersionKind())
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", o.GetKind(), o.GetName(), err)
		}
		rights = append(rights, in("", of.Group, of.Resource, "create")...)
	}
	return rights, nil
}

// Rights are those of all uses, each once.
func (k *Cluster) Rights(uses []Use) (all []Right, err error) {
	for _, u := range uses {
		if !u.Workload.Taken() {
			if err := k.takes(u.Workload); err != nil {
				return nil, err
			}
		}
		rights, err := u.Rights(k.resource)
		if err != nil {
			return nil, err
		}
		for _, r := range rights {
			if !slices.Contains(all, r) {
				all = append(all, r)
			}
		}
	}
	return all, nil
}

func (k *Cluster) resource(kind schema.GroupVersionKind) (schema.GroupVersionResource, error) {
	mapping, err := k.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if err != nil {
		return schema.GroupVersionResource{}, err
	}
	return mapping.Resource, nil
}

// A MissingRightsError lists everything that is not allowed and would be needed.
type MissingRightsError struct {
	Who    string // empty: not known
	Rights []Right
}

func (e *MissingRightsError) Error() string {
	who := e.Who
	if who == "" {
		who = "whoever zarif connects as"
	}
	lines := make([]string, len(e.Rights))
	for i, r := range e.Rights {
		lines[i] = "\n- " + r.String()
	}
	return fmt.Sprintf("%s may not do all that is needed, and nothing was done; missing:%s\n--print-rbac prints the roles that suffice", who, strings.Join(lines, ""))
}

// Ask asks the API server for every right (SelfSubjectAccessReview) and changes
// nothing. The error is a *MissingRightsError if any is missing.
func (k *Cluster) Ask(ctx context.Context, rights []Right) error {
	missing := &MissingRightsError{}
	for _, r := range rights {
		review, err := k.client.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, &authorizationv1.SelfSubjectAccessReview{
			Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &authorizationv1.ResourceAttributes{
				Verb: r.Verb, Group: r.Group, Resource: r.Resource, Subresource: r.Subresource, Namespace: r.Namespace,
			}},
		}, metav1.CreateOptions{})
		if err != nil {
			return fmt.Errorf("ask whether zarif may %s: %w", r, err)
		}
		if !review.Status.Allowed {
			missing.Rights = append(missing.Rights, r)
		}
	}
	if len(missing.Rights) == 0 {
		return nil
	}
	me, err := k.client.AuthenticationV1().SelfSubjectReviews().Create(ctx, &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	if err == nil {
		missing.Who = me.Status.UserInfo.Username
	}
	return missing
}

// IsMissing reports whether err lists missing rights.
func IsMissing(err error) bool {
	var missing *MissingRightsError
	return errors.As(err, &missing)
}
