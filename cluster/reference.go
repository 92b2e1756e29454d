package cluster

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
	"strings"
)

// layout names how images are laid out (package cluster/image): another layout
// is another image, and gets another reference.
const layout = "zarif image 1"

// Reference is the image's name in pods and on nodes, "name:sha-<12 hex digits>",
// derived from everything that is in it: the same content always has the same
// reference, and a node that has the reference has the image. The order of files
// does not matter.
func (i Image) Reference() string {
	h := sha256.New()
	field(h, layout)
	field(h, i.Name)
	field(h, i.User)
	field(h, i.StopSignal)
	field(h, fmt.Sprint(len(i.Entrypoint)))
	for _, arg := range i.Entrypoint {
		field(h, arg)
	}
	files := slices.SortedFunc(slices.Values(i.Files), func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	for _, f := range files {
		field(h, f.Path)
		field(h, fmt.Sprintf("%o", f.Mode))
		field(h, string(f.Data))
	}
	return i.Name + ":sha-" + hex.EncodeToString(h.Sum(nil))[:12]
}

// field hashes s with its length, so that no two lists of fields run together
// into the same bytes.
func field(h hash.Hash, s string) {
	fmt.Fprintf(h, "%d:", len(s))
	h.Write([]byte(s))
}
