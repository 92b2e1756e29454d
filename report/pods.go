package report

import "time"

// A Pod is one pod of the target and its life as far as it was seen.
type Pod struct {
	Name string `json:"name"`
	Node string `json:"node,omitempty"`
	// Role is "old" for a pod that was there when the disruption began, "new" for
	// one that came later.
	Role string `json:"role"`
	// TakenAway: it was deleted, or its container exited, from the beginning of the
	// disruption until the load had drained.
	TakenAway bool `json:"takenAway"`

	Created          time.Time `json:"created,omitzero"`
	Ready            time.Time `json:"ready,omitzero"` // for the first time
	Deleted          time.Time `json:"deleted,omitzero"`
	PreStop          time.Time `json:"prestop,omitzero"`
	SIGTERM          time.Time `json:"sigterm,omitzero"` // as the application logged it
	EndpointNotReady time.Time `json:"endpointNotReady,omitzero"`
	EndpointGone     time.Time `json:"endpointGone,omitzero"`
	Exited           time.Time `json:"exited,omitzero"` // for the last time; the earliest moment it can have been
	// ExitedPrecision is how much later than Exited it can have been.
	ExitedPrecision   *float64  `json:"exitedPrecision_ms,omitempty"`
	LastNewConnection time.Time `json:"lastNewConnection,omitzero"` // opened; among those that it was seen to answer on

	ExitCode   *int     `json:"exitCode,omitempty"`
	Signal     *int     `json:"signal,omitempty"`
	Restarts   *int     `json:"restarts,omitempty"`
	GraceLimit *float64 `json:"graceLimit_s,omitempty"` // of its deletion
	GraceUsed  *float64 `json:"graceUsed_s,omitempty"`  // from its deletion to Exited
	Killed     *bool    `json:"killed,omitempty"`       // true: SIGKILL at the end of the grace period
	Answered   int      `json:"answered"`               // hits that got an ok answer from it
	LateHits   *int     `json:"lateHits,omitempty"`     // hits seen to reach it after its deletion; absent: it was not deleted
}

// The roles of a pod.
const (
	RoleOld = "old"
	RoleNew = "new"
)
