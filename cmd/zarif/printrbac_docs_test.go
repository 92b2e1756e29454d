package main

import (
	"bytes"
	"os"
	"regexp"
	"testing"
)

// TestRolesOfARunBehindAnEdge holds the roles of docs/rbac.md against those that are
// printed, which know the proxy's objects.
func TestRolesOfARunBehindAnEdge(t *testing.T) {
	s, err := runOptions{trials: 1, output: "table"}.prepare([]string{"go-exit.rollout.traefik-endpoints"}, streams{})
	if err != nil {
		t.Skip(err) // without its binaries
	}
	var printed bytes.Buffer
	if err := s.printRBAC(&printed, "zarif/zarif"); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/rbac.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)<!-- rbac: edge -->\n```yaml\n(.*?)```").FindSubmatch(page)
	if block == nil {
		t.Fatal(`docs/rbac.md has no roles for "edge"`)
	}
	if !bytes.Equal(block[1], printed.Bytes()) {
		t.Errorf("the roles in docs/rbac.md are not those that are printed:\n%s", printed.Bytes())
	}
}
