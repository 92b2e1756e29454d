package kube

import (
	"context"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"zarif/report/history"
)

// describe fills in what info leaves empty. Only an API server that does not
// answer is an error: whoever may not look at nodes or at kube-system can still
// run trials.
func describe(ctx context.Context, client kubernetes.Interface, info history.ClusterInfo) (history.ClusterInfo, error) {
	version, err := client.Discovery().ServerVersion()
	if err != nil {
		return info, fmt.Errorf("ask the API server for its version: %w", err)
	}
	if info.Kubernetes == "" {
		info.Kubernetes = version.GitVersion
	}
	if len(info.Nodes) == 0 {
		nodes, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
		if err != nil && !apierrors.IsForbidden(err) {
			return info, fmt.Errorf("list nodes: %w", err)
		}
		if err == nil {
			for _, n := range nodes.Items {
				info.Nodes = append(info.Nodes, n.Name)
			}
			slices.Sort(info.Nodes)
		}
	}
	if info.ProxyMode == "" {
		info.ProxyMode = proxyMode(ctx, client)
	}
	if info.CNI == "" {
		info.CNI = networkOf(ctx, client)
	}
	return info, nil
}

// proxyMode reads kube-proxy's mode from where kubeadm keeps its configuration;
// empty where it cannot be seen.
func proxyMode(ctx context.Context, client kubernetes.Interface) string {
	cm, err := client.CoreV1().ConfigMaps(metav1.NamespaceSystem).Get(ctx, "kube-proxy", metav1.GetOptions{})
	if err != nil {
		return ""
	}
	for line := range strings.Lines(cm.Data["config.conf"]) {
		if mode, ok := strings.CutPrefix(strings.TrimSpace(line), "mode:"); ok {
			if mode = strings.Trim(strings.TrimSpace(mode), `"'`); mode != "" {
				return mode
			}
			return "iptables" // kube-proxy's default on Linux
		}
	}
	return ""
}

// networkOf recognises a CNI by its DaemonSet; empty where it has none that is known.
func networkOf(ctx context.Context, client kubernetes.Interface) string {
	sets, err := client.AppsV1().DaemonSets(metav1.NamespaceAll).List(ctx, metav1.ListOptions{})
	if err != nil {
		return ""
	}
	for _, known := range []struct{ set, cni string }{
		{"kindnet", "kindnet"}, {"calico-node", "calico"}, {"cilium", "cilium"}, {"kube-flannel-ds", "flannel"},
		{"antrea-agent", "antrea"}, {"weave-net", "weave"}, {"aws-node", "aws-vpc-cni"},
	} {
		for _, s := range sets.Items {
			if s.Name == known.set {
				return known.cni
			}
		}
	}
	return ""
}
