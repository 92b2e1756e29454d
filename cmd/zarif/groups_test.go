package main

import (
	"bytes"
	"strings"
	"testing"
)

// Every command stands in one of the groups of the help, and in none twice.
func TestHelpHasGroups(t *testing.T) {
	var out bytes.Buffer
	root := newRoot(streams{in: strings.NewReader(""), out: &out, err: &out})
	root.SetArgs([]string{"--help"})
	if err := root.Execute(); err != nil {
		t.Fatal(err)
	}
	help := out.String()
	if strings.Contains(help, "Additional Commands") {
		t.Errorf("a command has no group:\n%s", help)
	}
	last := 0
	for _, title := range []string{"Measure:", "Read results:", "Gate and compare:", "Clusters and images:", "The local cluster against a real one:", "zarif itself:"} {
		at := strings.Index(help, "\n"+title+"\n")
		if at < last {
			t.Errorf("%q is not there, or not in its place:\n%s", title, help)
		}
		last = at
	}
	for _, c := range root.Commands() {
		if !c.Hidden && strings.Count(help, "\n  "+c.Name()+" ") != 1 {
			t.Errorf("%s is not there once:\n%s", c.Name(), help)
		}
	}
}
