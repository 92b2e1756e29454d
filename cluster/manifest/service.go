package manifest

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// findService finds the target among the Services, which must lead to pods by an
// address that load can keep using.
func findService(objects []Object, name string, faults *Faults) (Object, corev1.ServiceSpec, bool) {
	var names []string
	for _, o := range objects {
		if o.GetKind() != "Service" || o.GroupVersionKind().Group != "" {
			continue
		}
		names = append(names, o.GetName())
		if o.GetName() != name {
			continue
		}
		var s corev1.Service
		if err := into(o, &s); err != nil {
			faults.add(o.At, err.Error(), "a Service")
			return o, s.Spec, false
		}
		switch {
		case s.Spec.Type == corev1.ServiceTypeExternalName:
			faults.add(o.String(), "it is of type ExternalName, which leads to no pods", "a Service with a selector")
		case len(s.Spec.Selector) == 0:
			faults.add(o.String(), "it has no selector, so that nothing tells which pods it leads to", "a Service with a selector")
		case s.Spec.ClusterIP == corev1.ClusterIPNone:
			faults.add(o.String(), "it is headless: it has no address that load could keep using", "a Service with a cluster IP that leads to the same pods")
		default:
			return o, s.Spec, true
		}
		return o, s.Spec, false
	}
	want := "manifests with a Service, or -f of the file that has it"
	if len(names) > 0 {
		slices.Sort(names)
		want = "one of svc/" + strings.Join(names, ", svc/")
	}
	faults.add("target", "there is no Service "+name, want)
	return Object{}, corev1.ServiceSpec{}, false
}

// findPort finds a port of a Service by its number or its name.
func findPort(service Object, spec corev1.ServiceSpec, text string, faults *Faults) (corev1.ServicePort, bool) {
	var offered []string
	for _, p := range spec.Ports {
		if text == "" && len(spec.Ports) == 1 || text == p.Name && text != "" || text == fmt.Sprint(p.Port) {
			if p.Protocol != "" && p.Protocol != corev1.ProtocolTCP {
				faults.add(service.String(), fmt.Sprintf("port %d is of protocol %s", p.Port, p.Protocol), "a port of protocol TCP")
				return p, false
			}
			return p, true
		}
		offer := fmt.Sprint(p.Port)
		if p.Name != "" {
			offer += " (" + p.Name + ")"
		}
		offered = append(offered, offer)
	}
	problem := "it has no port " + text
	if text == "" {
		problem = "it has several ports"
	}
	faults.add(service.String(), problem, "svc/"+service.GetName()+": and one of "+strings.Join(offered, ", "))
	return corev1.ServicePort{}, false
}
