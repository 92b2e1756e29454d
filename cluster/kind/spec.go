package kind

import (
	"errors"
	"fmt"
	"net"
	"strconv"

	"golang.org/x/sys/unix"
	"sigs.k8s.io/kind/pkg/apis/config/v1alpha4"
)

// Labels of every node, beside AgentLabel on the first.
const (
	idLabel    = "zarif.dev/id"
	ownerLabel = "zarif.dev/owner"
	hostLabel  = "zarif.dev/host"
)

const proxyMode = "iptables"

// enginePicks leaves a host port to the engine. By default kind picks one that is
// free and the engine binds it seconds later: on a machine that makes many
// connections it is taken by then.
const enginePicks = -1

// spec is kind's own description of the cluster. Networking is kind's default
// but for the proxy mode, which is written down so that no change of a default
// changes what is measured.
func spec(c Config, m *Mark, mapped bool) *v1alpha4.Cluster {
	cluster := &v1alpha4.Cluster{
		TypeMeta:   v1alpha4.TypeMeta{Kind: "Cluster", APIVersion: "kind.x-k8s.io/v1alpha4"},
		Name:       c.Name,
		Networking: v1alpha4.Networking{KubeProxyMode: proxyMode, APIServerPort: enginePicks},
	}
	for i := range c.Nodes {
		node := v1alpha4.Node{
			Role: v1alpha4.WorkerRole, Image: c.Image,
			Labels: map[string]string{idLabel: m.ID, ownerLabel: plain(m.Owner), hostLabel: plain(m.Host)},
			ExtraMounts: []v1alpha4.Mount{{
				HostPath: "/dev/null", ContainerPath: m.brand().path(), Readonly: true,
			}},
		}
		if i == 0 {
			node.Role = v1alpha4.ControlPlaneRole
			node.Labels[AgentLabel] = "true"
			if mapped {
				port := int32(enginePicks)
				if c.HostPort != 0 {
					port = int32(c.HostPort)
				}
				node.ExtraPortMappings = []v1alpha4.PortMapping{{
					ContainerPort: HostNodePort, HostPort: port, ListenAddress: "127.0.0.1",
				}}
			}
		}
		cluster.Nodes = append(cluster.Nodes, node)
	}
	return cluster
}

// checkPort fails where something listens on the wished-for port already. The
// engine would notice too, but only after half of the cluster is there.
func checkPort(port int) error {
	if port == 0 {
		return nil
	}
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if errors.Is(err, unix.EADDRINUSE) {
		return &Fault{What: fmt.Sprintf("port %d is taken", port), Cure: "use another host port, or 0 for a free one"}
	}
	if err != nil {
		return fmt.Errorf("try port %d: %w", port, err)
	}
	return l.Close()
}
