package kube

import (
	"context"
	"errors"
	"fmt"
	"maps"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	agentName = "zarif-agent"
	// agentNode marks the node that no disruption takes.
	agentNode = "zarif.dev/agent"
	// roleLabel tells our own pods from the workload's.
	roleLabel = "zarif.dev/role"
	agentRole = "agent"
	agentUser = 65532
)

// ensureAgent makes the load agent's pod unless it is there, and waits until it runs.
// Where the cluster has shown that it does not start, it is not tried again.
func (d *Deployed) ensureAgent(ctx context.Context) error {
	d.agent.Lock()
	defer d.agent.Unlock()
	if err := d.k.agentless.Load(); err != nil {
		return fmt.Errorf("start the load agent: as before, %w", err)
	}
	ref, err := d.k.image(ctx, d.k.config.Agent)
	if err != nil {
		return fmt.Errorf("start the load agent: %w", err)
	}
	namespace, err := d.ownNamespace(ctx)
	if err != nil {
		return fmt.Errorf("start the load agent: %w", err)
	}
	marked, err := d.k.client.CoreV1().Nodes().List(ctx, metav1.ListOptions{LabelSelector: agentNode + "=true", Limit: 1})
	if err != nil && !apierrors.IsForbidden(err) {
		return fmt.Errorf("start the load agent: look for its node: %w", err)
	}
	pod := agentPod(ref, err == nil && len(marked.Items) > 0)
	pod.Name, pod.Annotations = d.own.agent, maps.Clone(d.k.config.Owner)
	made, err := d.k.client.CoreV1().Pods(namespace).Create(ctx, pod, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("start the load agent: %w", errors.Join(err, d.undoAgent(ctx, namespace)))
	}
	if err == nil {
		d.own.uid = made.UID
	}
	if err := d.awaitAgent(ctx, namespace, pod); err != nil {
		return fmt.Errorf("start the load agent: %w", err)
	}
	return nil
}

// agentPod is the load agent's pod: allowed under the restricted Pod Security
// Standard, on the marked node if there is one, and with a processor share of its own,
// because a client that waits for the CPU measures itself. It is never restarted:
// what it had measured would be gone.
func agentPod(image string, marked bool) *corev1.Pod {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: agentName, Labels: map[string]string{roleLabel: agentRole}},
		Spec: corev1.PodSpec{
			RestartPolicy:                 corev1.RestartPolicyNever,
			TerminationGracePeriodSeconds: new(int64(12)), // it ends its hits and its journal at SIGTERM
			AutomountServiceAccountToken:  new(false),
			EnableServiceLinks:            new(false),
			Tolerations: []corev1.Toleration{{
				Key: "node-role.kubernetes.io/control-plane", Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoSchedule,
			}},
			SecurityContext: &corev1.PodSecurityContext{
				RunAsNonRoot: new(true), RunAsUser: new(int64(agentUser)), RunAsGroup: new(int64(agentUser)), FSGroup: new(int64(agentUser)),
				SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
			},
			Containers: []corev1.Container{{
				Name: "agent", Image: image, ImagePullPolicy: corev1.PullIfNotPresent,
				Command: []string{"/zarif-agent", "serve", "--dir", "/data"},
				Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{
					corev1.ResourceCPU: resource.MustParse("500m"), corev1.ResourceMemory: resource.MustParse("64Mi"),
				}},
				VolumeMounts: []corev1.VolumeMount{{Name: "data", MountPath: "/data"}},
				SecurityContext: &corev1.SecurityContext{
					AllowPrivilegeEscalation: new(false), ReadOnlyRootFilesystem: new(true),
					Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
				},
			}},
			Volumes: []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}},
		},
	}
	if marked {
		pod.Spec.NodeSelector = map[string]string{agentNode: "true"}
	}
	return pod
}
