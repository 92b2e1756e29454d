package kube

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"zarif/cluster"
)

func TestNamespaceFor(t *testing.T) {
	for _, c := range []struct{ workload, begins string }{
		{"go-exit", "zarif-go-exit-"},
		{"My App_2", "zarif-my-app-2-"},
		{strings.Repeat("long-", 30), "zarif-long-long-"},
		{"--x--", "zarif-x-"},
	} {
		t.Run(c.workload, func(t *testing.T) {
			owner := map[string]string{"zarif.dev/run": "r1", "zarif.dev/made": "2026-01-02T03:04:05Z"}
			ns := namespaceFor(c.workload, owner)
			if !strings.HasPrefix(ns.Name, c.begins) || len(validation.IsDNS1123Label(ns.Name)) > 0 {
				t.Errorf("name %q", ns.Name)
			}
			if ns.Labels[ownerLabel] == "" || ns.Labels["zarif.dev/run"] != "r1" {
				t.Errorf("labels %v", ns.Labels)
			}
			if _, is := ns.Labels["zarif.dev/made"]; is || ns.Annotations["zarif.dev/made"] == "" {
				t.Errorf("a value that no label can have: labels %v, annotations %v", ns.Labels, ns.Annotations)
			}
			if again := namespaceFor(c.workload, owner); again.Name == ns.Name {
				t.Error("the same name twice")
			}
		})
	}
}

func TestOnlyControllersOfServersAreTargets(t *testing.T) {
	k := &Cluster{client: fake.NewClientset()}
	_, err := k.Deploy(t.Context(), cluster.Workload{Name: "w", Target: cluster.Target{Kind: "DaemonSet"}})
	if !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("error %v", err)
	}
}

// The pod has to pass where the restricted Pod Security Standard is enforced.
func TestTheAgentsPodIsRestricted(t *testing.T) {
	p := agentPod("i", true)
	s, c := p.Spec.SecurityContext, p.Spec.Containers[0].SecurityContext
	if !*s.RunAsNonRoot || *s.RunAsUser == 0 || s.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault {
		t.Errorf("pod: %+v", s)
	}
	if *c.AllowPrivilegeEscalation || !*c.ReadOnlyRootFilesystem || c.Capabilities.Drop[0] != "ALL" || len(c.Capabilities.Add) > 0 {
		t.Errorf("container: %+v", c)
	}
	if *p.Spec.AutomountServiceAccountToken || p.Spec.NodeSelector[agentNode] != "true" || p.Spec.Containers[0].Resources.Requests.Cpu().IsZero() {
		t.Errorf("pod: %+v", p.Spec)
	}
	if agentPod("i", false).Spec.NodeSelector != nil {
		t.Error("wants a marked node where there is none")
	}
}

func TestDeleteIsOfOnePodOnly(t *testing.T) {
	p := aPod()
	p.Namespace = "ns"
	client := fake.NewClientset(p)
	d := newDeployed(&Cluster{client: client}, cluster.Workload{}, "ns")
	var sent clienttesting.DeleteActionImpl
	client.PrependReactor("delete", "pods", func(a clienttesting.Action) (bool, runtime.Object, error) {
		sent = a.(clienttesting.DeleteActionImpl)
		return true, nil, nil
	})
	if err := d.Delete(t.Context(), cluster.Pod{Name: "p", UID: "u"}, new(int64(0))); err != nil {
		t.Fatal(err)
	}
	o := sent.GetDeleteOptions()
	if o.Preconditions == nil || *o.Preconditions.UID != "u" || *o.GracePeriodSeconds != 0 {
		t.Errorf("options %+v", o)
	}
	if err := d.Delete(t.Context(), cluster.Pod{Name: "p", UID: "u"}, nil); err != nil {
		t.Fatal(err)
	}
	if sent.GetDeleteOptions().GracePeriodSeconds != nil {
		t.Error("a grace period was set where the pod's own was asked for")
	}
}

func TestTailKeepsTheEnd(t *testing.T) {
	var all bytes.Buffer
	kept := &tail{most: 5, then: &all}
	for _, part := range []string{"abc", "defghijk", "l"} {
		if n, err := kept.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatalf("wrote %d, error %v", n, err)
		}
	}
	if string(kept.bytes) != "hijkl" || all.String() != "abcdefghijkl" {
		t.Errorf("kept %q, passed on %q", kept.bytes, all.String())
	}
	if _, err := (&tail{most: 5}).Write([]byte("x")); err != nil {
		t.Error(err)
	}
}

func TestExitErrorSaysWhatHappened(t *testing.T) {
	inner := errors.New("command terminated")
	err := error(&ExitError{Argv: []string{"/zarif-agent", "tell"}, Code: 64, Stderr: "no plan\n", err: inner})
	if got, want := err.Error(), "/zarif-agent tell: exit code 64: no plan"; got != want || !errors.Is(err, inner) {
		t.Errorf("got %q, want %q", got, want)
	}
}
