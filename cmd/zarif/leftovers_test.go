package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// An api serves namespaces, as far as listing and deleting them goes, and one Deployment
// that can be patched once somebody is said to have scaled it.
type api struct {
	*httptest.Server
	mu         sync.Mutex
	namespaces map[string]corev1.Namespace
	scaled     string // annotation
	patches    []string
}

func newAPI(t *testing.T) *api {
	a := &api{namespaces: map[string]corev1.Namespace{}}
	a.Server = httptest.NewServer(a)
	t.Cleanup(a.Close)
	return a
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	name, one := strings.CutPrefix(r.URL.Path, "/api/v1/namespaces/")
	switch {
	case r.Method == http.MethodGet && r.URL.Path == "/api/v1/namespaces":
		list := corev1.NamespaceList{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "NamespaceList"}}
		for _, ns := range a.namespaces {
			list.Items = append(list.Items, ns)
		}
		json.NewEncoder(w).Encode(list)
	case r.Method == http.MethodGet && r.URL.Path == "/api/v1/pods":
		json.NewEncoder(w).Encode(corev1.PodList{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "PodList"}})
	case r.Method == http.MethodDelete && one:
		delete(a.namespaces, strings.TrimSuffix(name, "/pods"))
		fmt.Fprint(w, `{"apiVersion":"v1","kind":"Status","status":"Success"}`)
	case r.Method == http.MethodGet && r.URL.Path == "/apis/apps/v1/deployments":
		fmt.Fprintf(w, `{"apiVersion":"apps/v1","kind":"DeploymentList","items":[%s]}`, a.deployment())
	case r.Method == http.MethodGet && r.URL.Path == "/apis/apps/v1/statefulsets":
		fmt.Fprint(w, `{"apiVersion":"apps/v1","kind":"StatefulSetList","items":[]}`)
	case r.URL.Path == "/apis/apps/v1/namespaces/shop/deployments/shop":
		if r.Method == http.MethodPatch {
			text, _ := io.ReadAll(r.Body)
			a.patches = append(a.patches, string(text))
			a.scaled = ""
		}
		fmt.Fprint(w, a.deployment())
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (a *api) deployment() string {
	annotations, replicas := "{}", 3
	if a.scaled != "" {
		text, _ := json.Marshal(map[string]string{"zarif.dev/replicas-was": a.scaled})
		annotations, replicas = string(text), 1
	}
	return fmt.Sprintf(`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"shop","namespace":"shop","resourceVersion":"7","annotations":%s},"spec":{"replicas":%d}}`, annotations, replicas)
}

// isScaled is the Deployment as a run left it.
func (a *api) isScaled(t *testing.T, owner map[string]string) {
	t.Helper()
	text, err := json.Marshal(map[string]any{"was": 3, "set": 1, "by": owner})
	if err != nil {
		t.Fatal(err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.scaled = string(text)
}

// has puts a namespace of zarif's there.
func (a *api) has(name string, owner map[string]string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.namespaces[name] = corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID(name), Labels: map[string]string{"zarif.dev/owner": "zarif"}, Annotations: owner}}
}

func (a *api) options(t *testing.T) contextOptions {
	t.Helper()
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	path := filepath.Join(t.TempDir(), "kubeconfig")
	text := fmt.Sprintf(`{"apiVersion": "v1", "kind": "Config", "clusters": [{"name": "c", "cluster": {"server": %q}}],
"contexts": [{"name": "staging", "context": {"cluster": "c", "user": "u"}}], "users": [{"name": "u", "user": {}}]}`, a.URL)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return contextOptions{name: "staging", kubeconfig: path}
}

// What a run left is removed once that run has ended, and another machine's never.
func TestLeftoversOnAContext(t *testing.T) {
	a := newAPI(t)
	o := a.options(t)
	o.may = true
	run, err := o.connect()
	if err != nil {
		t.Fatal(err)
	}
	a.has("zarif-shop-0a1b2c", run.Owner(time.Now()))
	a.has("zarif-shop-ffffff", map[string]string{"zarif.dev/host": "build-7", "zarif.dev/lock": "another"})

	left, err := o.leftovers(t.Context())
	if err != nil || len(left.Gone) > 0 || len(left.Others) != 1 || !strings.Contains(left.Others[0], "namespace zarif-shop-ffffff (made on build-7)") {
		t.Errorf("while the run goes on: %+v, error %v", left, err)
	}
	if err := o.removeLeftovers(t.Context(), streams{}); err == nil || !strings.Contains(err.Error(), "another zarif of this machine is at work") || len(a.namespaces) != 2 {
		t.Errorf("while the run goes on: error %v, %d namespaces", err, len(a.namespaces))
	}
	if err := run.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	left, err = o.leftovers(t.Context())
	if err != nil || len(left.Gone) != 1 || !strings.HasPrefix(left.Gone[0], "namespace zarif-shop-0a1b2c (made by ") || len(left.Others) != 1 {
		t.Errorf("after the run: %+v, error %v", left, err)
	}
	var said bytes.Buffer
	if err := o.removeLeftovers(t.Context(), streams{err: &said}); err != nil {
		t.Fatal(err)
	}
	_, others := a.namespaces["zarif-shop-ffffff"]
	if len(a.namespaces) != 1 || !others || !strings.Contains(said.String(), "deleted namespace zarif-shop-0a1b2c\nleft alone: namespace zarif-shop-ffffff") {
		t.Errorf("%d namespaces are left; it said:\n%s", len(a.namespaces), said.String())
	}
}

// What a run changed that has ended is put back, and another machine's never.
func TestChangesOnAContext(t *testing.T) {
	a := newAPI(t)
	o := a.options(t)
	a.isScaled(t, map[string]string{"zarif.dev/host": "build-7", "zarif.dev/lock": "another"})
	const change = "replicas 1 (before: 3) on Deployment shop in namespace shop"
	left, err := o.leftovers(t.Context())
	if err != nil || len(left.Gone) > 0 || len(left.Others) != 1 || left.Others[0] != change+" (made on build-7)" {
		t.Errorf("another machine's: %+v, error %v", left, err)
	}
	var said bytes.Buffer
	if err := o.removeLeftovers(t.Context(), streams{err: &said}); err != nil || len(a.patches) > 0 || !strings.Contains(said.String(), "left alone: "+change) {
		t.Errorf("another machine's: patches %q, error %v; it said:\n%s", a.patches, err, said.String())
	}

	o.may = true
	run, err := o.connect()
	if err != nil {
		t.Fatal(err)
	}
	a.isScaled(t, run.Owner(time.Now()))
	if left, err := o.leftovers(t.Context()); err != nil || len(left.Gone)+len(left.Others) > 0 {
		t.Errorf("while the run goes on: %+v, error %v", left, err)
	}
	if err := run.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	said.Reset()
	if err := o.removeLeftovers(t.Context(), streams{err: &said}); err != nil {
		t.Fatal(err)
	}
	const want = `{"metadata":{"annotations":{"zarif.dev/replicas-was":null},"resourceVersion":"7"},"spec":{"replicas":3}}`
	if len(a.patches) != 1 || a.patches[0] != want || !strings.Contains(said.String(), "put back "+change+"\n") {
		t.Errorf("patches %q, want %q; it said:\n%s", a.patches, want, said.String())
	}
}
