package agent

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// BuildID names an executable by its content: SHA-256, in hex.
func BuildID(executable []byte) string {
	sum := sha256.Sum256(executable)
	return hex.EncodeToString(sum[:])
}

// ownBuildID is the BuildID of the running executable.
func ownBuildID() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find the agent's own executable: %w", err)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read the agent's own executable: %w", err)
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", fmt.Errorf("read the agent's own executable: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// checkBuild compares what runs with what was expected: a build, or several joined by
// commas, one for each architecture. Empty expects nothing.
func checkBuild(want, got string) error {
	if want == "" || slices.Contains(strings.Split(want, ","), got) {
		return nil
	}
	return fmt.Errorf("%w: it runs %.12s, expected %.12s; delete its pod and image so that the new one is used", ErrBuild, got, want)
}
