package manifest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"zarif/cluster"
)

func read(t *testing.T, paths ...string) []Object {
	t.Helper()
	objects, err := Read(nil, paths...)
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

func TestAChartAsHelmRendersIt(t *testing.T) {
	objects := read(t, "testdata/chart/rendered.yaml")
	r, err := Resolve(objects, Want{Target: "svc/release-shop:http"})
	if err != nil {
		t.Fatal(err)
	}
	want := cluster.Target{Kind: "Deployment", Name: "release-shop", Container: "shop", Service: "release-shop", Port: 80}
	if r.Target != want {
		t.Errorf("target %+v, want %+v", r.Target, want)
	}
	// The autoscaler's fewest, since the Deployment says none.
	if r.Replicas != 3 || r.Grace != 20*time.Second || r.PreStop != "" || r.ReadyPath != "/healthz" {
		t.Errorf("replicas %d, grace %s, preStop %q, path %q", r.Replicas, r.Grace, r.PreStop, r.ReadyPath)
	}
	if len(r.Owners) != 1 || r.Owners[0].What != "HorizontalPodAutoscaler release-shop" || !slices.Equal(r.Budgets, []string{"release-shop"}) {
		t.Errorf("owners %v, budgets %v", r.Owners, r.Budgets)
	}
	metrics, err := Resolve(objects, Want{Target: "release-shop:9102"})
	if err != nil || metrics.Target.Container != "exporter" {
		t.Errorf("port 9102 leads to container %q, error %v", metrics.Target.Container, err)
	}
	if got := Targets(objects); !slices.Equal(got, []string{"svc/release-shop:80", "svc/release-shop:9102"}) {
		t.Errorf("targets %q", got)
	}
}

func TestAKustomizeOverlay(t *testing.T) {
	for _, path := range []string{"testdata/overlay/prod", "testdata/overlay/prod/kustomization.yaml"} {
		objects := read(t, path)
		r, err := Resolve(objects, Want{Target: "svc/prod-shop"})
		if err != nil {
			t.Fatal(err)
		}
		if r.Target.Name != "prod-shop" || r.Target.Container != "server" || r.Target.Port != 80 || r.Replicas != 3 || r.Grace != defaultGrace {
			t.Errorf("%s: %+v", path, r)
		}
		d, err := Deploy(objects, Want{})
		if err != nil {
			t.Fatal(err)
		}
		if d.Labels["pod-security.kubernetes.io/warn"] != "restricted" || !slices.Equal(d.References, []string{"shop.example/shop:1.4.2"}) {
			t.Errorf("%s: labels %v, images %v", path, d.Labels, d.References)
		}
		for _, o := range d.Objects {
			if o.GetNamespace() != "" || o.GetKind() == "Namespace" {
				t.Errorf("%s: %s %s is still of namespace %q", path, o.GetKind(), o.GetName(), o.GetNamespace())
			}
		}
	}
}

const pair = `
apiVersion: apps/v1
kind: %KIND
metadata: {name: %NAME}
spec:
  selector: {matchLabels: {app: shop, track: %NAME}}
  template:
    metadata: {labels: {app: shop, track: %NAME}}
    spec:
      containers: [{name: one, ports: [{containerPort: 8080}]}, {name: two, ports: [{name: admin, containerPort: 9000}]}]
---
`

func shop(kind, name string) string {
	return strings.NewReplacer("%KIND", kind, "%NAME", name).Replace(pair)
}

func service(spec string) string {
	return "apiVersion: v1\nkind: Service\nmetadata: {name: shop}\nspec: " + spec + "\n"
}

func TestResolve(t *testing.T) {
	const http = `{selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]}`
	for _, c := range []struct {
		name, text string
		want       Want
		target     string // "Kind/name container"
		fault      string // what it says
	}{
		{"by number", shop("Deployment", "a") + service(http), Want{Target: "svc/shop:80"}, "Deployment/a one", ""},
		{"a StatefulSet", shop("StatefulSet", "a") + service(http), Want{Target: "service/shop:80"}, "StatefulSet/a one", ""},
		{"the only port", shop("Deployment", "a") + service(http), Want{Target: "shop"}, "Deployment/a one", ""},
		{"by the name that the container gives", shop("Deployment", "a") + service(`{selector: {app: shop}, ports: [{port: 80, targetPort: admin}]}`), Want{Target: "svc/shop:80"}, "Deployment/a two", ""},
		{"a port that no container declares", shop("Deployment", "a") + service(`{selector: {app: shop}, ports: [{port: 80, targetPort: 1}]}`), Want{Target: "svc/shop:80"}, "", "cannot be told which container serves port 80; want --container with one of one, two"},
		{"the container that is said", shop("Deployment", "a") + service(`{selector: {app: shop}, ports: [{port: 80, targetPort: 1}]}`), Want{Target: "svc/shop:80", Container: "two"}, "Deployment/a two", ""},
		{"a container that is not there", shop("Deployment", "a") + service(http), Want{Target: "svc/shop:80", Container: "three"}, "", "want --container with one of one, two"},
		{"a name that no container has", shop("Deployment", "a") + service(`{selector: {app: shop}, ports: [{port: 80, targetPort: web}]}`), Want{Target: "svc/shop:80"}, "", "no container has a port named web"},
		{"pods of two", shop("Deployment", "a") + shop("Deployment", "b") + service(http), Want{Target: "svc/shop:80"}, "", "leads to the pods of Deployment a and Deployment b"},
		{"one of two", shop("Deployment", "a") + shop("Deployment", "b") + service(http), Want{Target: "svc/shop:80", Controller: "deploy/b"}, "Deployment/b one", ""},
		{"none of two", shop("Deployment", "a") + shop("Deployment", "b") + service(http), Want{Target: "svc/shop:80", Controller: "sts/b"}, "", "want one of Deployment a, Deployment b"},
		{"pods of nothing", service(http), Want{Target: "svc/shop:80"}, "", "matches the pods of nothing"},
		{"a DaemonSet", shop("DaemonSet", "a") + service(http), Want{Target: "svc/shop:80"}, "", "cannot be a target"},
		{"another Service", shop("Deployment", "a") + service(http), Want{Target: "svc/store:80"}, "", "there is no Service store; want one of svc/shop"},
		{"another port", shop("Deployment", "a") + service(http), Want{Target: "svc/shop:8080"}, "", "it has no port 8080; want svc/shop: and one of 80"},
		{"no selector", service(`{ports: [{port: 80}]}`), Want{Target: "svc/shop:80"}, "", "it has no selector"},
		{"headless", service(`{clusterIP: None, selector: {app: shop}, ports: [{port: 80}]}`), Want{Target: "svc/shop:80"}, "", "it is headless"},
		{"UDP", service(`{selector: {app: shop}, ports: [{port: 80, protocol: UDP}]}`), Want{Target: "svc/shop:80"}, "", "protocol UDP"},
		{"a target that is none", service(http), Want{Target: "deploy/shop"}, "", "names no Service; want a Service and its port"},
		{"no replicas", strings.Replace(shop("Deployment", "a"), "spec:\n  selector", "spec:\n  replicas: 0\n  selector", 1) + service(http), Want{Target: "svc/shop:80"}, "", "it has no replicas"},
	} {
		t.Run(c.name, func(t *testing.T) {
			objects, err := Read(strings.NewReader(c.text), Stdin)
			if err != nil {
				t.Fatal(err)
			}
			r, err := Resolve(objects, c.want)
			switch {
			case c.fault != "" && (err == nil || !strings.Contains(err.Error(), c.fault)):
				t.Errorf("got %+v and error %v, want one that says %q", r, err, c.fault)
			case c.fault == "" && err != nil:
				t.Error(err)
			case c.fault == "" && r.Target.Kind+"/"+r.Target.Name+" "+r.Target.Container != c.target:
				t.Errorf("target %+v, want %s", r.Target, c.target)
			}
		})
	}
}

func TestOwners(t *testing.T) {
	const http = `{selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]}`
	for name, c := range map[string]struct{ metadata, also, what string }{
		"nobody":                {"{name: a, labels: {app.kubernetes.io/managed-by: Helm}}", "", ""},
		"Argo CD by its label":  {"{name: a, labels: {argocd.argoproj.io/instance: shop}}", "", "Argo CD"},
		"Argo CD by annotation": {"{name: a, annotations: {argocd.argoproj.io/tracking-id: 'shop:apps/Deployment:shop/a'}}", "", "Argo CD"},
		"Flux":                  {"{name: a, labels: {kustomize.toolkit.fluxcd.io/name: shop}}", "", "Flux"},
		"a field manager":       {"{name: a, managedFields: [{manager: argocd-controller, operation: Apply}]}", "", "Argo CD"},
		"the scale's manager":   {"{name: a, managedFields: [{manager: kube-controller-manager, subresource: scale, operation: Update}]}", "", "an autoscaler"},
		"its controller alone":  {"{name: a, managedFields: [{manager: kube-controller-manager, subresource: status, operation: Update}]}", "", ""},
		"an owner":              {"{name: a, ownerReferences: [{apiVersion: x/v1, kind: Shop, name: s, uid: u}]}", "", "Shop s"},
		"an autoscaler":         {"{name: a}", "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\nspec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: a}}\n", "HorizontalPodAutoscaler h"},
		"another's autoscaler":  {"{name: a}", "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\nspec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: b}}\n", ""},
		"KEDA":                  {"{name: a}", "---\napiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: k}\nspec: {scaleTargetRef: {name: a}}\n", "ScaledObject k"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(shop("Deployment", "a"), "metadata: {name: a}", "metadata: "+c.metadata, 1) + service(http) + c.also
			objects, err := Read(strings.NewReader(text), Stdin)
			if err != nil {
				t.Fatal(err)
			}
			r, err := Resolve(objects, Want{Target: "svc/shop:80"})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, o := range r.Owners {
				got = append(got, o.What)
			}
			if strings.Join(got, ", ") != c.what {
				t.Errorf("owners %q, want %q", got, c.what)
			}
		})
	}
}
