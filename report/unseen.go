package report

import (
	"fmt"
	"slices"

	"zarif/report/history"
)

// unseen says, a sentence each, which evidence this trial did not have and a
// fixture's would have had. Nothing of it makes what was counted uncertain.
func (ev *evidence) unseen() (missing []string) {
	if ev.meta.Users {
		missing = append(missing,
			"no log of requests: the application does not write zarif's log lines, so that clients' counts are held against nothing that servers say, and there is no ledger",
			"no answer names its pod: whether a stream was exposed is told by its connections, and hits after a pod's deletion are not counted by pod",
			"no signal was seen to arrive: a pod's deletion is what the API server says, and its container's exit is known to the second")
	}
	if ev.meta.Cluster.Type == "context" && !slices.ContainsFunc(ev.meta.Streams, func(s history.Stream) bool { return s.Source == history.SourceAgent }) {
		missing = append(missing, "no client inside the cluster: without a load agent (--agent-image) all load came from this machine, through whatever leads from here into the cluster")
	}
	if ev.meta.Cluster.Type == "context" {
		missing = append(missing, fmt.Sprintf("no look at nodes: exits are what the API server of %s says", ev.meta.Cluster.Name))
	}
	return missing
}

// stays lists what the trial changed and did not put back.
func (ev *evidence) stays() (texts []string) {
	for i := range ev.events {
		e := &ev.events[i]
		if e.Type == history.EventNote && e.Attrs["stays"] != "" && !slices.Contains(texts, e.Attrs["text"]) {
			texts = append(texts, e.Attrs["text"])
		}
	}
	return texts
}
