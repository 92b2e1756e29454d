package kube

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// What the API server itself would say where the restricted Pod Security Standard
// is enforced.
func TestTheAgentsPodIsAdmitted(t *testing.T) {
	standard, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(p *corev1.Pod) bool {
		level := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
		result := policy.AggregateCheckResults(standard.EvaluatePod(level, &p.ObjectMeta, &p.Spec))
		if !result.Allowed {
			t.Log(result.ForbiddenDetail())
		}
		return !result.Allowed
	}
	for _, marked := range []bool{true, false} {
		if refused(agentPod("i", marked)) {
			t.Errorf("the agent's pod is refused (on a marked node: %v)", marked)
		}
	}
	rootful := agentPod("i", false)
	rootful.Spec.SecurityContext.RunAsNonRoot = nil
	if !refused(rootful) {
		t.Error("a pod that may be root is not refused: the standard is not what it says")
	}
}
