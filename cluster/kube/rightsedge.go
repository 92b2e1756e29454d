package kube

import (
	"fmt"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// behindEdge is what a proxy in front of the target takes: its objects, that it is
// ready, and its log. Nobody may grant more than they may do, so that it is also all
// that a Role among the objects grants.
func (u Use) behindEdge(resources func(schema.GroupVersionKind) (schema.GroupVersionResource, error)) (rights []Right, err error) {
	if u.Workload.Edge == nil {
		return nil, nil
	}
	if rights, err = making(u.Workload.Edge.Objects, resources); err != nil {
		return nil, err
	}
	for _, o := range u.Workload.Edge.Objects {
		granted, err := granting(o)
		if err != nil {
			return nil, err
		}
		rights = append(rights, granted...)
	}
	return slices.Concat(rights, in("", groupApps, "deployments", "list", "watch"), in("", "", "pods/log", "get")), nil
}

// granting is what a Role grants; nothing of other objects.
func granting(o *unstructured.Unstructured) (rights []Right, err error) {
	if o.GroupVersionKind().Group != rbacv1.GroupName || o.GetKind() != "Role" {
		return nil, nil
	}
	var role rbacv1.Role
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, &role); err != nil {
		return nil, fmt.Errorf("read Role %s: %w", o.GetName(), err)
	}
	for _, rule := range role.Rules {
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				rights = append(rights, in("", group, resource, rule.Verbs...)...)
			}
		}
	}
	return rights, nil
}

// ofFixtures is what zarif's own applications take: their logs are read, and their
// pods get no token.
func (u Use) ofFixtures() (rights []Right) {
	if u.Workload.Users != nil {
		return nil
	}
	rights = in("", "", "serviceaccounts", "patch")
	if u.Workload.LogsHits {
		rights = append(rights, in("", "", "pods/log", "get")...)
	}
	return rights
}
