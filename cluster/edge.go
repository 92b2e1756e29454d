package cluster

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// An Edge is an L7 proxy between the load and a workload's target, in the same
// namespace. It is deployed after the workload's own objects.
type Edge struct {
	Name    string                       // of its set-up, e.g. "nginx-service"
	Objects []*unstructured.Unstructured // namespaced ones, without a namespace
	// Target is the proxy itself: its Deployment, the container whose log is read,
	// and the Service and port that the load of the vantage edge connects to.
	Target Target
	Images []Image
	Grace  time.Duration // of the proxy's pods
	// Log is the form of the access log that the container writes to standard
	// output, one of those of package edgelog.
	Log string
	// ByService says that it connects to the Service's cluster IP; else to pods.
	ByService bool
	// Config are its configuration files by name, in which @WORDS@ stand for what only
	// the pod knows (fixtures/edge/start/start). They are among the objects, too.
	Config map[string]string
	// Command runs it where it is installed, with words as in Config; empty: it needs
	// its image.
	Command   []string
	Listen    int32  // its pods' port
	ReadyPath string // it answers there with 200 once it is ready
	// Disrupted says that the edge is the workload's target: its pods are taken away,
	// name themselves in its answers, and those behind it are at rest.
	Disrupted bool
}

// NamesPods reports whether answers name the target's pod that gave them.
func (w Workload) NamesPods() bool { return w.LogsHits || w.Edge != nil && w.Edge.Disrupted }

// AllImages are the images of the workload and of its edge.
func (w Workload) AllImages() []Image {
	if w.Edge == nil {
		return w.Images
	}
	return slices.Concat(w.Images, w.Edge.Images)
}
