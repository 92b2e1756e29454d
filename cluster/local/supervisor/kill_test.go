package supervisor

import (
	"slices"
	"testing"
)

func TestDescendants(t *testing.T) {
	table := []process{
		{pid: 1, parent: 0, group: 1, session: 1},
		{pid: 90, parent: 80, group: 90, session: 50}, // before its parent in the table
		{pid: 10, parent: 1, group: 10, session: 10},
		{pid: 50, parent: 10, group: 50, session: 50},
		{pid: 51, parent: 10, group: 50, session: 50, ended: true},
		{pid: 60, parent: 51, group: 50, session: 50},
		{pid: 80, parent: 1, group: 50, session: 50},  // an orphan of the group
		{pid: 81, parent: 1, group: 81, session: 50},  // one that left the group
		{pid: 82, parent: 1, group: 82, session: 82},  // one that left the session
		{pid: 20, parent: 1, group: 20, session: 20},  // somebody else
		{pid: 21, parent: 20, group: 20, session: 20}, // and theirs
		{pid: 0, parent: 0, group: 0, session: 0},
	}
	cases := []struct {
		name  string
		roots []int
		want  []int
	}{
		{"of the supervisor", []int{10}, []int{50, 60, 80, 81, 90}},
		{"of the main process", []int{50}, []int{60, 80, 81, 90}},
		{"of none", []int{99}, nil},
		{"of two", []int{20, 80}, []int{21, 90}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var got []int
			for _, p := range descendants(table, c.roots...) {
				got = append(got, p.pid)
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

func TestReadProcess(t *testing.T) {
	if p := here(t, 1); p.pid != 1 {
		t.Errorf("%+v", p)
	}
	if _, ok := readProcess(0); ok {
		t.Error("there is a process 0")
	}
}
