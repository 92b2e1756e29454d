package local

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// checkContainer says what of a container's values, below fields that the model
// knows, it does not support or nobody could. The error begins with the path.
func checkContainer(c *corev1.Container) error {
	for name, texts := range map[string][]string{"command": c.Command, "args": c.Args} {
		for i, text := range texts {
			if refers(c, text) {
				return unsupported("%s[%d]: the reference to a variable in %q", name, i, text)
			}
		}
	}
	for i, e := range c.Env {
		if refers(c, e.Value) {
			return unsupported("env[%d].value: the reference to a variable in %q", i, e.Value)
		}
		if from := e.ValueFrom; from != nil && (from.FieldRef == nil || !slices.Contains(fields, from.FieldRef.FieldPath)) {
			return unsupported("env[%d].valueFrom: another field than %s", i, strings.Join(fields, ", "))
		}
	}
	if c.Lifecycle != nil && c.Lifecycle.StopSignal != nil {
		if _, known := signals[string(*c.Lifecycle.StopSignal)]; !known {
			return unsupported("lifecycle.stopSignal: %s", *c.Lifecycle.StopSignal)
		}
	}
	return checkHandlers(c)
}

// checkHandlers checks what probes and hooks ask.
func checkHandlers(c *corev1.Container) error {
	handlers := map[string]corev1.ProbeHandler{}
	for name, p := range map[string]*corev1.Probe{"readinessProbe": c.ReadinessProbe, "livenessProbe": c.LivenessProbe, "startupProbe": c.StartupProbe} {
		if p != nil {
			handlers[name] = p.ProbeHandler
		}
	}
	if c.Lifecycle != nil && c.Lifecycle.PreStop != nil && c.Lifecycle.PreStop.Sleep == nil {
		handlers["lifecycle.preStop"] = corev1.ProbeHandler{Exec: c.Lifecycle.PreStop.Exec, HTTPGet: c.Lifecycle.PreStop.HTTPGet}
	}
	for name, h := range handlers {
		var err error
		switch {
		case h.HTTPGet != nil:
			_, err = containerPort(c, h.HTTPGet.Port)
			name += ".httpGet.port"
		case h.TCPSocket != nil:
			_, err = containerPort(c, h.TCPSocket.Port)
			name += ".tcpSocket.port"
		case h.Exec == nil:
			err = fmt.Errorf("want one of exec, httpGet, tcpSocket")
		case len(h.Exec.Command) == 0:
			err = fmt.Errorf("want a command")
			name += ".exec.command"
		case slices.ContainsFunc(h.Exec.Command, func(text string) bool { return refers(c, text) }):
			err = unsupported("the reference to a variable")
			name += ".exec.command"
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// refers reports whether a kubelet would expand something in the text: a reference
// to a variable that the container's env has, or an escaped one. Others it leaves as
// they are, such as a shell's $(date).
func refers(c *corev1.Container, text string) bool {
	return strings.Contains(text, "$$(") || slices.ContainsFunc(c.Env, func(e corev1.EnvVar) bool {
		return strings.Contains(text, "$("+e.Name+")")
	})
}

// containerPort is the number of a port that is named or numbered.
func containerPort(c *corev1.Container, port intstr.IntOrString) (int32, error) {
	number := port.IntVal
	if port.Type == intstr.String {
		i := slices.IndexFunc(c.Ports, func(p corev1.ContainerPort) bool { return p.Name == port.StrVal })
		if i >= 0 {
			return c.Ports[i].ContainerPort, nil
		}
		n, err := strconv.ParseInt(port.StrVal, 10, 32)
		if err != nil {
			return 0, fmt.Errorf("the container has no port %q", port.StrVal)
		}
		number = int32(n)
	}
	if number < 1 || number > 65535 {
		return 0, fmt.Errorf("%d: want a port from 1 to 65535", number)
	}
	return number, nil
}
