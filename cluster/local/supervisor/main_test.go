package supervisor

import (
	"os"
	"testing"
)

// TestMain lets the test binary be the supervisor, and the parent of one.
func TestMain(m *testing.M) {
	if args := os.Args[1:]; IsMode(args) {
		os.Exit(Main(args))
	}
	os.Exit(m.Run())
}
