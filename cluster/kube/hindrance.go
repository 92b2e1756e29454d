package kube

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Reasons for which a container waits, as the kubelet names them
// (k8s.io/kubernetes/pkg/kubelet/images and kuberuntime).
const (
	waitsForImage   = "ErrImagePull"      // one attempt has failed
	waitsToPull     = "ImagePullBackOff"  // the next one is put off
	waitsForNoImage = "ErrImageNeverPull" // it may not be pulled
	waitsForName    = "InvalidImageName"
)

// failedPulls is how many attempts to pull an image must have failed until it counts
// as one that cannot be pulled: the second is ten seconds after the first.
const failedPulls = 2

// hindrances are what was seen to keep a pod from being ready.
type hindrances struct {
	text  string // the present one; empty: none is known
	cure  string // what would help, with IMAGE for the image; empty: not known
	stays bool   // another pod would meet it too
	final bool   // waiting does not remove it

	waits map[string]string // why each container waits
	pulls int               // attempts to pull an image that failed
}

// add looks at the pod's next state.
func (h *hindrances) add(p *corev1.Pod) {
	waits := map[string]string{}
	h.text, h.cure, h.stays, h.final = "", "", false, false
	if c := podCondition(p, corev1.PodScheduled); c != nil && c.Status == corev1.ConditionFalse {
		h.text = said("no node takes it: "+c.Reason, c.Message)
		h.cure, h.stays = "a node with room for it", true
	}
	for _, c := range p.Status.ContainerStatuses {
		switch {
		case c.State.Waiting != nil && c.State.Waiting.Reason != "":
			waits[c.Name] = c.State.Waiting.Reason
			h.waiting(h.waits[c.Name], *c.State.Waiting)
		case c.State.Terminated != nil:
			h.ended(*c.State.Terminated)
		}
	}
	h.waits = waits
	if phase := p.Status.Phase; phase == corev1.PodFailed || phase == corev1.PodSucceeded {
		if h.text == "" {
			h.text = said("it ended: "+p.Status.Reason, p.Status.Message)
		}
		h.final = true
	}
}

// waiting is a container that is not started; before is why it waited when it was
// last looked at.
func (h *hindrances) waiting(before string, w corev1.ContainerStateWaiting) {
	switch w.Reason {
	case "ContainerCreating", "PodInitializing":
		return
	}
	h.text, h.stays = said(w.Reason, w.Message), true
	switch w.Reason {
	case waitsForImage:
		if before != waitsForImage {
			h.pulls++
		}
		fallthrough
	case waitsToPull:
		h.cure = "an image that the nodes may pull and that is built for them, not IMAGE"
		h.final = h.pulls >= failedPulls
	case waitsForNoImage, waitsForName:
		h.cure, h.final = "an image that the nodes have or may pull, not IMAGE", true
	}
}

// ended is a container that ran, if it ever did.
func (h *hindrances) ended(t corev1.ContainerStateTerminated) {
	h.text = said(fmt.Sprintf("it ended with exit code %d: %s", t.ExitCode, t.Reason), t.Message)
	if t.Reason == "StartError" || strings.Contains(t.Message, "exec format error") {
		h.cure, h.stays = "an image that is built for the nodes, not IMAGE", true
	}
}

// said joins what Kubernetes says in a word to what it says in a sentence.
func said(reason, message string) string {
	text := strings.TrimSuffix(strings.TrimSpace(reason), ":")
	if message = strings.TrimSpace(message); message != "" {
		text += ": " + message
	}
	return text
}
