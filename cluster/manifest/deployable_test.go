package manifest

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func parse(t *testing.T, text string) []Object {
	t.Helper()
	objects, err := Read(strings.NewReader(text), Stdin)
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

func TestDeployingAChart(t *testing.T) {
	d, err := Deploy(read(t, "testdata/chart/rendered.yaml"), Want{})
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, o := range d.Objects {
		kinds = append(kinds, o.GetKind())
	}
	// What pods need comes before them, and what looks for them behind.
	if got, want := strings.Join(kinds, " "), "ServiceAccount ConfigMap PodDisruptionBudget Service Deployment HorizontalPodAutoscaler"; got != want {
		t.Errorf("created in the order %s, want %s", got, want)
	}
	if strings.Join(d.References, " ") != "shop.example/shop:1.4.2" {
		t.Errorf("images %q", d.References)
	}
	notes := strings.Join(d.Notes, "\n")
	for _, said := range []string{"Ingress release-shop (testdata/chart/rendered.yaml:141) is left out: it would lead requests", "Pod release-shop-test-connection", "helm.sh/hook: test"} {
		if !strings.Contains(notes, said) {
			t.Errorf("the notes do not say %q:\n%s", said, notes)
		}
	}
}

func TestObjectsOfTheWholeClusterAreRefused(t *testing.T) {
	objects := parse(t, `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: shops.example}
`)
	_, err := Deploy(objects, Want{})
	if err == nil || !strings.Contains(err.Error(), "ClusterRole reader (stdin:2): it belongs to the whole cluster") ||
		!strings.Contains(err.Error(), "want --leave-out CustomResourceDefinition/shops.example") {
		t.Errorf("error %v, want both by name", err)
	}
	d, err := Deploy(objects, Want{LeaveOut: []string{"clusterrole", "CustomResourceDefinition/shops.example"}})
	if err != nil || len(d.Objects) != 0 || len(d.Notes) != 2 {
		t.Errorf("left out as asked: %d objects, notes %q, error %v", len(d.Objects), d.Notes, err)
	}
}

func TestObjectsOfTwoNamespacesAreRefused(t *testing.T) {
	objects := parse(t, `
{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: one}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: b, namespace: two}}
`)
	if _, err := Deploy(objects, Want{}); err == nil || !strings.Contains(err.Error(), "one of ConfigMap a (stdin:2), two of ConfigMap b (stdin:4)") {
		t.Errorf("error %v", err)
	}
}

// What is read from a running cluster can be created a second time beside it, and
// no tool takes it for the first.
func TestACopyIsNotTheOriginal(t *testing.T) {
	d, err := Deploy(parse(t, `
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Service
  metadata:
    name: shop
    namespace: shop
    uid: u
    resourceVersion: "7"
    finalizers: [x/y]
    ownerReferences: [{apiVersion: x/v1, kind: Shop, name: s, uid: u}]
    labels: {app: shop, argocd.argoproj.io/instance: shop}
    annotations:
      kubectl.kubernetes.io/last-applied-configuration: "{}"
      external-dns.alpha.kubernetes.io/hostname: shop.example
  spec:
    clusterIP: 10.96.7.7
    clusterIPs: [10.96.7.7]
    type: NodePort
    ports: [{port: 80, nodePort: 30080}]
  status: {loadBalancer: {}}
- apiVersion: rbac.authorization.k8s.io/v1
  kind: RoleBinding
  metadata: {name: shop, namespace: shop}
  roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: shop}
  subjects: [{kind: ServiceAccount, name: shop, namespace: shop}, {kind: User, name: ada}]
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: shop, namespace: shop}
  data: {db: "postgres://db.shop.svc.cluster.local"}
`), Want{})
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]*unstructured.Unstructured{}
	for _, o := range d.Objects {
		by[o.GetKind()] = o
	}
	service := by["Service"]
	for _, path := range [][]string{
		{"metadata", "namespace"}, {"metadata", "uid"}, {"metadata", "resourceVersion"}, {"metadata", "finalizers"}, {"metadata", "ownerReferences"},
		{"metadata", "labels", "argocd.argoproj.io/instance"}, {"metadata", "annotations", "external-dns.alpha.kubernetes.io/hostname"},
		{"metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"}, {"spec", "clusterIP"}, {"spec", "clusterIPs"}, {"status"},
	} {
		if value, there, _ := unstructured.NestedFieldNoCopy(service.Object, path...); there {
			t.Errorf("%s is still %v", strings.Join(path, "."), value)
		}
	}
	ports, _, _ := unstructured.NestedSlice(service.Object, "spec", "ports")
	if port := ports[0].(map[string]any); port["nodePort"] != nil || port["port"] != int64(80) || service.GetLabels()["app"] != "shop" {
		t.Errorf("port %v, labels %v", port, service.GetLabels())
	}
	subjects, _, _ := unstructured.NestedSlice(by["RoleBinding"].Object, "subjects")
	if subjects[0].(map[string]any)["namespace"] != nil {
		t.Errorf("subjects %v", subjects)
	}
	notes := strings.Join(d.Notes, "\n")
	for _, said := range []string{"without argocd.argoproj.io/instance, so that Argo CD does not", "without external-dns.alpha.kubernetes.io/hostname", "ConfigMap shop (stdin:2, items[2]) names an address in the namespace shop"} {
		if !strings.Contains(notes, said) {
			t.Errorf("the notes do not say %q:\n%s", said, notes)
		}
	}
}

func TestPreStop(t *testing.T) {
	for _, c := range []struct{ hook, want string }{
		{`{sleep: {seconds: 5}}`, "sleep 5"},
		{`{exec: {command: [sleep, "7"]}}`, "sleep 7"},
		{`{exec: {command: [/bin/sh, -c, sleep 10]}}`, "sleep 10"},
		{`{exec: {command: [sh, -c, "sleep 5 && nginx -s quit"]}}`, "exec sh -c sleep 5 && nginx -s quit"},
		{`{httpGet: {path: /drain, port: 80}}`, "GET /drain"},
	} {
		text := strings.Replace(shop("Deployment", "a"), "{name: one,", "{name: one, lifecycle: {preStop: "+c.hook+"},", 1) +
			service(`{selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]}`)
		r, err := Resolve(parse(t, text), Want{Target: "svc/shop:80"})
		if err != nil || r.PreStop != c.want {
			t.Errorf("%s: %q, error %v; want %q", c.hook, r.PreStop, err, c.want)
		}
	}
}
