package kind

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// readiness is what was last seen of a young cluster.
type readiness struct {
	version string
	arch    string
	cores   int
	names   []string // the control plane first
	waits   []string // what is not ready yet, in words
}

// awaitReady returns once all nodes, CoreDNS and kube-proxy are ready: whatever
// still starts would compete with the first trial.
func (p *Provisioned) awaitReady(ctx context.Context) error {
	config, err := p.REST()
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("connect to cluster %s: %w", p.config.Name, err)
	}
	p.config.Progress("Waiting for nodes, CoreDNS and kube-proxy")
	limited, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	again := time.NewTicker(300 * time.Millisecond)
	defer again.Stop()
	var last readiness
	for {
		seen, err := observe(limited, client, p.mark.Nodes)
		switch {
		case err == nil && len(seen.waits) == 0:
			p.kubernetes, p.nodes, p.arch, p.cores = seen.version, seen.names, seen.arch, seen.cores
			p.cni = p.network(limited, client)
			return nil
		case err == nil:
			last = seen
		case limited.Err() == nil:
			last.waits = []string{err.Error()}
		}
		select {
		case <-again.C:
		case <-limited.Done():
			if ctx.Err() != nil {
				return fmt.Errorf("wait for cluster %s: %w", p.config.Name, ctx.Err())
			}
			return &Fault{
				What: fmt.Sprintf("cluster %s is not ready after %s: %s", p.config.Name, readyWithin, strings.Join(last.waits, ", ")),
				Cure: "zarif doctor looks for what the machine lacks",
			}
		}
	}
}

func observe(ctx context.Context, client kubernetes.Interface, want int) (readiness, error) {
	var seen readiness
	nodes, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return seen, fmt.Errorf("list nodes: %w", err)
	}
	if n := len(nodes.Items); n != want {
		seen.waits = append(seen.waits, fmt.Sprintf("%d of %d nodes have joined", n, want))
	}
	slices.SortFunc(nodes.Items, firstNodeFirst)
	for _, node := range nodes.Items {
		seen.names = append(seen.names, node.Name)
		seen.version, seen.arch = node.Status.NodeInfo.KubeletVersion, node.Status.NodeInfo.Architecture
		seen.cores = int(node.Status.Capacity.Cpu().Value())
		if why := notReady(node); why != "" {
			seen.waits = append(seen.waits, fmt.Sprintf("node %s is not ready (%s)", node.Name, why))
		}
	}
	dns, err := client.AppsV1().Deployments(metav1.NamespaceSystem).Get(ctx, "coredns", metav1.GetOptions{})
	if err != nil {
		return seen, fmt.Errorf("look at CoreDNS: %w", err)
	}
	if s := dns.Status; s.ObservedGeneration != dns.Generation || s.AvailableReplicas == 0 || s.UnavailableReplicas > 0 {
		seen.waits = append(seen.waits, fmt.Sprintf("CoreDNS has %d of %d replicas available", s.AvailableReplicas, s.Replicas))
	}
	proxy, err := client.AppsV1().DaemonSets(metav1.NamespaceSystem).Get(ctx, "kube-proxy", metav1.GetOptions{})
	if err != nil {
		return seen, fmt.Errorf("look at kube-proxy: %w", err)
	}
	if s := proxy.Status; s.ObservedGeneration != proxy.Generation || int(s.NumberReady) < want {
		seen.waits = append(seen.waits, fmt.Sprintf("kube-proxy is ready on %d of %d nodes", s.NumberReady, want))
	}
	return seen, nil
}

func firstNodeFirst(a, b corev1.Node) int {
	first := func(n corev1.Node) bool { return n.Labels[AgentLabel] == "true" }
	if first(a) != first(b) {
		if first(a) {
			return -1
		}
		return 1
	}
	return strings.Compare(a.Name, b.Name)
}

// notReady says why a node is not ready; empty: it is.
func notReady(node corev1.Node) string {
	for _, c := range node.Status.Conditions {
		if c.Type != corev1.NodeReady {
			continue
		}
		if c.Status == corev1.ConditionTrue {
			return ""
		}
		return c.Reason + ": " + c.Message
	}
	return "it has not reported yet"
}

// network names what gives pods their addresses: kindnet where it runs, else the
// CNI plugin that the first node is configured with. It is for the record only:
// what cannot be found out stays unknown.
func (p *Provisioned) network(ctx context.Context, client kubernetes.Interface) string {
	if _, err := client.AppsV1().DaemonSets(metav1.NamespaceSystem).Get(ctx, "kindnet", metav1.GetOptions{}); err == nil {
		return "kindnet"
	}
	out, err := p.Node(ctx, p.nodes[0], "sh", "-c", "cat /etc/cni/net.d/*.conflist")
	if err != nil {
		return ""
	}
	var conf struct{ Plugins []struct{ Type string } }
	if json.Unmarshal(out, &conf) != nil || len(conf.Plugins) == 0 {
		return ""
	}
	return conf.Plugins[0].Type
}
