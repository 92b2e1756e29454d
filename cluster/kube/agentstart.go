package kube

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// agentWait bounds how long the agent's pod may take until it is ready.
const agentWait = 2 * time.Minute

// An AgentError says why the load agent does not start on a cluster. It does not
// start for a later trial either.
type AgentError struct{ Why string }

func (e *AgentError) Error() string { return e.Why }

// awaitAgent waits until the agent's pod is ready, and no longer than that can be.
func (d *Deployed) awaitAgent(ctx context.Context, namespace string, made *corev1.Pod) error {
	ctx, cancel := context.WithTimeoutCause(ctx, agentWait, fmt.Errorf("its pod was not ready within %s", agentWait))
	defer cancel()
	changes, stop := d.followPod(ctx, namespace, made.Name)
	defer stop()
	var seen hindrances
	for {
		select {
		case c := <-changes:
			if c.gone {
				return errors.New("its pod was deleted while it started")
			}
			if podReady(c.now) {
				return nil
			}
			if seen.add(c.now); seen.final {
				return d.agentFails(ctx, namespace, made, "its pod cannot start", seen)
			}
		case <-ctx.Done():
			if seen.stays && context.Cause(ctx) != ctx.Err() {
				return d.agentFails(ctx, namespace, made, context.Cause(ctx).Error(), seen)
			}
			return fmt.Errorf("%w%s", context.Cause(ctx), d.agentStory(ctx, namespace, made, seen))
		}
	}
}

// agentFails is the end of waiting, for the trials after this one too where nothing
// will be different for them.
func (d *Deployed) agentFails(ctx context.Context, namespace string, made *corev1.Pod, what string, seen hindrances) error {
	failed := &AgentError{Why: what + d.agentStory(ctx, namespace, made, seen)}
	if !seen.stays {
		return errors.New(failed.Why)
	}
	d.k.agentless.Store(failed)
	return failed
}

// agentStory says what keeps the agent's pod from being ready, as far as Kubernetes
// tells, and what would help.
func (d *Deployed) agentStory(ctx context.Context, namespace string, made *corev1.Pod, seen hindrances) string {
	text := ""
	if seen.text != "" {
		text = ": " + seen.text
	}
	if last := d.lastEvent(ctx, namespace, made.Name); last != "" && !strings.Contains(text, last) {
		text += "; last event: " + last
	}
	if seen.cure != "" {
		text += "; want " + strings.ReplaceAll(seen.cure, "IMAGE", made.Spec.Containers[0].Image)
	}
	return text
}

// followPod hands over what happens to a pod until stop is called.
func (d *Deployed) followPod(ctx context.Context, namespace, name string) (changes <-chan change[*corev1.Pod], stop func()) {
	pods := d.k.client.CoreV1().Pods(namespace)
	named := metav1.ListOptions{FieldSelector: "metadata.name=" + name}
	out := make(chan change[*corev1.Pod])
	watching, end := context.WithCancel(ctx)
	f := &feed[*corev1.Pod]{
		what: "the agent's pod", list: listed(pods.List, named), watch: watched(pods.Watch, named),
		handle: func(c change[*corev1.Pod]) {
			select {
			case out <- c:
			case <-watching.Done():
			}
		},
	}
	done := make(chan struct{})
	go func() { defer close(done); f.run(watching) }()
	return out, func() { end(); <-done }
}

// lastEvent is the latest event of a pod; empty: there is none, or it may not be read.
func (d *Deployed) lastEvent(ctx context.Context, namespace, pod string) string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	list, err := d.k.client.CoreV1().Events(namespace).List(ctx, metav1.ListOptions{FieldSelector: "involvedObject.name=" + pod})
	if err != nil {
		return ""
	}
	var last *corev1.Event
	for i := range list.Items {
		e := &list.Items[i]
		if e.InvolvedObject.Name == pod && (last == nil || eventTime(e).After(eventTime(last))) {
			last = e
		}
	}
	if last == nil {
		return ""
	}
	return last.Reason + ": " + strings.TrimSpace(last.Message)
}
