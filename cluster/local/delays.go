package local

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
)

// A Distribution is what was measured of one delay, as its quantiles at equal
// steps: the first is the least, the last the largest value seen. A single value
// is a constant; none is no delay at all.
type Distribution struct {
	Samples   int             `json:"samples"`
	Quantiles []time.Duration `json:"quantiles_ns"`
}

// Constant is a delay that is always the same.
func Constant(d time.Duration) Distribution { return Distribution{Quantiles: []time.Duration{d}} }

// quantiles is how many are kept of a sample: every twentieth part.
const quantiles = 21

// DistributionOf describes a sample; without values it is no delay.
func DistributionOf(sample []time.Duration) Distribution {
	d := Distribution{Samples: len(sample)}
	if len(sample) == 0 {
		return d
	}
	sorted := slices.Sorted(slices.Values(sample))
	for i := range quantiles {
		at := float64(i) / (quantiles - 1) * float64(len(sorted)-1)
		d.Quantiles = append(d.Quantiles, between(sorted, at).Round(time.Microsecond))
	}
	return d
}

// At is the value below which the given part of the delays lies, 0 to 1.
func (d Distribution) At(part float64) time.Duration {
	if len(d.Quantiles) == 0 {
		return 0
	}
	return between(d.Quantiles, part*float64(len(d.Quantiles)-1))
}

// between interpolates in a sorted list, at a place from 0 to its length - 1.
func between(sorted []time.Duration, at float64) time.Duration {
	i := min(int(at), len(sorted)-1)
	if i == len(sorted)-1 {
		return sorted[i]
	}
	return sorted[i] + time.Duration((at-float64(i))*float64(sorted[i+1]-sorted[i]))
}

// Delays are those of a cluster's parts. Each is measured between two things that
// can be seen, so that what lies between them is in it whatever it is.
type Delays struct {
	Measured   string        `json:"measured"`   // the date
	Kubernetes string        `json:"kubernetes"` // version
	Cluster    string        `json:"cluster"`    // type, nodes, CNI and proxy mode in one line
	Zarif      string        `json:"zarif"`      // version
	MinSync    time.Duration `json:"minSync_ns"` // kube-proxy's minSyncPeriod

	Restart   Distribution `json:"restart"`   // a change of the Deployment → its first new pod is created
	Replace   Distribution `json:"replace"`   // a pod is deleted or evicted → the one that replaces it is created
	Schedule  Distribution `json:"schedule"`  // created → bound to a node
	Start     Distribution `json:"start"`     // bound → the container's process runs
	Status    Distribution `json:"status"`    // a probe's result → the pod's status says so
	Ended     Distribution `json:"ended"`     // a container's process ended by itself → the pod's status says so
	Rollout   Distribution `json:"rollout"`   // a new pod is ready → the next old one is deleted
	Endpoint  Distribution `json:"endpoint"`  // a pod's status or deletion → its EndpointSlice says so
	Program   Distribution `json:"program"`   // the EndpointSlice → the node's proxy sends connections accordingly, when it was idle
	Terminate Distribution `json:"terminate"` // deleted → preStop begins, or the stop signal is sent
	Teardown  Distribution `json:"teardown"`  // the last process ended → nothing answers at the pod's address, not even a refusal
	Remove    Distribution `json:"remove"`    // the last process ended → the pod's object is gone
	Again     Distribution `json:"again"`     // the process ended by itself → the container's next run, without back-off
}

//go:embed delays.json
var measured []byte

// MeasuredDelays are those that come with zarif.
func MeasuredDelays() (Delays, error) { return decodeDelays(measured) }

// ReadDelays reads what a calibration wrote.
func ReadDelays(r io.Reader) (Delays, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return Delays{}, err
	}
	return decodeDelays(data)
}

// decodeDelays wants every delay: one that is left out would be none at all.
func decodeDelays(data []byte) (Delays, error) {
	var d Delays
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		return Delays{}, fmt.Errorf("delays: %w", err)
	}
	var faults []error
	named := d.Named()
	for _, name := range slices.Sorted(maps.Keys(named)) {
		if len(named[name].Quantiles) == 0 {
			faults = append(faults, fmt.Errorf("delays: %s: want its quantiles", name))
		}
	}
	return d, errors.Join(append(faults, d.Validate())...)
}

// Named are the delays by the names that files and flags know.
func (d *Delays) Named() map[string]*Distribution {
	return map[string]*Distribution{
		"restart": &d.Restart, "replace": &d.Replace, "schedule": &d.Schedule, "start": &d.Start, "status": &d.Status, "ended": &d.Ended,
		"rollout": &d.Rollout, "endpoint": &d.Endpoint, "program": &d.Program, "terminate": &d.Terminate,
		"teardown": &d.Teardown, "remove": &d.Remove, "again": &d.Again,
	}
}

// Validate reports delays that nothing can take.
func (d Delays) Validate() error {
	var faults []error
	named := d.Named()
	for _, name := range slices.Sorted(maps.Keys(named)) {
		of := named[name]
		if !slices.IsSorted(of.Quantiles) || len(of.Quantiles) > 0 && of.Quantiles[0] < 0 {
			faults = append(faults, fmt.Errorf("delays: %s: %v; want durations of 0 or more, the least first", name, of.Quantiles))
		}
	}
	if d.MinSync < 0 {
		faults = append(faults, fmt.Errorf("delays: minSync_ns: %s; want 0 or more", d.MinSync))
	}
	return errors.Join(faults...)
}
