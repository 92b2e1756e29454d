// Package context owns existing clusters: which one a kubeconfig's context names,
// that it may be disrupted, that two runs do not disturb each other from this
// machine, and how its nodes are reached from here. It makes and removes nothing;
// what happens in a cluster is cluster/kube's. The user's kubeconfig is only read.
package context

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"zarif/report/history"
)

// Type is what results call such a cluster.
const Type = "context"

// Config says which cluster, and that it may be used.
type Config struct {
	// Kubeconfig is the file; empty: $KUBECONFIG, else ~/.kube/config, as kubectl does.
	Kubeconfig string
	// Context is the name of one in it. It must be said: the current one may be another
	// tomorrow.
	Context string
	// MayDisrupt is the user's word that workloads there may be disrupted.
	MayDisrupt bool
	// StateDir is where locks are. Required.
	StateDir string
}

// Validate checks what can be checked without the file.
func (c Config) Validate() error {
	if err := c.named(); err != nil {
		return err
	}
	if !c.MayDisrupt {
		return fmt.Errorf("context %s: nobody said that what runs there may be disrupted; zarif loads its target and takes pods away", c.Context)
	}
	return nil
}

func (c Config) named() error {
	if c.Context == "" {
		return errors.New("no context was named: want the name of one in the kubeconfig")
	}
	return nil
}

// A Connection is how a cluster is reached.
type Connection struct {
	REST      *rest.Config
	Name      string // of the context
	Namespace string // the context's own; "default" where it names none
	lockFile  string
	release   func() error // of the lock; nil: it is not held
}

// Connect reads the kubeconfig, holds the cluster's lock until Close, and asks nothing
// of the cluster yet.
func Connect(c Config) (*Connection, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	conn, err := Look(c)
	if err != nil {
		return nil, err
	}
	if err := conn.Hold(); err != nil {
		return nil, err
	}
	return conn, nil
}

// Look is Connect for who changes nothing that others run there: it takes no
// permission, and holds no lock.
func Look(c Config) (*Connection, error) {
	if err := c.named(); err != nil {
		return nil, err
	}
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = c.Kubeconfig
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &clientcmd.ConfigOverrides{CurrentContext: c.Context})
	raw, err := loader.RawConfig()
	if err != nil {
		return nil, fmt.Errorf("read the kubeconfig: %w", err)
	}
	if _, there := raw.Contexts[c.Context]; !there {
		return nil, unknown(c.Context, slices.Sorted(maps.Keys(raw.Contexts)), rules)
	}
	config, err := loader.ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("context %s: %w", c.Context, err)
	}
	config.UserAgent = "zarif"
	namespace, _, err := loader.Namespace()
	if err != nil {
		return nil, fmt.Errorf("context %s: %w", c.Context, err)
	}
	return &Connection{REST: config, Name: c.Context, Namespace: namespace, lockFile: lockFile(c.StateDir, config.Host)}, nil
}

// An UnknownError says that the kubeconfig has no such context.
type UnknownError struct {
	Context string
	Known   []string
	Files   []string
}

func (e *UnknownError) Error() string {
	want := "a kubeconfig that has it"
	if len(e.Known) > 0 {
		want = "one of " + strings.Join(e.Known, ", ")
	}
	return fmt.Sprintf("%s has no context %s; want %s", strings.Join(e.Files, ", "), e.Context, want)
}

func unknown(name string, known []string, rules *clientcmd.ClientConfigLoadingRules) error {
	files := rules.GetLoadingPrecedence()
	if rules.ExplicitPath != "" {
		files = []string{rules.ExplicitPath}
	}
	return &UnknownError{Context: name, Known: known, Files: files}
}

// Info is what is known of the cluster without asking it.
func (c *Connection) Info() history.ClusterInfo {
	return history.ClusterInfo{Type: Type, Name: c.Name}
}

// Close lets go of the cluster, which stays as it is.
func (c *Connection) Close(context.Context) error {
	if c.release == nil {
		return nil
	}
	return c.release()
}

const (
	// kubeletPort is open on every node: what reaches it reaches a node port, unless
	// something between here and there knows better.
	kubeletPort = "10250"
	dialWithin  = 2 * time.Second
)

// NodeAddress is an address of a node that this machine reaches; empty: none is
// known. Who may not look at nodes knows none.
func (c *Connection) NodeAddress(ctx context.Context) (string, error) {
	client, err := kubernetes.NewForConfig(c.REST)
	if err != nil {
		return "", fmt.Errorf("context %s: %w", c.Name, err)
	}
	nodes, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{Limit: 50})
	if err != nil {
		return "", nil
	}
	return reachable(ctx, addressesOf(nodes.Items), kubeletPort), nil
}

// addressesOf are the nodes' addresses, those of the outside first.
func addressesOf(nodes []corev1.Node) (addresses []string) {
	for _, kind := range []corev1.NodeAddressType{corev1.NodeExternalIP, corev1.NodeInternalIP} {
		for _, n := range nodes {
			for _, a := range n.Status.Addresses {
				if a.Type == kind {
					addresses = append(addresses, a.Address)
				}
			}
		}
	}
	return addresses
}

// reachable is the first address that takes a connection; few are tried, for each
// may take its time.
func reachable(ctx context.Context, addresses []string, port string) string {
	const most = 4
	dialer := net.Dialer{Timeout: dialWithin}
	for _, address := range addresses[:min(len(addresses), most)] {
		conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(address, port))
		if err == nil {
			conn.Close()
			return address
		}
	}
	return ""
}
