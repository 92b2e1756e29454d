package agent

import (
	"errors"
	"testing"
)

func TestCheckBuild(t *testing.T) {
	for _, c := range []struct {
		want, got string
		ok        bool
	}{
		{"", "aa", true},
		{"aa", "aa", true},
		{"aa", "bb", false},
		{"aa,bb", "bb", true},
		{"aa,bb", "cc", false},
		{"aa,bb", "aa,bb", false},
		{"aa", "", false},
	} {
		if err := checkBuild(c.want, c.got); (err == nil) != c.ok || err != nil && !errors.Is(err, ErrBuild) {
			t.Errorf("want %q, got %q: error %v", c.want, c.got, err)
		}
	}
}
