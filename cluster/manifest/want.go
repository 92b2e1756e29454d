package manifest

import (
	"slices"
	"strings"
)

// A Want is what the user said about their manifests. The zero value of a field
// but Target leaves the matter to what the manifests say.
type Want struct {
	// Target is the Service that is loaded, and its port by number or name:
	// "svc/shop:80", "svc/shop:http"; "svc/shop" where it has only one port.
	Target string
	// Controller is whose pods are disrupted, "deploy/shop" or "sts/shop", where the
	// Service leads to those of several.
	Controller string
	// Container is the one that serves, where that cannot be told from the port.
	Container string
	// LeaveOut are objects that are not deployed: "KIND" or "KIND/NAME".
	LeaveOut []string
}

// Validate checks the form of the fields. Its error is Faults.
func (w Want) Validate() error {
	var faults Faults
	if name, _, _ := w.target(); name == "" {
		faults.add("target", quoted(w.Target)+" names no Service", wantTarget)
	}
	if w.Controller != "" {
		if kind, name := w.controller(); kind == "" || name == "" {
			faults.add("controller", quoted(w.Controller)+" names no controller", "deploy/NAME or sts/NAME")
		}
	}
	for _, l := range w.LeaveOut {
		if kind, name, named := strings.Cut(l, "/"); kind == "" || named && name == "" {
			faults.add("leave out", quoted(l)+" names no object", "KIND or KIND/NAME, such as ClusterRole or Job/migrate")
		}
	}
	return faults.err()
}

const wantTarget = "a Service and its port, such as svc/shop:80 or svc/shop:http"

// target takes the target apart; an empty port: the only one.
func (w Want) target() (service, port string, ok bool) {
	name := w.Target
	if kind, rest, found := strings.Cut(w.Target, "/"); found {
		if !slices.Contains([]string{"svc", "service", "services"}, strings.ToLower(kind)) {
			return "", "", false
		}
		name = rest
	}
	name, port, found := strings.Cut(name, ":")
	if name == "" || found && port == "" || strings.ContainsAny(name+port, "/: ") {
		return "", "", false
	}
	return name, port, true
}

// controller takes it apart; kind is as objects have it.
func (w Want) controller() (kind, name string) {
	short, name, _ := strings.Cut(w.Controller, "/")
	switch strings.ToLower(short) {
	case "deploy", "deployment", "deployments":
		return kindDeployment, name
	case "sts", "statefulset", "statefulsets":
		return kindStatefulSet, name
	}
	return "", name
}

// leavesOut reports whether the user wants o left out.
func (w Want) leavesOut(o Object) bool {
	return slices.ContainsFunc(w.LeaveOut, func(l string) bool {
		kind, name, named := strings.Cut(l, "/")
		return strings.EqualFold(kind, o.GetKind()) && (!named || name == o.GetName())
	})
}

func quoted(s string) string { return `"` + s + `"` }
