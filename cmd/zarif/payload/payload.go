// Package payload carries the static Linux binaries that zarif puts into
// container images, and the supervisor that it runs beside itself. `make build`
// makes them before it builds zarif.
package payload

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
)

//go:embed bin
var files embed.FS

// Agent is the name of the load agent's binary.
const Agent = "zarif-agent"

// AgentFor is the name of the load agent's binary for another architecture than
// zarif's own.
func AgentFor(arch string) string { return Agent + "-" + arch }

// Supervisor is the name of the binary that holds the processes of the local cluster.
// It is built for the system that zarif is built for.
const Supervisor = "zarif-supervisor"

// Binary returns a binary by its name, such as Agent or "goapp".
func Binary(name string) ([]byte, error) {
	data, err := files.ReadFile("bin/" + name)
	if err != nil {
		return nil, fmt.Errorf("this zarif was built without its %s binary; build it with `make build`", name)
	}
	return data, nil
}

// BuildID identifies a binary: the SHA-256 of its bytes, in hex.
func BuildID(binary []byte) string {
	sum := sha256.Sum256(binary)
	return hex.EncodeToString(sum[:])
}
