package kind

import (
	"context"
)

// FullName is how containerd stores a reference: with the registry and the tag that
// short names leave out.
func FullName(ref string) string { return fullName(ref) }

// Everywhere runs a command on every node, one after the other, as Node does.
func (p *Provisioned) Everywhere(ctx context.Context, argv ...string) error {
	for _, node := range p.nodes {
		if _, err := p.Node(ctx, node, argv...); err != nil {
			return err
		}
	}
	return nil
}
