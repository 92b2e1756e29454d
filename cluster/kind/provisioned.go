package kind

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/kind/pkg/cluster"
	"sigs.k8s.io/kind/pkg/cluster/nodes"
	kindexec "sigs.k8s.io/kind/pkg/exec"

	"zarif/report/history"
)

// Provisioned is a cluster that this process holds. Safe for concurrent use.
type Provisioned struct {
	site   *site
	config Config
	mark   *Mark
	lock   *lock
	reused bool

	kubernetes string   // version
	nodes      []string // the control plane first
	arch       string   // of the first node, as Go names it
	cores      int      // of a node, which are those of the machine: kind limits none
	cni        string

	closing  sync.Once
	closeErr error
}

// KubeconfigPath is the cluster's own kubeconfig file; the user's is never touched.
func (p *Provisioned) KubeconfigPath() string { return p.site.place.kubeconfig() }

// Reused reports whether the cluster was there before.
func (p *Provisioned) Reused() bool { return p.reused }

// REST is how the API server is reached from this machine.
func (p *Provisioned) REST() (*rest.Config, error) {
	config, err := clientcmd.BuildConfigFromFlags("", p.KubeconfigPath())
	if err != nil {
		return nil, fmt.Errorf("kubeconfig of cluster %s: %w", p.config.Name, err)
	}
	return config, nil
}

// exportKubeconfig writes the file anew: ports change when an engine restarts.
func (p *Provisioned) exportKubeconfig() error {
	text, err := p.provider().KubeConfig(p.config.Name, false)
	if err != nil {
		return fmt.Errorf("kubeconfig of cluster %s: %w", p.config.Name, explain(err))
	}
	file := p.KubeconfigPath()
	if err := os.WriteFile(file+".new", []byte(text), 0o600); err != nil {
		return fmt.Errorf("kubeconfig of cluster %s: %w", p.config.Name, err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		return fmt.Errorf("kubeconfig of cluster %s: %w", p.config.Name, err)
	}
	return nil
}

func (p *Provisioned) provider() *cluster.Provider { return p.site.engine.provider(p.site.narrator) }

// Node runs a command on a node, as root and outside of any container of the
// cluster, and returns its standard output. An error carries argv and all output
// (*CommandError). When ctx ends the wait for it ends, not the command.
func (p *Provisioned) Node(ctx context.Context, node string, argv ...string) ([]byte, error) {
	if len(argv) == 0 {
		return nil, errors.New("run on node: no command")
	}
	n, err := p.node(node)
	if err != nil {
		return nil, err
	}
	out, err := kindexec.Output(n.CommandContext(ctx, argv[0], argv[1:]...))
	if err != nil {
		if ctx.Err() != nil {
			err = errors.Join(ctx.Err(), err)
			return out, fmt.Errorf("on node %s: %w", node, err)
		}
		return out, fmt.Errorf("on node %s: %w", node, explain(err))
	}
	return out, nil
}

func (p *Provisioned) node(name string) (nodes.Node, error) {
	all, err := p.allNodes()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(n nodes.Node) bool { return n.String() == name })
	if i < 0 {
		return nil, fmt.Errorf("cluster %s has no node %s", p.config.Name, name)
	}
	return all[i], nil
}

func (p *Provisioned) allNodes() ([]nodes.Node, error) {
	all, err := p.provider().ListNodes(p.config.Name)
	if err != nil {
		return nil, fmt.Errorf("nodes of cluster %s: %w", p.config.Name, explain(err))
	}
	return all, nil
}

// NodeAddress says how a NodePort is reached from this process. Where the nodes'
// addresses are routable it is the first node's, without a port, and every
// NodePort is reachable under it. Else it is this machine's end of a port mapping
// ("127.0.0.1:40123"), which leads to HostNodePort and to no other; it is empty
// where there is none.
func (p *Provisioned) NodeAddress(ctx context.Context) (addr string, routable bool) {
	first, err := p.first(ctx)
	if err != nil {
		return "", false
	}
	// The API server listens on the node's own address: what reaches it reaches a
	// NodePort. How the address looks proves nothing.
	if first.addr != "" && answersAt(ctx, net.JoinHostPort(first.addr, "6443")) {
		return first.addr, true
	}
	return p.mapped(first), false
}

// mapped is where HostNodePort is mapped to; empty where it is not.
func (p *Provisioned) mapped(first container) string {
	return first.ports[fmt.Sprintf("%d/tcp", HostNodePort)]
}

func (p *Provisioned) first(ctx context.Context) (container, error) {
	containers, _, err := p.site.engine.containers(ctx, p.config.Name)
	if err != nil {
		return container{}, err
	}
	i := slices.IndexFunc(containers, func(c container) bool { return c.role == "control-plane" })
	if i < 0 {
		return container{}, fmt.Errorf("cluster %s has lost its first node", p.config.Name)
	}
	return containers[i], nil
}

func answersAt(ctx context.Context, address string) bool {
	dialer := net.Dialer{Timeout: 2 * time.Second}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// Arch is the architecture of the nodes, as Go names it.
func (p *Provisioned) Arch() string { return p.arch }

// Info describes the cluster.
func (p *Provisioned) Info() history.ClusterInfo {
	return history.ClusterInfo{
		Type: "kind", Name: p.config.Name, Kubernetes: p.kubernetes, Nodes: slices.Clone(p.nodes),
		ProxyMode: proxyMode, CNI: p.cni, Image: p.mark.Image, Cores: p.cores,
	}
}

// Close gives the cluster back: it is deleted unless it is to be kept or was kept
// before. It works when ctx has ended already, and more than once.
func (p *Provisioned) Close(ctx context.Context) error {
	p.closing.Do(func() {
		if !p.mark.kept() {
			p.config.Progress("Deleting cluster " + p.config.Name)
			p.closeErr = bounded(ctx, removeWithin, func(ctx context.Context) error {
				return p.site.remove(ctx, p.mark.ID)
			})
		}
		p.closeErr = errors.Join(p.closeErr, p.lock.release())
	})
	return p.closeErr
}
