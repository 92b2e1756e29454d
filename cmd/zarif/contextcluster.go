package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"zarif/cluster"
	clustercontext "zarif/cluster/context"
	"zarif/cluster/kind"
	"zarif/cluster/kube"
	"zarif/report/history"
)

// clusterContext is an existing cluster.
const clusterContext = clustercontext.Type

// contextOptions are the flags that say which existing cluster.
type contextOptions struct {
	name           string
	kubeconfig     string
	may            bool
	agentImage     string
	agentNamespace string
}

// contextFlags mean something with --context only.
var contextFlags = []string{"kubeconfig", "i-may-disrupt", "agent-image", "agent-namespace"}

// lookFlags are those of commands that look at an existing cluster and run nothing.
func (o *contextOptions) lookFlags(f *pflag.FlagSet, name string) {
	f.StringVar(&o.name, "context", "", name)
	f.StringVar(&o.kubeconfig, "kubeconfig", "", "the kubeconfig with that context (default $KUBECONFIG, else ~/.kube/config)")
	f.StringVar(&o.agentNamespace, "agent-namespace", "", "where load agents were, if pods may be looked for in one namespace only")
}

func (o *contextOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&o.name, "context", "", "run on an existing cluster: the name of a context of your kubeconfig")
	f.StringVar(&o.kubeconfig, "kubeconfig", "", "the kubeconfig with that context (default $KUBECONFIG, else ~/.kube/config)")
	f.BoolVar(&o.may, "i-may-disrupt", false, "say that what runs there may be disrupted; nothing is done without")
	f.StringVar(&o.agentImage, "agent-image", "", "image of the load agent, where that cluster's nodes can pull it (zarif image push makes it); without it load comes from this machine alone")
	f.StringVar(&o.agentNamespace, "agent-namespace", "", "where the load agent's pod goes that loads what is deployed already (default: a namespace made for it)")
}

func (o contextOptions) validate() error {
	if !o.may {
		return usage("--context %s: zarif would load its target and take pods away; want --i-may-disrupt if you may", o.name)
	}
	return nil
}

// connect reaches the cluster and holds it.
func (o contextOptions) connect() (*clustercontext.Connection, error) {
	dir, err := kind.DefaultStateDir()
	if err != nil {
		return nil, err
	}
	conn, err := clustercontext.Connect(clustercontext.Config{Kubeconfig: o.kubeconfig, Context: o.name, MayDisrupt: o.may, StateDir: dir})
	var unknown *clustercontext.UnknownError
	if errors.As(err, &unknown) {
		return nil, usage("--context: %v", err)
	}
	return conn, err
}

// openContext connects to the existing cluster. Nothing is made in it.
func openContext(ctx context.Context, o contextOptions, agent []byte, step func(string)) (_ cluster.Cluster, err error) {
	conn, err := o.connect()
	if err != nil {
		return nil, err
	}
	step("connecting to " + conn.Name + " (" + conn.REST.Host + ")")
	k, err := kube.New(ctx, kube.Config{
		REST: conn.REST, Info: conn.Info(), Agent: agentImage(agent), LoadImage: o.image, AgentNamespace: o.agentNamespace,
		HostAddress: conn.NodeAddress, Owner: conn.Owner(time.Now()), CloseFunc: conn.Close,
	})
	if err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	return k, nil
}

// image is where nodes get an image of zarif's from: nothing is loaded onto nodes
// that are not ours.
func (o contextOptions) image(_ context.Context, img cluster.Image) (ref string, err error) {
	switch {
	case img.Name != agentName:
		return "", fmt.Errorf("the image %s is one of zarif's own, and nothing brings it onto the nodes of an existing cluster: %w", img.Name, errors.ErrUnsupported)
	case o.agentImage == "":
		return "", fmt.Errorf("there is no load agent: --agent-image names none: %w", errors.ErrUnsupported)
	}
	return o.agentImage, nil
}

// vantage is the one that a test has that says none: inside the cluster where an
// agent can be.
func (o clusterOptions) vantage() string {
	if o.context.name != "" && o.context.agentImage == "" {
		return history.VantageHost
	}
	return history.VantageService
}
