package kube

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// podLog is the log of one run of a pod's container.
type podLog struct {
	d         *Deployed
	pod, node string
	uid       types.UID
	container string
	restarts  int32
}

func (l *podLog) open(ctx context.Context, previous, follow bool) (io.ReadCloser, error) {
	return l.d.k.client.CoreV1().Pods(l.d.namespace).GetLogs(l.pod, &corev1.PodLogOptions{
		Container: l.container, Previous: previous, Follow: follow && !previous,
	}).Stream(ctx)
}

// tailLines is how much of a log's end is looked at: the last line may be another
// program's, and so may a whole traceback.
const tailLines = 200

func (l *podLog) lastLines(ctx context.Context) ([]byte, error) {
	return l.d.k.client.CoreV1().Pods(l.d.namespace).GetLogs(l.pod, &corev1.PodLogOptions{
		Container: l.container, TailLines: new(int64(tailLines)),
	}).DoRaw(ctx)
}

// catLog prints all parts of run $2's log in directory $1, the oldest first: the
// kubelet renames a log that has grown, and compresses it when the next has.
const catLog = `cd "$1" || exit 1
for f in "$2".log.*.gz; do [ ! -f "$f" ] || zcat "$f"; done
for f in "$2".log.*; do case "$f" in *.gz|*.tmp) ;; *) [ ! -f "$f" ] || cat "$f" ;; esac; done
cat "$2".log`

func (l *podLog) nodeLog(ctx context.Context) ([]byte, error) {
	if l.d.k.config.Node == nil {
		return nil, errors.ErrUnsupported
	}
	dir := path.Join("/var/log/pods", fmt.Sprintf("%s_%s_%s", l.d.namespace, l.pod, l.uid), l.container)
	return l.d.k.config.Node(ctx, l.node, "sh", "-c", catLog, "sh", dir, strconv.Itoa(int(l.restarts)))
}
