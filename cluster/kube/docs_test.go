package kube

import (
	"bytes"
	"flag"
	"os"
	"regexp"
	"testing"

	"zarif/cluster"
	"zarif/report/history"
)

var update = flag.Bool("update", false, "write the roles of docs/rbac.md anew")

// The roles of docs/rbac.md are those that are asked for.
func TestDocumentedRoles(t *testing.T) {
	const path = "../../docs/rbac.md"
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	host, inside := []string{history.VantageHost}, []string{history.VantageService}
	deployed := shopWorkload(t, "")
	settings := deployed.Objects[1].DeepCopy()
	settings.SetKind("ConfigMap")
	deployed.Objects = append(deployed.Objects, settings)
	there := cluster.Workload{Target: deployed.Target, Users: &cluster.Users{Namespace: "shop"}}
	for name, use := range map[string]Use{
		"there":     {Workload: there, Disruptions: throughAPI, Vantages: host},
		"agent":     {Workload: there, Disruptions: throughAPI, Vantages: inside, AgentNamespace: "load"},
		"namespace": {Workload: there, Disruptions: throughAPI, Vantages: inside},
		"deployed":  {Workload: deployed, Disruptions: throughAPI, Vantages: inside},
	} {
		rights, err := newRig(t, Config{}).Rights([]Use{use})
		if err != nil {
			t.Fatal(err)
		}
		want, err := RBAC(rights, "zarif", "zarif", "zarif")
		if err != nil {
			t.Fatal(err)
		}
		block := regexp.MustCompile("(?s)<!-- rbac: " + name + " -->\n```yaml\n(.*?)```")
		at := block.FindSubmatchIndex(page)
		if at == nil {
			t.Fatalf("%s has no roles for %q", path, name)
		}
		switch got := page[at[2]:at[3]]; {
		case bytes.Equal(got, want):
		case *update:
			page = bytes.Join([][]byte{page[:at[2]], want, page[at[3]:]}, nil)
		default:
			t.Errorf("the roles for %q in %s are not those that are asked for; go test ./cluster/kube -run Documented -update writes\n%s", name, path, want)
		}
	}
	if *update {
		if err := os.WriteFile(path, page, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
