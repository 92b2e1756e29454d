package kube

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
)

// A Leftover is something that zarif made in a cluster and that is still there: the
// namespace of a workload, or a load agent's pod in a namespace of somebody else's. Or
// it is what zarif changed on a controller of somebody else's.
type Leftover struct {
	Namespace   string
	Pod         string            // empty: it is the namespace, or a change
	Change      *Changed          // nil: it is no change
	Annotations map[string]string // who made it, see Config.Owner
	uid         types.UID
	controller  usersController // that was changed
}

// String is "namespace zarif-shop-0a1b2c", "pod zarif-agent-0a1b2c in namespace load" or
// "replicas 1 (before: 3) on Deployment shop in namespace shop".
func (l Leftover) String() string {
	if l.Change != nil {
		return l.Change.String()
	}
	if l.Pod == "" {
		return "namespace " + l.Namespace
	}
	return "pod " + l.Pod + " in namespace " + l.Namespace
}

// Leftovers are all in the cluster, of runs that go on too. What is being deleted is
// none. Where pods may be looked for in one namespace only, that is agentNamespace;
// unseen says what may not be looked for.
func Leftovers(ctx context.Context, client kubernetes.Interface, objects dynamic.Interface, agentNamespace string) (found []Leftover, unseen []string, err error) {
	namespaces, err := client.CoreV1().Namespaces().List(ctx, metav1.ListOptions{LabelSelector: ownerLabel + "=zarif"})
	switch {
	case apierrors.IsForbidden(err):
		unseen = append(unseen, "namespaces (list namespaces is not allowed)")
	case err != nil:
		return nil, nil, fmt.Errorf("look for namespaces of zarif: %w", err)
	default:
		for i := range namespaces.Items {
			if ns := &namespaces.Items[i]; ns.DeletionTimestamp == nil && strings.HasPrefix(ns.Name, namePrefix) {
				found = append(found, Leftover{Namespace: ns.Name, Annotations: ns.Annotations, uid: ns.UID})
			}
		}
	}
	agents, where, err := agentPods(ctx, client, agentNamespace)
	if err != nil {
		return nil, nil, err
	}
	if where != "" {
		unseen = append(unseen, where)
	}
	changes, hidden, err := changes(ctx, objects)
	return slices.Concat(found, agents, changes), append(unseen, hidden...), err
}

// changes are what is changed on controllers that are none of zarif's.
func changes(ctx context.Context, objects dynamic.Interface) (found []Leftover, unseen []string, err error) {
	for _, kind := range []string{kindDeployment, kindStatefulSet} {
		list, err := objects.Resource(controllerResource(kind)).List(ctx, metav1.ListOptions{})
		if apierrors.IsForbidden(err) {
			unseen = append(unseen, fmt.Sprintf("changes to %ss (list %s is not allowed)", kind, controllerResource(kind).Resource))
			continue
		}
		if err != nil {
			return nil, nil, fmt.Errorf("look for changes to %ss: %w", kind, err)
		}
		for i := range list.Items {
			o := &list.Items[i]
			c := usersController{objects, kind, o.GetNamespace(), o.GetName()}
			if changed := c.changedOn(o); changed != nil {
				found = append(found, Leftover{Namespace: c.namespace, Change: changed, Annotations: changed.By, controller: c})
			}
		}
	}
	return found, unseen, nil
}

// agentPods are those of the load agent in namespaces that are none of zarif's.
func agentPods(ctx context.Context, client kubernetes.Interface, namespace string) (found []Leftover, unseen string, err error) {
	ours := metav1.ListOptions{LabelSelector: roleLabel + "=" + agentRole}
	pods, err := client.CoreV1().Pods(metav1.NamespaceAll).List(ctx, ours)
	if apierrors.IsForbidden(err) && namespace != "" {
		pods, err = client.CoreV1().Pods(namespace).List(ctx, ours)
	}
	if apierrors.IsForbidden(err) {
		return nil, "pods of the load agent (list pods is not allowed)", nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("look for pods of the load agent: %w", err)
	}
	for i := range pods.Items {
		p := &pods.Items[i]
		if p.DeletionTimestamp == nil && !strings.HasPrefix(p.Namespace, namePrefix) && strings.HasPrefix(p.Name, agentName) {
			found = append(found, Leftover{Namespace: p.Namespace, Pod: p.Name, Annotations: p.Annotations, uid: p.UID})
		}
	}
	return found, "", nil
}

// leftoverWait bounds how long a leftover may take to go.
const leftoverWait = 3 * time.Minute

// Remove deletes the very thing that was found, and waits until it is gone. What was
// changed is put back, and the rollout or scaling that this is is not waited for.
func (l Leftover) Remove(ctx context.Context, client kubernetes.Interface) error {
	if l.Change != nil {
		_, _, _, err := l.controller.putBack(ctx)
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, leftoverWait, fmt.Errorf("it was not gone within %s", leftoverWait))
	defer cancel()
	only := metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &l.uid}}
	var err error
	if l.Pod != "" {
		only.GracePeriodSeconds = new(int64(1))
		err = client.CoreV1().Pods(l.Namespace).Delete(ctx, l.Pod, only)
	} else if err = client.CoreV1().Namespaces().Delete(ctx, l.Namespace, only); err == nil {
		// Best effort: without it the namespace goes too, only later.
		_ = client.CoreV1().Pods(l.Namespace).DeleteCollection(ctx, metav1.DeleteOptions{GracePeriodSeconds: new(int64(1))}, metav1.ListOptions{})
	}
	for err == nil {
		var there bool
		if there, err = l.there(ctx, client); err == nil && !there {
			return nil
		}
		if pause(ctx, goneAgain); ctx.Err() != nil {
			err = errors.Join(context.Cause(ctx), err)
		}
	}
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) { // somebody else was quicker
		return nil
	}
	return fmt.Errorf("remove %s: %w", l, err)
}

// there reports whether it is not gone yet.
func (l Leftover) there(ctx context.Context, client kubernetes.Interface) (bool, error) {
	named := metav1.ListOptions{FieldSelector: "metadata.name=" + l.Namespace}
	if l.Pod != "" {
		named.FieldSelector = "metadata.name=" + l.Pod
		pods, err := client.CoreV1().Pods(l.Namespace).List(ctx, named)
		return err == nil && slices.ContainsFunc(pods.Items, func(p corev1.Pod) bool { return p.UID == l.uid }), err
	}
	namespaces, err := client.CoreV1().Namespaces().List(ctx, named)
	return err == nil && slices.ContainsFunc(namespaces.Items, func(ns corev1.Namespace) bool { return ns.UID == l.uid }), err
}
