package kube

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"zarif/cluster"
	"zarif/report/history"
)

// starting is a cluster with a Service s, in which the agent's pod goes through the
// states, ten seconds each, and stays in the last.
func starting(states ...corev1.PodStatus) (k *Cluster, made *int) {
	client := fake.NewClientset(
		&corev1.Service{
			ObjectMeta: metav1.ObjectMeta{Name: "s", Namespace: "ns"},
			Spec:       corev1.ServiceSpec{ClusterIP: "10.96.0.9", Ports: []corev1.ServicePort{{Port: 80}}},
		},
		podEvent("of-another", "another", "FailedMount", "no such volume", 9),
		podEvent("first", agentName, "Scheduled", "assigned", 1),
		podEvent("last", agentName, "Failed", "what the kubelet met", 2),
	)
	made = new(int)
	client.PrependReactor("create", "pods", func(a clienttesting.Action) (bool, runtime.Object, error) {
		*made++
		pod := a.(clienttesting.CreateAction).GetObject().(*corev1.Pod)
		pod.Namespace, pod.UID = "ns", types.UID("u")
		go func() {
			for _, status := range states {
				time.Sleep(10 * time.Second)
				next := pod.DeepCopy()
				next.Status = status
				_ = client.Tracker().Update(schema.GroupVersionResource{Version: "v1", Resource: "pods"}, next, "ns")
			}
		}()
		return false, nil, nil
	})
	return &Cluster{client: client}, made
}

func podEvent(name, pod, reason, message string, at int64) *corev1.Event {
	return &corev1.Event{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "ns"}, Reason: reason, Message: message,
		InvolvedObject: corev1.ObjectReference{Kind: "Pod", Name: pod}, LastTimestamp: metav1.Unix(at, 0),
	}
}

func (k *Cluster) serviceSite(t *testing.T) error {
	d := newDeployed(k, cluster.Workload{Target: cluster.Target{Service: "s", Port: 80}}, "ns")
	_, err := d.Site(t.Context(), history.VantageService)
	return err
}

func waitingFor(reason, message string) corev1.PodStatus {
	return corev1.PodStatus{Phase: corev1.PodPending, ContainerStatuses: []corev1.ContainerStatus{{
		Name: "agent", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}},
	}}}
}

