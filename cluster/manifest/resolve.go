package manifest

import (
	"time"

	"zarif/cluster"
)

// A Resolved target is what the Service leads to.
type Resolved struct {
	Target   cluster.Target
	PortName string // of the Service's port; may be empty
	// Replicas that run once all is settled: those of the controller, and at least
	// the fewest of an autoscaler.
	Replicas int32
	Grace    time.Duration // terminationGracePeriodSeconds
	PreStop  string        // of the container, as a reader would say it; empty: none
	// ReadyPath is the path of the container's HTTP readiness probe; empty: none.
	ReadyPath string
	// Secure is by what it shows that the target speaks TLS; empty: nothing says so.
	Secure string
	// Owners are who else decides about the replicas; empty: nobody was seen.
	Owners []Owner
	// Budgets are the names of the PodDisruptionBudgets over the pods.
	Budgets []string

	pods podTemplate
}

// Resolve finds the target: Service → selector → controller → container. Its error
// is Faults.
func Resolve(objects []Object, want Want) (Resolved, error) {
	var faults Faults
	if err := want.Validate(); err != nil {
		return Resolved{}, err
	}
	name, portText, _ := want.target()
	service, spec, ok := findService(objects, name, &faults)
	if !ok {
		return Resolved{}, faults
	}
	port, ok := findPort(service, spec, portText, &faults)
	if !ok {
		return Resolved{}, faults
	}
	pods, ok := findController(objects, service, spec, want, &faults)
	if !ok {
		return Resolved{}, faults
	}
	container, ok := findContainer(pods, port, want.Container, &faults)
	if !ok {
		return Resolved{}, faults
	}
	r := Resolved{
		Target: cluster.Target{
			Kind: pods.object.GetKind(), Name: pods.object.GetName(), Container: container.Name,
			Service: name, Port: port.Port,
		},
		PortName: port.Name, Replicas: pods.replicas, Grace: graceOf(pods.template.Spec), PreStop: preStopOf(container),
		Secure: secure(service, port, container), Budgets: budgetsOver(objects, pods), pods: pods,
	}
	if probe := container.ReadinessProbe; probe != nil && probe.HTTPGet != nil {
		r.ReadyPath = probe.HTTPGet.Path
	}
	var least int32
	r.Owners, least = ownersOf(objects, pods.object)
	r.Replicas = max(r.Replicas, least)
	if r.Replicas < 1 {
		return Resolved{}, Faults{{pods.object.String(), "it has no replicas, so that nothing answers", "1 or more"}}
	}
	return r, nil
}
