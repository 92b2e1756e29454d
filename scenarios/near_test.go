package scenarios

import (
	"strings"
	"testing"
)

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
