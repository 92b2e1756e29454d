package cluster

// State is what was last observed of a target.
type State struct {
	Generation, ObservedGeneration int64
	Desired                        int32 // spec.replicas
	Updated, Available             int32 // status, of the current template
	Pods                           []Pod // of the target, including those that are going away; by name
}

// A Pod is one pod of the target as last observed.
type Pod struct {
	Name, UID, Node, IP string
	Current             bool // made from the target's current template
	Ready               bool
	Deleting            bool   // a deletion timestamp is set
	Finished            bool   // phase Succeeded or Failed
	ContainerID         string // of the target container, without the runtime's prefix; empty before it runs
	Restarts            int32  // of the target container
	ExitCode            *int32 // of the target container's last termination
	// Images are what its containers run, "IMAGE ID", the name as it was asked for and
	// the content as their statuses tell it, each once, in order; empty: they do not.
	Images []string
}

// Pod finds a pod by its UID.
func (s State) Pod(uid string) (Pod, bool) {
	for _, p := range s.Pods {
		if p.UID == uid {
			return p, true
		}
	}
	return Pod{}, false
}

// ReadyPods are the pods that are ready and not going away.
func (s State) ReadyPods() []Pod {
	var ready []Pod
	for _, p := range s.Pods {
		if p.Ready && !p.Deleting {
			ready = append(ready, p)
		}
	}
	return ready
}

// Settled reports whether the current generation is what runs: every desired pod
// is of the current template and ready, and nothing else is left.
func (s State) Settled() bool {
	if s.ObservedGeneration != s.Generation || len(s.Pods) != int(s.Desired) {
		return false
	}
	for _, p := range s.Pods {
		if !p.Current || !p.Ready || p.Deleting {
			return false
		}
	}
	return true
}
