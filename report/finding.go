package report

// A Finding explains hits of one stream that were lost in the same way: dropped,
// or masked. Findings of a trial are disjoint, and together hold all of those hits.
type Finding struct {
	ID        string `json:"id"` // unique within the trial
	Mechanism string `json:"mechanism"`
	What      string `json:"what"` // the mechanism does, in a sentence
	Stream    string `json:"stream"`
	Hits      int    `json:"hits"` // Dropped + Masked
	Dropped   int    `json:"dropped"`
	Masked    int    `json:"masked"`
	// HitIDs are those of the hits in the order of their numbers, the first FindingHits
	// of them.
	HitIDs []string `json:"hitIds"`
	// Pods are those that lost the hits, by name. Where a hit may have been lost by any
	// one of several, all of them are named.
	Pods []string `json:"pods"`
	// Phase is that of the pods' lives, the most frequent one first; empty: unknown.
	Phase    string         `json:"phase"`
	Joins    map[string]int `json:"joins"` // hits by how it is known whose they were
	Summary  string         `json:"summary"`
	Evidence []string       `json:"evidence"`
	Missing  []string       `json:"missing,omitempty"` // what would have told more, and was not there
	Advice   string         `json:"advice"`            // empty: there is none
}

// A Remark is something about a pod's end that costs requests or time, whether or
// not a hit was lost by it in this trial.
type Remark struct {
	ID       string   `json:"id"` // unique within the trial
	Kind     string   `json:"kind"`
	Pods     []string `json:"pods"`
	Summary  string   `json:"summary"`
	Evidence []string `json:"evidence"`
	Advice   string   `json:"advice"`
}

// An Advice says what would stop the losses of a scenario, with a figure that its
// trials carry.
type Advice struct {
	Mechanisms []string `json:"mechanisms"` // of the findings that it is about
	Hits       int      `json:"hits"`       // of these findings, over all trials
	Text       string   `json:"text"`
	// Sample is how many measured values the figure rests on; 0: there is no figure.
	Sample int `json:"sample"`
	// Covers is the share of all cases that the figure covers with 95 % confidence;
	// absent: there is no figure.
	Covers *float64 `json:"covers,omitempty"`
	// Cost is what it adds to a rollout of all replicas, in seconds; absent: unknown.
	Cost *float64 `json:"cost_s,omitempty"`
}

// FindingHits is how many hits a finding lists at most.
const FindingHits = 2000
