package kind

import (
	"fmt"
	"slices"
	"strings"
)

// A plan is what becomes of what is there already.
type plan string

const (
	create  plan = "create"  // nothing is there
	reuse   plan = "reuse"   // a kept cluster of ours that fits
	replace plan = "replace" // a leftover of ours
)

// there is what was found under a cluster's name.
type there struct {
	mark       *Mark // nil: none
	containers []container
}

// ours reports whether all that is there was made under the mark on this machine.
func (t there) ours(host string) bool {
	if t.mark == nil || t.mark.Host != host {
		return false
	}
	return !slices.ContainsFunc(t.containers, func(c container) bool { return c.brand.id != t.mark.ID })
}

// decide plans for a cluster that nobody uses at the moment. What is there and
// not ours is an error, and so is a kept cluster that does not fit.
func decide(want *Mark, t there) (plan, error) {
	switch {
	case t.mark == nil && len(t.containers) == 0:
		return create, nil
	case !t.ours(want.Host):
		return "", notOurs(want.Name, t)
	case !t.mark.kept():
		return replace, nil
	}
	if differs := differences(want, t); len(differs) > 0 {
		return "", &Fault{
			What: fmt.Sprintf("the kept cluster %s does not fit: %s", want.Name, strings.Join(differs, ", ")),
			Cure: fmt.Sprintf("zarif cluster down --cluster-name %s, or use another name (--cluster-name)", want.Name),
		}
	}
	return reuse, nil
}

func differences(want *Mark, t there) (differs []string) {
	if t.mark.Engine != want.Engine {
		return []string{fmt.Sprintf("it is %s's, but the engine in use is %s", t.mark.Engine, want.Engine)}
	}
	if t.mark.Image != want.Image {
		differs = append(differs, fmt.Sprintf("its image is %s, not %s", t.mark.Image, want.Image))
	} else if t.mark.ImageID != want.ImageID {
		differs = append(differs, fmt.Sprintf("its image %s has been built anew since", want.Image))
	}
	if t.mark.Nodes != want.Nodes {
		differs = append(differs, fmt.Sprintf("it has %d nodes, not %d", t.mark.Nodes, want.Nodes))
	}
	running := 0
	for _, c := range t.containers {
		if c.running {
			running++
		}
	}
	if running < t.mark.Nodes {
		differs = append(differs, fmt.Sprintf("only %d of its %d nodes are running", running, t.mark.Nodes))
	}
	return differs
}

// notOurs says why what is there is left alone.
func notOurs(name string, t there) error {
	cure := fmt.Sprintf("use another name (--cluster-name), or delete it yourself: kind delete cluster --name %s", name)
	for _, c := range t.containers {
		if c.brand.id == "" {
			return &Fault{What: fmt.Sprintf("a kind cluster named %s exists and was not made by zarif", name), Cure: cure}
		}
		if t.mark == nil || c.brand.id != t.mark.ID {
			return &Fault{
				What: fmt.Sprintf("a kind cluster named %s exists and was made by another zarif (%s on %s)", name, c.brand.owner, c.brand.host),
				Cure: "use another name (--cluster-name), or run zarif cluster down where it was made",
			}
		}
	}
	return &Fault{
		What: fmt.Sprintf("the mark of cluster %s is that of another machine (%s)", name, t.mark.Host),
		Cure: "use another name (--cluster-name), or another state directory (XDG_STATE_HOME)",
	}
}
