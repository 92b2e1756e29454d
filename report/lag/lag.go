// Package lag owns what histories of trials on a real cluster tell about the
// delays between that cluster's parts: the scheduler, the kubelets, the
// controllers and the nodes' proxies. A model of a cluster draws from them. It
// reads histories and judges nothing; what becomes of the samples is not its
// business.
package lag

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"zarif/report/history"
)

// The names of the delays, and between which two things each is taken. Moments
// of pods and endpoints are those of their watches' news, and what applications
// did is from their logs; containers' own times have whole seconds and serve for
// nothing here.
const (
	Restart   = "restart"   // the act of restarting the rollout → the first new pod is created
	Replace   = "replace"   // the only pod that is deleted → the only one that is created
	Schedule  = "schedule"  // created → bound to a node
	Start     = "start"     // bound → the application's first log line
	Status    = "status"    // a probe's result → the pod is ready; see probeLag
	Ended     = "ended"     // a killed process's last log line → the pod is not ready
	Rollout   = "rollout"   // a new pod is ready → the next old one is deleted
	Endpoint  = "endpoint"  // ready, not ready or deleted → the EndpointSlice says so
	Program   = "program"   // the EndpointSlice's not-ready → no new connection to the pod; see program
	Terminate = "terminate" // deleted → the application logs the signal, without a preStop hook
	Teardown  = "teardown"  // the application's exit → connections to it hang instead of being refused; see teardown
	Remove    = "remove"    // the application's exit → the pod's object is gone
	Again     = "again"     // a killed process's last log line → the container's next first line
)

// Names lists every delay.
func Names() []string {
	return []string{Restart, Replace, Schedule, Start, Status, Ended, Rollout, Endpoint, Program, Terminate, Teardown, Remove, Again}
}

// ErrIncomplete means that a history does not hold all of its trial, or that its
// disruption was not seen to be complete, so that nothing is taken from it.
var ErrIncomplete = errors.New("the trial is not complete")

// A Collection gathers samples from the histories of trials. The zero value is
// empty. Not safe for concurrent use.
type Collection struct {
	samples map[string][]time.Duration
	// ready are the times from an application's open listener to its pod's readiness.
	ready []time.Duration
	// hanging is how long addresses refused connections until they hung, and
	// refusing how long they had when nobody asked them any more.
	hanging, refusing []time.Duration
}

// Add takes what one trial shows. Its error is ErrIncomplete where the trial is
// none to take anything from, and another one where the history cannot be read;
// nothing was added then.
func (c *Collection) Add(records iter.Seq2[history.Record, error]) error {
	t, err := gather(records)
	if err != nil {
		return err
	}
	if c.samples == nil {
		c.samples = map[string][]time.Duration{}
	}
	t.take = func(name string, from, to history.Micros) {
		c.samples[name] = append(c.samples[name], max(0, (to-from).Duration()))
	}
	t.pods()
	t.deployments()
	t.kills()
	t.program()
	c.ready = append(c.ready, t.readiness()...)
	hanging, refusing := t.teardown()
	c.hanging, c.refusing = append(c.hanging, hanging...), append(c.refusing, refusing...)
	return nil
}

// Samples are the delays by name, all of 0 or more; a name without any is absent.
//
// News of two watches can overtake each other by some milliseconds. A delay that
// seems negative for that is 0.
func (c *Collection) Samples() map[string][]time.Duration {
	all := map[string][]time.Duration{}
	for name, samples := range c.samples {
		all[name] = slices.Sorted(slices.Values(samples))
	}
	if len(c.ready) > 0 {
		all[Status] = probeLag(c.ready)
	}
	if len(c.hanging) > 0 {
		all[Teardown] = uncensored(c.hanging, c.refusing)
	}
	return all
}

// incomplete says why nothing is taken from a trial.
func incomplete(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrIncomplete, fmt.Sprintf(format, args...))
}
