package report

import (
	"strings"

	"zarif/report/history"
)

// takenDown notes when the kubelet began to take pods down.
func (ls *lives) takenDown(ev *evidence) {
	for i := range ev.events {
		if e := &ev.events[i]; e.Type == history.EventKubernetes && e.Attrs["reason"] == "Killing" {
			if l := ls.byID[ev.names.id(e.Pod)]; l != nil {
				l.takenDown(e, ev.meta.Container)
			}
		}
	}
}

// takenDown notes when the kubelet began to take the pod down, by its event, which it
// sends just before it runs the hook (kuberuntime_container.go, killContainer). A
// liveness probe that failed has another text.
func (l *life) takenDown(e *history.Event, container string) {
	name, ok := strings.CutPrefix(e.Attrs["message"], "Stopping container ")
	if !ok || container != "" && name != container || l.killing != notDone || l.deleted == notDone || e.T+e.Precision+newsLag < l.deleted {
		return
	}
	l.killing, l.killingBy = e.T, e.T+e.Precision
	if l.sigterm != notDone && l.sigterm >= l.killing {
		l.killingBy = min(l.killingBy, l.sigterm) // the hook comes first
	}
	if l.deleted <= l.killingBy {
		l.killing = max(l.killing, l.deleted)
	}
}
