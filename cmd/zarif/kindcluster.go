package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/pflag"

	"zarif/cluster"
	"zarif/cluster/image"
	"zarif/cluster/kind"
	"zarif/cluster/kind/nodeimage"
	"zarif/cluster/kube"
)

// kindOptions are the flags that say which kind cluster.
type kindOptions struct {
	name  string
	nodes int
	image string
	keep  bool

	// images are those that the trials need. What of them is built is there before
	// the cluster is made, and on its nodes before it is handed over.
	images []cluster.Image
}

func (o *kindOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&o.name, "cluster-name", "zarif", "name of the kind cluster")
	f.IntVar(&o.nodes, "nodes", 3, "nodes of the kind cluster: the control plane, which carries the load agent, and workers")
	f.StringVar(&o.image, "node-image", "", "image of the nodes (default: the one that zarif cluster image builds, else kind's)")
}

func (o kindOptions) validate() error {
	if o.nodes < 1 || o.nodes > 20 {
		return usage("--nodes: %d; want 1 to 20", o.nodes)
	}
	return nil
}

func (o kindOptions) config(step func(string)) kind.Config {
	return kind.Config{Name: o.name, Nodes: o.nodes, Image: o.image, Keep: o.keep, Version: tool().Version, Progress: step}
}

// upKind makes or takes the cluster.
func upKind(ctx context.Context, o kindOptions, step func(string)) (*kind.Provisioned, error) {
	image, why, err := kind.ResolveImage(ctx, o.image, nodeimage.Tag(), step)
	if err != nil {
		return nil, err
	}
	step(fmt.Sprintf("node image %s (%s)", image, why))
	o.image = image
	return kind.Up(ctx, o.config(step))
}

// openKind makes or takes the cluster and connects to it. After an error nothing
// of it is left that was not there before.
func openKind(ctx context.Context, o kindOptions, agent []byte, step func(string)) (_ cluster.Cluster, err error) {
	builder, err := newBuilder(ctx, step)
	if err != nil {
		return nil, err
	}
	needed := built(o.images)
	if _, err := builder.Ensure(ctx, needed...); err != nil {
		return nil, err
	}
	provisioned, err := upKind(ctx, o, step)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Minute)
			defer cancel()
			err = errors.Join(err, provisioned.Close(closing))
		}
	}()
	if err := loadAll(ctx, builder, provisioned, needed, step); err != nil {
		return nil, err
	}
	info := provisioned.Info()
	if info.Built, err = builder.Built(ctx, needed...); err != nil {
		return nil, err
	}
	rest, err := provisioned.REST()
	if err != nil {
		return nil, err
	}
	engine, err := kind.Engine(ctx)
	if err != nil {
		return nil, err
	}
	carrier := &imageCarrier{engine: engine, nodes: provisioned, step: step}
	address, routable := provisioned.NodeAddress(ctx)
	config := kube.Config{
		REST: rest, Info: info, Agent: agentImage(agent), Node: provisioned.Node,
		LoadImage: func(ctx context.Context, img cluster.Image) (string, error) {
			if img.Build != nil {
				return loadBuilt(ctx, builder, provisioned, img)
			}
			ref := image.Reference(img)
			return ref, provisioned.LoadImage(ctx, ref, func(w io.Writer) error { return image.WriteTar(w, img, provisioned.Arch()) })
		},
		LoadReference: carrier.carry, CloseFunc: provisioned.Close,
	}
	if routable {
		config.HostAddress = func(context.Context) (string, error) { return address, nil }
	} else if address != "" {
		config.NodePorts = func(context.Context) (map[int32]string, error) {
			return map[int32]string{kind.HostNodePort: address}, nil
		}
	}
	return kube.New(ctx, config)
}

// agentName is the repository of the load agent's image.
const agentName = "zarif/agent"

// agentImage is the load agent's image.
func agentImage(binary []byte) cluster.Image {
	return cluster.Image{
		Name:       agentName,
		Files:      []cluster.File{{Path: "/zarif-agent", Mode: 0o755, Data: binary}},
		Entrypoint: []string{"/zarif-agent"},
		User:       "65532:65532",
	}
}
