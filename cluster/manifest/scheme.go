package manifest

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// secure says by what it shows that a Service's port leads to TLS: the readiness probe
// of the very port, or else the Service's appProtocol. Empty: nothing does.
func secure(service Object, port corev1.ServicePort, c corev1.Container) string {
	if probe := c.ReadinessProbe; probe != nil && probe.HTTPGet != nil {
		serves, known := numberOf(targetOf(port), c)
		probed, alike := numberOf(probe.HTTPGet.Port, c)
		if known && alike && serves == probed {
			if probe.HTTPGet.Scheme == corev1.URISchemeHTTPS {
				return "the readiness probe of container " + c.Name
			}
			return ""
		}
	}
	if port.AppProtocol != nil && strings.EqualFold(*port.AppProtocol, "https") {
		return "the appProtocol of " + service.name()
	}
	return ""
}

// targetOf is the port of the pods to which a Service's port leads.
func targetOf(port corev1.ServicePort) intstr.IntOrString {
	if port.TargetPort.Type == intstr.Int && port.TargetPort.IntVal == 0 {
		return intstr.FromInt32(port.Port) // the API's default
	}
	return port.TargetPort
}

// numberOf is a port of a container by its number or its name.
func numberOf(port intstr.IntOrString, c corev1.Container) (number int32, known bool) {
	if port.Type == intstr.Int {
		return port.IntVal, true
	}
	for _, p := range c.Ports {
		if p.Name == port.StrVal {
			return p.ContainerPort, true
		}
	}
	return 0, false
}
