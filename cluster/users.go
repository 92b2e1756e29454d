package cluster

// Users says that a workload is a user's own, which is taken as it is: its service
// accounts keep their tokens, and its application does not write the fixtures' log.
type Users struct {
	// Namespace is where the workload is already: nothing of it is made, removed or
	// changed but by the disruption, and zarif's own pods are elsewhere. Empty: its
	// objects are created in a namespace of their own.
	Namespace string
	// References are the images that its pods name, each once.
	References []string
	// Labels are given to the namespace that is made for it.
	Labels map[string]string
	// Replicas is how many pods there are, at least, once it has settled: an autoscaler
	// may raise what the controller begins with.
	Replicas int32
	// Notes say what of the user's was left out or changed, a sentence each; they
	// become notes of every trial.
	Notes []string
}

// Taken reports whether the workload was there before.
func (w Workload) Taken() bool { return w.Users != nil && w.Users.Namespace != "" }
