package local

import (
	"errors"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestContainersAreChecked(t *testing.T) {
	for _, c := range []struct {
		name, patch, want string // "": accepted
	}{
		{"a reference in the command", `command: [sh, "-c", "echo $(POD_NAME)"]`, "containers[0].command[2]: the reference"},
		{"a reference in the arguments", `args: ["$(PORT)"]`, "containers[0].args[0]: the reference"},
		{"an escaped reference", `args: ["$$(PORT)"]`, "containers[0].args[0]: the reference"},
		{"a reference in the environment", `env: [{name: A, value: a}, {name: B, value: "$(A)"}]`, "containers[0].env[1].value: the reference"},
		{"a reference in a probe", `livenessProbe: {exec: {command: [test, "$(PORT)"]}}`, "containers[0].livenessProbe.exec.command: the reference"},
		{"a shell's own", `command: [sh, "-c", "echo $(date) $((1 + 1))"]`, ""},
		{"another field", `env: [{name: A, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}]`, "containers[0].env[0].valueFrom"},
		{"a field", `env: [{name: A, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}]`, ""},
		{"an unknown stop signal", `lifecycle: {stopSignal: SIGRTMIN}`, "containers[0].lifecycle.stopSignal: SIGRTMIN"},
		{"a stop signal", `lifecycle: {stopSignal: SIGQUIT}`, ""},
		{"a port without a name", `readinessProbe: {httpGet: {port: web}}`, `containers[0].readinessProbe.httpGet.port: the container has no port "web"`},
		{"a port beyond all", `startupProbe: {tcpSocket: {port: 70000}}`, "containers[0].startupProbe.tcpSocket.port: 70000"},
		{"a port's number as text", `startupProbe: {tcpSocket: {port: "8081"}}`, ""},
		{"a hook's port", `lifecycle: {preStop: {httpGet: {port: web}}}`, "containers[0].lifecycle.preStop.httpGet.port"},
		{"no handler", `livenessProbe: {periodSeconds: 1}`, "containers[0].livenessProbe: want one of"},
		{"no command", `livenessProbe: {exec: {command: []}}`, "containers[0].livenessProbe.exec.command: want a command"},
		{"no hook", `lifecycle: {preStop: {}}`, "containers[0].lifecycle.preStop: want one of"},
		{"a sleep", `lifecycle: {preStop: {sleep: {seconds: 1}}}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := decode(sketch(t, "go-exit", func(objects map[string]*unstructured.Unstructured) {
				edit(t, objects["Deployment"], "spec: {template: {spec: {containers: [{"+c.patch+"}]}}}")
			}))
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("error %v, want one with %s", err, c.want)
			case strings.HasSuffix(c.want, "the reference") && !errors.Is(err, errors.ErrUnsupported):
				t.Errorf("%v is not unsupported", err)
			}
		})
	}
}
