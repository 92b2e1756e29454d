// Package kube owns everything that talks to an API server: it deploys a
// workload into a namespace of its own, observes what happens to it, and acts on
// it. It does not provision clusters, sends no load and judges nothing.
package kube

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"

	"zarif/cluster"
	"zarif/report/history"
)

// Config says which cluster it is and what its provisioner can do for it.
type Config struct {
	// REST reaches the API server. Its rate limit is raised, because followed
	// logs and watches must not wait for one another.
	REST *rest.Config
	// Info is what the provisioner knows; New fills in the Kubernetes version,
	// nodes, proxy mode and CNI where they are empty and can be seen.
	Info history.ClusterInfo
	// Agent is the load agent's image, with the agent at /zarif-agent.
	Agent cluster.Image
	// LoadImage makes an image available to the nodes and returns its reference.
	// nil: images are there already, under their own references.
	LoadImage func(ctx context.Context, img cluster.Image) (ref string, err error)
	// LoadReference puts an image that a user's pods name onto the nodes, where this
	// machine has it; false: it has not, and nodes pull it themselves. nil: they always do.
	LoadReference func(ctx context.Context, ref string) (loaded bool, err error)
	// AgentNamespace is where the load agent goes that is sent to a workload which was
	// there before; it is there, too. Empty: a namespace is made for it.
	AgentNamespace string
	// Node runs a command on a node, as root and outside any container, and
	// returns its standard output. nil: what needs it is errors.ErrUnsupported.
	Node func(ctx context.Context, node string, argv ...string) ([]byte, error)
	// HostAddress is an address of a node that this machine can reach, or "". It
	// may be nil.
	HostAddress func(ctx context.Context) (string, error)
	// NodePorts maps node ports to the addresses ("127.0.0.1:30080") under which
	// this machine reaches them, where no node's own address is reachable. It may
	// be nil.
	NodePorts func(ctx context.Context) (map[int32]string, error)
	// Owner marks what is made: annotations of every namespace, and labels too
	// where the value can be one.
	Owner map[string]string
	// CloseFunc gives the cluster back; nil: nothing to do.
	CloseFunc func(ctx context.Context) error
}

// Validate reports what is missing.
func (c Config) Validate() error {
	if c.REST == nil {
		return errors.New("no REST config: the API server is unknown")
	}
	return nil
}

// A Cluster is reached through its API server. Safe for concurrent use.
type Cluster struct {
	config  Config
	rest    *rest.Config
	client  kubernetes.Interface
	dynamic dynamic.Interface
	mapper  meta.RESTMapper
	info    history.ClusterInfo
	// agentless is why the load agent does not start here; nil: it is not known not to.
	agentless atomic.Pointer[AgentError]
}

var _ cluster.Cluster = (*Cluster)(nil)

// New connects to the API server and asks it what kind of cluster it is.
func New(ctx context.Context, c Config) (*Cluster, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("connect to cluster %s: %w", c.Info.Name, err)
	}
	config := rest.CopyConfig(c.REST)
	config.QPS, config.Burst = 200, 400
	config.WarningHandler = rest.NoWarnings{}
	config.Timeout = 0 // it would end every watch and every followed log
	typed := rest.CopyConfig(config)
	// Less work per change than JSON, and so less delay until a change is seen.
	typed.ContentType = runtime.ContentTypeProtobuf
	typed.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
	client, err := kubernetes.NewForConfig(typed)
	if err != nil {
		return nil, fmt.Errorf("connect to cluster %s: %w", c.Info.Name, err)
	}
	objects, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("connect to cluster %s: %w", c.Info.Name, err)
	}
	k := &Cluster{
		config: c, rest: config, client: client, dynamic: objects,
		mapper: restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(client.Discovery())),
	}
	if k.info, err = describe(ctx, client, c.Info); err != nil {
		return nil, fmt.Errorf("connect to cluster %s: %w", c.Info.Name, err)
	}
	return k, nil
}

// Info describes the cluster as New found it.
func (k *Cluster) Info() history.ClusterInfo { return k.info }

// Close gives the cluster back as its provisioner decided.
func (k *Cluster) Close(ctx context.Context) error {
	if k.config.CloseFunc == nil {
		return nil
	}
	return k.config.CloseFunc(ctx)
}

// image makes img available to the nodes and returns its reference.
func (k *Cluster) image(ctx context.Context, img cluster.Image) (string, error) {
	if k.config.LoadImage == nil {
		return img.Reference(), nil
	}
	ref, err := k.config.LoadImage(ctx, img)
	if err != nil {
		return "", fmt.Errorf("load image %s: %w", img.Name, err)
	}
	return ref, nil
}