func TestWhyTheAgentDoesNotStart(t *testing.T) {
	creating := waitingFor("ContainerCreating", "")
	failed, backOff := waitingFor("ErrImagePull", "not found"), waitingFor("ImagePullBackOff", "Back-off pulling image")
	ready := corev1.PodStatus{Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}}
	unschedulable := corev1.PodStatus{Phase: corev1.PodPending, Conditions: []corev1.PodCondition{{
		Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable", Message: "0/3 nodes are available: 3 Insufficient cpu.",
	}}}
	ends := func(code int32, reason, message string) corev1.PodStatus {
		return corev1.PodStatus{Phase: corev1.PodFailed, ContainerStatuses: []corev1.ContainerStatus{{
			Name: "agent", State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code, Reason: reason, Message: message}},
		}}}
	}
	for _, c := range []struct {
		name   string
		states []corev1.PodStatus
		after  time.Duration
		says   []string // empty: it starts
		stays  bool     // the next trial does not wait again
	}{
		{"a name that is none", []corev1.PodStatus{creating, waitingFor("InvalidImageName", "couldn't parse it")}, 20 * time.Second,
			[]string{"its pod cannot start: InvalidImageName: couldn't parse it; last event: Failed: what the kubelet met; want an image"}, true},
		{"never pulled", []corev1.PodStatus{waitingFor("ErrImageNeverPull", "not present")}, 10 * time.Second, []string{"ErrImageNeverPull: not present"}, true},
		{"pulled in vain", []corev1.PodStatus{creating, failed, backOff, failed}, 40 * time.Second,
			[]string{"ErrImagePull: not found", "want an image that the nodes may pull and that is built for them, not zarif/agent:sha-"}, true},
		{"pulled at the second attempt", []corev1.PodStatus{failed, backOff, creating, ready}, 40 * time.Second, nil, false},
		{"the same failure told twice is one", []corev1.PodStatus{failed, failed, backOff, ready}, 40 * time.Second, nil, false},
		{"pulled too slowly", []corev1.PodStatus{failed, backOff}, agentWait, []string{"not ready within 2m0s: ImagePullBackOff: Back-off"}, true},
		{"a container that cannot be made", []corev1.PodStatus{waitingFor("CreateContainerConfigError", "no such user")}, agentWait,
			[]string{"not ready within 2m0s: CreateContainerConfigError: no such user"}, true},
		{"no node", []corev1.PodStatus{unschedulable}, agentWait,
			[]string{"its pod was not ready within 2m0s: no node takes it: Unschedulable: 0/3 nodes are available: 3 Insufficient cpu.", "want a node with room"}, true},
		{"a node comes", []corev1.PodStatus{unschedulable, creating, ready}, 30 * time.Second, nil, false},
		{"slow, and nobody knows why", []corev1.PodStatus{creating}, agentWait, []string{"not ready within 2m0s; last event: Failed"}, false},
		{"of another machine", []corev1.PodStatus{ends(128, "StartError", "exec format error")}, 10 * time.Second,
			[]string{"it ended with exit code 128: StartError: exec format error", "built for the nodes"}, true},
		{"killed", []corev1.PodStatus{ends(137, "OOMKilled", "")}, 10 * time.Second, []string{"its pod cannot start: it ended with exit code 137: OOMKilled"}, false},
		{"evicted", []corev1.PodStatus{{Phase: corev1.PodFailed, Reason: "Evicted", Message: "The node was low on resource: memory."}}, 10 * time.Second,
			[]string{"it ended: Evicted: The node was low on resource: memory."}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k, made := starting(c.states...)
				k.config.Agent = cluster.Image{Name: "zarif/agent"}
				began := time.Now()
				err := k.serviceSite(t)
				if took := time.Since(began); took < c.after || took > c.after+time.Second {
					t.Errorf("it took %v, want %v", took, c.after)
				}
				if (err == nil) != (c.says == nil) {
					t.Fatalf("error %v", err)
				}
				for _, part := range c.says {
					if !strings.Contains(err.Error(), part) {
						t.Errorf("error %v\nwant %q in it", err, part)
					}
				}
				if err != nil && strings.Contains(err.Error(), "no such volume") {
					t.Errorf("it tells of another pod: %v", err)
				}
				if failed := (*AgentError)(nil); errors.As(err, &failed) != c.stays {
					t.Errorf("%T %v: want one for the later trials too: %v", err, err, c.stays)
				}
				if c.stays {
					began, before := time.Now(), *made
					if again := k.serviceSite(t); again == nil || time.Since(began) > 0 || *made > before {
						t.Errorf("the next trial waited %v, made %d pods, error %v", time.Since(began), *made-before, again)
					}
				}
				time.Sleep(agentWait) // the pod's states end
			})
		})
	}
}

// What admission denies is said at once, in its own words.
func TestTheAgentIsDenied(t *testing.T) {
	k, _ := starting()
	denied := apierrors.NewForbidden(schema.GroupResource{Resource: "pods"}, agentName, errors.New(`violates PodSecurity "restricted:latest"`))
	k.client.(*fake.Clientset).PrependReactor("create", "pods", func(clienttesting.Action) (bool, runtime.Object, error) { return true, nil, denied })
	if err := k.serviceSite(t); err == nil || !strings.Contains(err.Error(), "PodSecurity") || !apierrors.IsForbidden(err) {
		t.Errorf("error %v", err)
	}
}

// An interrupted run has not shown that the agent does not start.
func TestAnInterruptedStartIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, _ := starting(waitingFor("ErrImagePull", "not found"))
		d := newDeployed(k, cluster.Workload{Target: cluster.Target{Service: "s", Port: 80}}, "ns")
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		_, err := d.Site(ctx, history.VantageService)
		if err == nil || k.agentless.Load() != nil {
			t.Errorf("error %v, remembered %v", err, k.agentless.Load())
		}
	})
}
