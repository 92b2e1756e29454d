package document

import (
	"slices"
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
		if got := Near(test.given, names); !slices.Equal(got, test.want) {
			t.Errorf("Near(%q) = %q, want %q", test.given, got, test.want)
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
