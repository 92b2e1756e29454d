package kind

import (
	"strings"
	"testing"
)

func TestDecide(t *testing.T) {
	want := Mark{ID: "new", Name: "zarif", Host: "here", Engine: "docker", Image: "node:1", ImageID: "i1", Nodes: 2}
	old := func(change func(*Mark)) *Mark {
		m := want
		m.ID, m.Kept, m.Ready = "old", true, true
		if change != nil {
			change(&m)
		}
		return &m
	}
	nodes := func(ids ...string) (all []container) {
		for _, id := range ids {
			all = append(all, container{running: true, brand: brand{owner: "o", host: "h", id: id}})
		}
		return all
	}
	stopped := nodes("old", "old")
	stopped[1].running = false
	for _, test := range []struct {
		name string
		there
		plan plan
		says string // error
	}{
		{name: "nothing", plan: create},
		{name: "kept and fits", there: there{old(nil), nodes("old", "old")}, plan: reuse},
		{name: "not kept", there: there{old(func(m *Mark) { m.Kept = false }), nodes("old", "old")}, plan: replace},
		{name: "kept, never complete", there: there{old(func(m *Mark) { m.Ready = false }), nodes("old")}, plan: replace},
		{name: "killed before the first container", there: there{old(func(m *Mark) { m.Ready = false }), nil}, plan: replace},
		{name: "not kept and does not fit", there: there{old(func(m *Mark) { m.Kept, m.Image = false, "node:2" }), nodes("old")}, plan: replace},
		{name: "kept, another image", there: there{old(func(m *Mark) { m.Image = "node:0" }), nodes("old", "old")}, says: "its image is node:0, not node:1"},
		{name: "kept, image built anew", there: there{old(func(m *Mark) { m.ImageID = "i0" }), nodes("old", "old")}, says: "built anew"},
		{name: "kept, other nodes", there: there{old(func(m *Mark) { m.Nodes = 3 }), nodes("old", "old", "old")}, says: "it has 3 nodes, not 2"},
		{name: "kept, a node stopped", there: there{old(nil), stopped}, says: "only 1 of its 2 nodes are running"},
		{name: "kept, gone from the engine", there: there{old(nil), nil}, says: "only 0 of its 2"},
		{name: "kept, another engine", there: there{old(func(m *Mark) { m.Engine = "podman" }), nodes("old", "old")}, says: "podman's"},
		{name: "plain kind's", there: there{nil, nodes("")}, says: "a kind cluster named zarif exists and was not made by zarif"},
		{name: "plain kind's after a kill of ours", there: there{old(func(m *Mark) { m.Ready = false }), nodes("")}, says: "was not made by zarif"},
		{name: "another zarif's", there: there{nil, nodes("x")}, says: "made by another zarif (o on h)"},
		{name: "another id", there: there{old(nil), nodes("old", "x")}, says: "another zarif"},
		{name: "another machine's mark", there: there{old(func(m *Mark) { m.Host = "there" }), nodes("old", "old")}, says: "another machine (there)"},
		{name: "another machine's mark, no containers here", there: there{old(func(m *Mark) { m.Host = "there" }), nil}, says: "another machine"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := decide(&want, test.there)
			if got != test.plan || (err == nil) != (test.says == "") {
				t.Fatalf("got %q, %v; want %q", got, err, test.plan)
			}
			if err != nil && (!strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), "; cure: ")) {
				t.Errorf("%q does not say %q and a cure", err, test.says)
			}
		})
	}
}
