package kube

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation"

	"zarif/cluster"
)

// ownerLabel is on every namespace that zarif made, whoever runs it.
const ownerLabel = "zarif.dev/owner"

// namePrefix is what the names of those begin with.
const namePrefix = "zarif-"

// accountWait bounds how long a new namespace may be without its service account.
const accountWait = 30 * time.Second

// Deploy makes a namespace for w, loads its images and creates its objects.
func (k *Cluster) Deploy(ctx context.Context, w cluster.Workload) (cluster.Deployed, error) {
	if !slices.Contains([]string{kindDeployment, kindStatefulSet}, w.Target.Kind) {
		return nil, fmt.Errorf("deploy %s: a target of kind %q: only a Deployment or a StatefulSet can be one: %w", w.Name, w.Target.Kind, errors.ErrUnsupported)
	}
	if w.Taken() {
		return k.take(ctx, w)
	}
	if err := k.takes(w); err != nil {
		return nil, fmt.Errorf("deploy %s: %w", w.Name, err)
	}
	for _, img := range w.AllImages() {
		if _, err := k.image(ctx, img); err != nil {
			return nil, fmt.Errorf("deploy %s: %w", w.Name, err)
		}
	}
	loaded, err := k.references(ctx, w)
	if err != nil {
		return nil, fmt.Errorf("deploy %s: %w", w.Name, err)
	}
	wanted := namespaceFor(w.Name, k.config.Owner)
	if w.Users != nil {
		for key, value := range w.Users.Labels {
			if _, ours := wanted.Labels[key]; !ours {
				wanted.Labels[key] = value
			}
		}
	}
	ns, err := k.makeNamespace(ctx, wanted)
	if err != nil {
		return nil, fmt.Errorf("deploy %s: create its namespace: %w", w.Name, err)
	}
	d := newDeployed(k, w, ns.Name)
	d.loaded = loaded
	if err := d.create(ctx); err != nil {
		err = fmt.Errorf("deploy %s: %w", w.Name, err)
		return nil, errors.Join(err, d.Remove(context.WithoutCancel(ctx)))
	}
	return d.asDeployed(), nil
}

// namespaceFor names and marks a namespace of its own for a workload.
func namespaceFor(workload string, owner map[string]string) *corev1.Namespace {
	const longest = 40 // leaves room for the prefix and the random end within 63
	name := strings.Trim(strings.Map(dnsLabel, strings.ToLower(workload)), "-")
	if len(name) > longest {
		name = strings.Trim(name[:longest], "-")
	}
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		Name:        namePrefix + name + "-" + random(),
		Labels:      map[string]string{ownerLabel: "zarif"},
		Annotations: map[string]string{},
	}}
	for key, value := range owner {
		ns.Annotations[key] = value
		if len(validation.IsValidLabelValue(value)) == 0 {
			ns.Labels[key] = value
		}
	}
	return ns
}

func dnsLabel(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
		return r
	}
	return '-'
}

// create makes the objects and begins to observe the target.
func (d *Deployed) create(ctx context.Context) error {
	if err := d.awaitAccount(ctx, d.namespace); err != nil {
		return err
	}
	if d.workload.Users == nil {
		if err := d.withoutToken(ctx); err != nil {
			return err
		}
	}
	objects := d.workload.Objects
	if d.workload.Edge != nil {
		objects = slices.Concat(objects, d.workload.Edge.Objects)
	}
	for _, o := range objects {
		if err := d.createObject(ctx, o); err != nil {
			return err
		}
	}
	return d.begin(ctx)
}

// awaitAccount waits until a namespace has its default service account, without
// which no pod can be made.
func (d *Deployed) awaitAccount(ctx context.Context, namespace string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, accountWait,
		fmt.Errorf("none within %s: is the controller manager running?", accountWait))
	defer cancel()
	accounts := d.k.client.CoreV1().ServiceAccounts(namespace)
	found := make(chan struct{}, 1)
	named := fields.OneTermEqualSelector("metadata.name", "default").String()
	f := &feed[*corev1.ServiceAccount]{
		list:  listed(accounts.List, metav1.ListOptions{FieldSelector: named}),
		watch: watched(accounts.Watch, metav1.ListOptions{FieldSelector: named}),
		handle: func(change[*corev1.ServiceAccount]) {
			select {
			case found <- struct{}{}:
			default:
			}
		},
	}
	watching, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); f.run(watching) }()
	defer func() { stop(); <-done }()
	select {
	case <-found:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the default service account: %w", context.Cause(ctx))
	}
}

// withoutToken keeps the default service account's token out of the pods.
func (d *Deployed) withoutToken(ctx context.Context) error {
	accounts := d.k.client.CoreV1().ServiceAccounts(d.namespace)
	_, err := accounts.Patch(ctx, "default", types.MergePatchType, []byte(`{"automountServiceAccountToken":false}`), metav1.PatchOptions{})
	if err != nil {
		return fmt.Errorf("keep the service account's token out of the pods: %w", err)
	}
	return nil
}

// createObject creates one object of the workload in the namespace.
func (d *Deployed) createObject(ctx context.Context, o *unstructured.Unstructured) error {
	kind := o.GroupVersionKind()
	what := fmt.Sprintf("create %s %s", kind.Kind, o.GetName())
	mapping, err := d.k.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if mapping.Scope.Name() != meta.RESTScopeNameNamespace {
		return fmt.Errorf("%s: it belongs to the whole cluster; a workload may hold only objects of a namespace", what)
	}
	if ns := o.GetNamespace(); ns != "" && ns != d.namespace {
		return fmt.Errorf("%s: it names the namespace %s; leave it out, every trial has one of its own", what, ns)
	}
	own := o.DeepCopy()
	own.SetNamespace(d.namespace)
	d.fit(own)
	_, err = d.k.dynamic.Resource(mapping.Resource).Namespace(d.namespace).Create(ctx, own, metav1.CreateOptions{})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
