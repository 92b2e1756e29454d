package main

import (
	"bufio"
	"bytes"
	"os/exec"
	"strings"
	"testing"
)

// layout says what each package, with the sub-folders that have no line of their
// own, may import of ours. Imports go one way, and only cmd sees everything.
var layout = map[string][]string{
	"zarif/cmd/zarif":         {"zarif/..."},
	"zarif/cmd/zarif/payload": {},
	"zarif/cmd/zarif-agent":   {"zarif/loadgen/...", "zarif/report/history"},

	"zarif/cmd/zarif-supervisor": {"zarif/cluster/local/supervisor"},

	"zarif/document": {},

	"zarif/report/history": {},
	"zarif/report":         {"zarif/report/history"},
	"zarif/report/render":  {"zarif/report", "zarif/report/history", "zarif/report/explain", "zarif/report/parity", "zarif/report/claims", "zarif/report/measured", "zarif/report/gate", "zarif/report/compare", "zarif/report/tune"},
	"zarif/report/picture": {"zarif/report", "zarif/report/history", "zarif/report/render"},
	"zarif/report/lag":     {"zarif/report", "zarif/report/history"},
	"zarif/report/parity":  {"zarif/report", "zarif/report/history"},
	"zarif/report/claims":  {"zarif/document", "zarif/report", "zarif/report/history"},
	"zarif/report/explain": {"zarif/report", "zarif/report/history"},

	"zarif/report/measured": {"zarif/report", "zarif/report/history"},
	"zarif/report/tune":     {"zarif/report", "zarif/report/history", "zarif/report/explain"},
	"zarif/report/gate":     {"zarif/document", "zarif/report", "zarif/report/history"},
	"zarif/report/compare":  {"zarif/report", "zarif/report/history", "zarif/report/gate"},
	"zarif/report/html":     {"zarif/report", "zarif/report/history", "zarif/report/render"},

	"zarif/loadgen":       {"zarif/report/history"},
	"zarif/loadgen/agent": {"zarif/loadgen", "zarif/report/history"},

	"zarif/cluster":          {"zarif/report/history"},
	"zarif/cluster/disrupt":  {"zarif/cluster"},
	"zarif/cluster/podlog":   {"zarif/report/history/..."},
	"zarif/cluster/edgelog":  {"zarif/report/history"},
	"zarif/cluster/context":  {"zarif/cluster/flock", "zarif/report/history"},
	"zarif/cluster/manifest": {"zarif/cluster"},
	"zarif/cluster/kube":     {"zarif/cluster", "zarif/cluster/disrupt", "zarif/cluster/edgelog", "zarif/cluster/podlog", "zarif/cluster/stopping", "zarif/report/history/..."},
	"zarif/cluster/kind":     {"zarif/cluster", "zarif/cluster/command", "zarif/cluster/flock", "zarif/report/history"},
	"zarif/cluster/image":    {"zarif/cluster", "zarif/cluster/command", "zarif/cluster/flock"},
	"zarif/cluster/command":  {},
	"zarif/cluster/stopping": {"zarif/cluster"},
	"zarif/cluster/flock":    {},
	"zarif/cluster/doctor":   {},

	"zarif/cluster/image/build": {"zarif/cluster", "zarif/cluster/image", "zarif/cluster/command", "zarif/cluster/flock", "zarif/report/history"},

	"zarif/cluster/local":            {"zarif/cluster", "zarif/cluster/disrupt", "zarif/cluster/edgelog", "zarif/cluster/podlog", "zarif/cluster/local/supervisor", "zarif/report/history"},
	"zarif/cluster/local/supervisor": {},

	"zarif/fixtures":        {"zarif/document", "zarif/cluster", "zarif/cluster/image", "zarif/report/history/..."},
	"zarif/scenarios":       {"zarif/document", "zarif/fixtures/...", "zarif/cluster/disrupt", "zarif/report/history"},
	"zarif/scenarios/trial": {"zarif/scenarios", "zarif/loadgen/...", "zarif/cluster", "zarif/cluster/disrupt", "zarif/report/history"},
}

func TestImportsGoOneWay(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}} {{join .Imports \" \"}}", "zarif/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := 0
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		pkg, imports := fields[0], fields[1:]
		packages++
		place := placeOf(t, pkg)
		for _, imp := range imports {
			if strings.HasPrefix(imp, "zarif/") && placeOf(t, imp) != place && !anyWithin(imp, layout[place]) {
				t.Errorf("%s imports %s; it may import %v", pkg, imp, layout[place])
			}
		}
	}
	if packages < len(layout) {
		t.Errorf("go list found %d packages, the layout has %d", packages, len(layout))
	}
}

// placeOf is the package in the layout that pkg belongs to: itself, or the
// nearest folder above it.
func placeOf(t *testing.T, pkg string) string {
	t.Helper()
	for name := pkg; ; {
		if _, ok := layout[name]; ok {
			return name
		}
		i := strings.LastIndexByte(name, '/')
		if i < 0 {
			t.Fatalf("%s has no place in the layout", pkg)
		}
		name = name[:i]
	}
}

func anyWithin(pkg string, allowed []string) bool {
	for _, a := range allowed {
		if folder, all := strings.CutSuffix(a, "/..."); pkg == a || all && (pkg == folder || strings.HasPrefix(pkg, folder+"/")) {
			return true
		}
	}
	return false
}
