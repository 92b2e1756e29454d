package manifest

import (
	"strings"
	"testing"
)

func TestWhatSpeaksTLS(t *testing.T) {
	const text = `apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec: {containers: [{name: app, image: shop, ports: [{name: web, containerPort: 8443}, {name: admin, containerPort: 9090}], PROBE}]}
---
apiVersion: v1
kind: Service
metadata: {name: shop}
spec: {selector: {app: shop}, ports: [{port: 443, PORT}]}
`
	for _, c := range []struct{ name, probe, port, want string }{
		{"a probe of the port", "readinessProbe: {httpGet: {path: /, port: 8443, scheme: HTTPS}}", "targetPort: 8443", "the readiness probe of container app"},
		{"by names", "readinessProbe: {httpGet: {path: /, port: web, scheme: HTTPS}}", "targetPort: 8443", "the readiness probe of container app"},
		{"a plain probe of the port", "readinessProbe: {httpGet: {path: /, port: 8443}}", "targetPort: web, appProtocol: https", ""},
		{"a probe of another port", "readinessProbe: {httpGet: {path: /, port: admin, scheme: HTTPS}}", "targetPort: web", ""},
		{"another port, and a protocol", "readinessProbe: {httpGet: {path: /, port: admin}}", "targetPort: web, appProtocol: https", "the appProtocol of Service shop"},
		{"another protocol", "readinessProbe: {tcpSocket: {port: web}}", "targetPort: web, appProtocol: kubernetes.io/h2c", ""},
		{"nothing but the number", "env: []", "targetPort: 8443", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := strings.NewReplacer("PROBE", c.probe, "PORT", c.port).Replace(text)
			objects, err := Read(strings.NewReader(in), Stdin)
			if err != nil {
				t.Fatal(err)
			}
			r, err := Resolve(objects, Want{Target: "svc/shop:443"})
			if err != nil || r.Secure != c.want {
				t.Errorf("it speaks TLS by %q, error %v; want %q", r.Secure, err, c.want)
			}
		})
	}
}
