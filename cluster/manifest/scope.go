package manifest

import (
	"slices"
	"strings"
)

// Kinds that belong to the whole cluster, of Kubernetes itself. Of others only the
// cluster knows; it is asked before anything is made.
var clusterWide = []string{
	"APIService", "CertificateSigningRequest", "ClusterRole", "ClusterRoleBinding", "ClusterTrustBundle", "ComponentStatus", "CSIDriver", "CSINode",
	"CustomResourceDefinition", "DeviceClass", "FlowSchema", "IngressClass", "IPAddress", "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding",
	"MutatingWebhookConfiguration", "Namespace", "Node", "PersistentVolume", "PriorityClass", "PriorityLevelConfiguration", "ResourceSlice",
	"RuntimeClass", "ServiceCIDR", "StorageClass", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding",
	"ValidatingWebhookConfiguration", "VolumeAttachment", "VolumeAttributesClass", "GatewayClass", "ClusterIssuer",
}

// Groups of Kubernetes itself, whose kinds clusterWide is about, and two that come
// with it.
func builtinGroup(group string) bool {
	return group == "" || !strings.Contains(group, ".") || strings.HasSuffix(group, ".k8s.io") || group == "cert-manager.io"
}

func isClusterWide(o Object) bool {
	return builtinGroup(o.GroupVersionKind().Group) && slices.Contains(clusterWide, o.GetKind())
}

// Kinds that lead other people's requests: a second one with the same host name
// takes traffic away from the first.
var routes = map[string][]string{
	"networking.k8s.io":         {"Ingress"},
	"extensions":                {"Ingress"},
	"gateway.networking.k8s.io": {"Gateway", "HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute", "UDPRoute", "XListenerSet", "ListenerSet"},
	"networking.istio.io":       {"Gateway", "VirtualService", "ServiceEntry"},
	"traefik.io":                {"IngressRoute", "IngressRouteTCP", "IngressRouteUDP"},
	"traefik.containo.us":       {"IngressRoute", "IngressRouteTCP", "IngressRouteUDP"},
	"route.openshift.io":        {"Route"},
	"projectcontour.io":         {"HTTPProxy"},
	"externaldns.k8s.io":        {"DNSEndpoint"},
}

func isRoute(o Object) bool {
	return slices.Contains(routes[o.GroupVersionKind().Group], o.GetKind())
}

// helmHook is the annotation of what helm creates at other times than the rest.
const helmHook = "helm.sh/hook"

// notInstalled reports whether o is a hook of helm that is none of an installation.
func notInstalled(o Object) bool {
	hooks := o.GetAnnotations()[helmHook]
	if hooks == "" {
		return false
	}
	for hook := range strings.SplitSeq(hooks, ",") {
		switch strings.TrimSpace(hook) {
		case "pre-install", "post-install", "crd-install":
			return false
		}
	}
	return true
}
