package cluster

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"maps"
	"slices"
	"strings"
)

// layout names how images are laid out (package cluster/image): another layout
// is another image, and gets another reference.
const layout = "zarif image 1"

// buildLayout names how images are built (package cluster/image/build): upon which
// Debian suite, and how contexts and arguments are handed over.
const buildLayout = "zarif build 1"

// Reference is the image's name in pods and on nodes, "name:sha-<12 hex digits>",
// derived from everything that it is made of: the same content always has the same
// reference, and a node that has the reference has the image. The order of files
// does not matter. Of an image that is built it covers context and arguments, so
// what is there under its reference is up to date; the base is in its labels.
func (i Image) Reference() string {
	h := sha256.New()
	if i.Build != nil {
		i.Build.sum(h, i.Name)
	} else {
		i.sum(h)
	}
	return i.Name + ":sha-" + hex.EncodeToString(h.Sum(nil))[:12]
}

func (i Image) sum(h hash.Hash) {
	field(h, layout)
	field(h, i.Name)
	field(h, i.User)
	field(h, i.StopSignal)
	field(h, fmt.Sprint(len(i.Entrypoint)))
	for _, arg := range i.Entrypoint {
		field(h, arg)
	}
	files(h, i.Files)
}

func (b Build) sum(h hash.Hash, name string) {
	field(h, buildLayout)
	field(h, name)
	field(h, fmt.Sprint(len(b.Args)))
	for _, arg := range slices.Sorted(maps.Keys(b.Args)) {
		field(h, arg)
		field(h, b.Args[arg])
	}
	files(h, b.Context)
}

func files(h hash.Hash, all []File) {
	sorted := slices.SortedFunc(slices.Values(all), func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	for _, f := range sorted {
		field(h, f.Path)
		field(h, fmt.Sprintf("%o", f.Mode))
		field(h, string(f.Data))
	}
}

// field hashes s with its length, so that no two lists of fields run together
// into the same bytes.
func field(h hash.Hash, s string) {
	fmt.Fprintf(h, "%d:", len(s))
	h.Write([]byte(s))
}
