package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"zarif/cmd/zarif/payload"
)

// An apiServer answers for a namespace shop with a Deployment, a Service and, if so,
// an autoscaler, to somebody who may do what allowed says.
type apiServer struct {
	*httptest.Server
	scaled  bool
	allowed func(verb, resource string) bool

	mu     sync.Mutex
	writes []string // beside questions about rights
}

const deployments = `{"kind": "DeploymentList", "apiVersion": "apps/v1", "metadata": {}, "items": [
{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "shop", "namespace": "shop"}, "spec": {"replicas": 3, "template":
{"metadata": {"labels": {"app": "shop"}}, "spec": {"containers": [{"name": "app", "ports": [{"containerPort": 8080}]}]}}}}]}`

const services = `{"kind": "ServiceList", "apiVersion": "v1", "metadata": {}, "items": [
{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "shop", "namespace": "shop"}, "spec": {"clusterIP": "10.96.0.9",
"selector": {"app": "shop"}, "ports": [{"port": 80, "targetPort": 8080}]}}]}`

const autoscalers = `{"kind": "HorizontalPodAutoscalerList", "apiVersion": "autoscaling/v2", "metadata": {}, "items": [
{"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "shop", "namespace": "shop"},
"spec": {"minReplicas": 2, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "shop"}}}]}`

func (s *apiServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	list := func(kind, version string) string {
		return fmt.Sprintf(`{"kind": %q, "apiVersion": %q, "metadata": {}, "items": []}`, kind, version)
	}
	switch path := r.URL.Path; {
	case strings.HasSuffix(path, "/selfsubjectaccessreviews"):
		s.review(w, r)
		return
	case strings.HasSuffix(path, "/selfsubjectreviews"):
		fmt.Fprint(w, `{"kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1", "metadata": {}, "status": {"userInfo": {"username": "ada"}}}`)
		return
	case r.Method != http.MethodGet:
		s.mu.Lock()
		s.writes = append(s.writes, r.Method+" "+path)
		s.mu.Unlock()
	case path == "/version":
		fmt.Fprint(w, `{"gitVersion": "v1.34.4"}`)
		return
	case path == "/apis/apps/v1/namespaces/shop/deployments":
		fmt.Fprint(w, deployments)
		return
	case path == "/api/v1/namespaces/shop/services":
		fmt.Fprint(w, services)
		return
	case path == "/apis/apps/v1/namespaces/shop/statefulsets":
		fmt.Fprint(w, list("StatefulSetList", "apps/v1"))
		return
	case path == "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers" && s.scaled:
		fmt.Fprint(w, autoscalers)
		return
	case path == "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers":
		fmt.Fprint(w, list("HorizontalPodAutoscalerList", "autoscaling/v2"))
		return
	}
	w.WriteHeader(http.StatusForbidden)
	fmt.Fprint(w, `{"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": "Forbidden", "code": 403, "message": "no"}`)
}

// review answers a question about a right. Typed clients send what JSON can hold as
// protobuf; what is asked is found in either.
func (s *apiServer) review(w http.ResponseWriter, r *http.Request) {
	var body bytes.Buffer
	_, _ = body.ReadFrom(r.Body)
	allowed := s.allowed == nil
	if !allowed {
		for _, verb := range []string{"list", "watch", "get", "patch", "update", "create", "delete"} {
			if strings.Contains(body.String(), "\x12"+string(rune(len(verb)))+verb) {
				allowed = s.allowed(verb, body.String())
			}
		}
	}
	answer := map[string]any{"kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1", "metadata": map[string]any{}, "status": map[string]any{"allowed": allowed}}
	_ = json.NewEncoder(w).Encode(answer)
}

// testThere runs zarif test on what is deployed behind s.
func testThere(t *testing.T, s *apiServer, args ...string) (said string, code int) {
	t.Helper()
	if _, err := payload.Binary(payload.Agent); err != nil {
		t.Skip(err)
	}
	s.Server = httptest.NewServer(s)
	defer s.Close()
	dir := t.TempDir()
	t.Setenv("XDG_STATE_HOME", filepath.Join(dir, "state"))
	config := fmt.Sprintf(`{"apiVersion": "v1", "kind": "Config", "clusters": [{"name": "c", "cluster": {"server": %q}}],
"contexts": [{"name": "staging", "context": {"cluster": "c", "user": "u"}}], "users": [{"name": "u", "user": {}}]}`, s.URL)
	path := filepath.Join(dir, "kubeconfig")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	root := newRoot(streams{in: strings.NewReader(""), out: &out, err: &errs})
	root.SetArgs(slices.Concat([]string{
		"test", "--no-deploy", "-n", "shop", "--target", "svc/shop:80", "--context", "staging", "--kubeconfig", path, "--i-may-disrupt",
		"--agent-image", "registry.example/agent", "--out", filepath.Join(dir, "results"),
	}, args))
	err := root.ExecuteContext(t.Context())
	if err == nil {
		t.Fatal("no error")
	}
	if len(s.writes) > 0 {
		t.Errorf("wrote before all was asked: %q", s.writes)
	}
	if _, statErr := os.Stat(filepath.Join(dir, "results")); statErr == nil {
		t.Error("a results folder is left of a run that measured nothing")
	}
	return err.Error(), exitCode(err)
}

// All rights are asked for before anything is written, and all that are missing are
// named in one error.
func TestRightsAreAskedForFirst(t *testing.T) {
	s := &apiServer{allowed: func(verb, _ string) bool { return verb != "create" && verb != "patch" }}
	said, code := testThere(t, s)
	if code != exitFailed {
		t.Errorf("exit code %d, want %d", code, exitFailed)
	}
	for _, want := range []string{
		"ada may not do all that is needed, and nothing was done; missing:",
		"- create namespaces in the whole cluster", "- create pods in the whole cluster", "- create pods/exec in the whole cluster",
		"- patch deployments.apps in namespace shop", "--print-rbac prints the roles that suffice",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("the error does not say %q:\n%s", want, said)
		}
	}
	if strings.Contains(said, "- list ") || strings.Contains(said, "pods/eviction") {
		t.Errorf("the error names what is allowed, or is not needed:\n%s", said)
	}
}

// What an autoscaler scales is not scaled, unless the user says so.
func TestScalingBesideAnAutoscaler(t *testing.T) {
	said, code := testThere(t, &apiServer{scaled: true}, "--disruption", "scale-down")
	if code != exitUsage || !strings.Contains(said, "decided by HorizontalPodAutoscaler shop") || !strings.Contains(said, "--i-may-scale") {
		t.Errorf("exit code %d: %s", code, said)
	}
	none := func(string, string) bool { return false }
	said, code = testThere(t, &apiServer{scaled: true, allowed: none}, "--disruption", "scale-down", "--i-may-scale")
	if code != exitFailed || !strings.Contains(said, "- patch deployments.apps in namespace shop") {
		t.Errorf("told to scale: exit code %d: %s", code, said)
	}
	said, code = testThere(t, &apiServer{allowed: none}, "--disruption", "scale-down")
	if code != exitFailed || !strings.Contains(said, "- get deployments.apps in namespace shop") {
		t.Errorf("without an autoscaler: exit code %d: %s", code, said)
	}
}
