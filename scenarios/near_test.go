package scenarios

import (
	"slices"
	"strings"
	"testing"
)

func TestNear(t *testing.T) {
	names := []string{"go-default", "go-exit", "go-drain", "go-shutdown", "go-prestop"}
	for _, test := range []struct {
		given string
		want  []string
	}{
		{"go-exti", []string{"go-exit"}},
		{"go-exi", []string{"go-exit"}},
		{"GO-EXIT", []string{"go-exit"}},
		{"goshutdown", []string{"go-shutdown"}},
		{"kill", nil},
		{"", nil},
		{"go-x", nil},
	} {
		if got := near(test.given, names); !slices.Equal(got, test.want) {
			t.Errorf("near(%q) = %q, want %q", test.given, got, test.want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"abc", "xbc", 1}, {"kitten", "sitting", 3},
	} {
		if got := distance(test.a, test.b); got != test.want {
			t.Errorf("distance(%q, %q) = %d, want %d", test.a, test.b, got, test.want)
		}
	}
}

func TestOneOfMany(t *testing.T) {
	names := []string{"go-exit", "go-drain"}
	if got := oneOf("go-exti", names); got != "go-exit or go-drain" {
		t.Error(got)
	}
	for i := range mostListed {
		names = append(names, "set-up-"+strings.Repeat("x", i))
	}
	if got := oneOf("go-exti", names); got != "a name that zarif list shows (did you mean go-exit?)" {
		t.Error(got)
	}
}
