package kube

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// own is where zarif's own pods are: the namespace of a workload that it deployed,
// and elsewhere for one that was there before.
type own struct {
	namespace string // empty: none yet
	made      bool   // and so it is removed
	agent     string // name of the agent's pod
	uid       types.UID
}

// ownNamespace finds or makes the namespace of zarif's own pods. d.agent is held.
func (d *Deployed) ownNamespace(ctx context.Context) (string, error) {
	if d.own.namespace != "" {
		return d.own.namespace, nil
	}
	if ns := d.k.config.AgentNamespace; ns != "" {
		d.own.namespace, d.own.agent = ns, agentName+"-"+random()
		return ns, nil
	}
	ns, err := d.k.makeNamespace(ctx, namespaceFor("agent", d.k.config.Owner))
	if err != nil {
		return "", fmt.Errorf("make a namespace for it: %w", err)
	}
	d.own.namespace, d.own.made = ns.Name, true
	return ns.Name, d.awaitAccount(ctx, ns.Name)
}

// undoWithin bounds taking back what may have been made by a request that was cut.
const undoWithin = 15 * time.Second

// makeNamespace makes a namespace of a name that is nobody else's. Where ctx ends
// under way, the API server may have made it all the same, and it is taken back.
func (k *Cluster) makeNamespace(ctx context.Context, ns *corev1.Namespace) (*corev1.Namespace, error) {
	made, err := k.client.CoreV1().Namespaces().Create(ctx, ns, metav1.CreateOptions{})
	if err == nil || ctx.Err() == nil {
		return made, err
	}
	fresh, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoWithin)
	defer cancel()
	undo := k.client.CoreV1().Namespaces().Delete(fresh, ns.Name, metav1.DeleteOptions{})
	if apierrors.IsNotFound(undo) {
		undo = nil
	}
	return nil, errors.Join(err, undo)
}

// undoAgent is the same for the agent's pod in a namespace that stays.
func (d *Deployed) undoAgent(ctx context.Context, namespace string) error {
	if ctx.Err() == nil || d.k.config.AgentNamespace == "" || namespace != d.k.config.AgentNamespace {
		return nil
	}
	fresh, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoWithin)
	defer cancel()
	err := d.k.client.CoreV1().Pods(namespace).Delete(fresh, d.own.agent, metav1.DeleteOptions{GracePeriodSeconds: new(int64(1))})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// leave removes what zarif made beside a workload that was there before.
func (d *Deployed) leave(ctx context.Context) error {
	d.agent.Lock()
	defer d.agent.Unlock()
	switch {
	case d.own.made:
		return d.removeNamespace(ctx, d.own.namespace)
	case d.own.uid != "":
		return d.removeAgent(ctx)
	}
	return nil
}

// removeAgent deletes the very pod that was made, and waits until it is gone.
func (d *Deployed) removeAgent(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, removeSlack, errors.New("it took too long"))
	defer cancel()
	what := fmt.Sprintf("remove pod %s/%s", d.own.namespace, d.own.agent)
	pods := d.k.client.CoreV1().Pods(d.own.namespace)
	err := pods.Delete(ctx, d.own.agent, metav1.DeleteOptions{
		GracePeriodSeconds: new(int64(1)), Preconditions: &metav1.Preconditions{UID: &d.own.uid},
	})
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	for {
		pod, err := pods.Get(ctx, d.own.agent, metav1.GetOptions{})
		if apierrors.IsNotFound(err) || err == nil && pod.UID != d.own.uid {
			return nil
		}
		if pause(ctx, goneAgain); ctx.Err() != nil {
			return fmt.Errorf("%s: %w", what, errors.Join(context.Cause(ctx), err))
		}
	}
}

// goneAgain is left between two looks at a pod that is being deleted.
const goneAgain = 500 * time.Millisecond

func random() string {
	b := make([]byte, 3)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// tell notes something for every record of this workload: those that are under way,
// and those that begin later.
func (d *Deployed) tell(note note) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.notes = append(d.notes, note)
	for w := range d.watchers {
		w.note(note)
	}
}

// A note is something that a reader should know. One that stays is about what is
// not put back.
type note struct {
	text  string
	stays bool
}
