// Package manifest owns what users bring: it reads Kubernetes manifests (files,
// folders, kustomizations, standard input), finds the target in them, and makes of
// them what can be deployed into a namespace that is not theirs. It talks to no
// cluster and does not judge whether the objects are good.
package manifest

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// An Object of the user's, and where it is written: "k8s/shop.yaml:12",
// "kustomization k8s", "stdin:1", or "the cluster".
type Object struct {
	*unstructured.Unstructured
	At string
}

// String is what messages call it: "Deployment shop (k8s/shop.yaml:12)".
func (o Object) String() string { return o.name() + " (" + o.At + ")" }

func (o Object) name() string {
	name := o.GetName()
	if name == "" {
		name = o.GetGenerateName() + "*"
	}
	return o.GetKind() + " " + name
}

// into reads an object into a typed one.
func into(o Object, typed any) error {
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, typed); err != nil {
		return fmt.Errorf("%s cannot be read: %w", o.name(), err)
	}
	return nil
}

// A Fault is one thing that is wrong with what the user gave.
type Fault struct {
	At      string // file and line, an object, or a flag
	Problem string
	Want    string // what would be right; may be empty
}

// Error is one line: "k8s/shop.yaml:12: there is no kind; want …".
func (f Fault) Error() string {
	text := f.Problem
	if f.At != "" {
		text = f.At + ": " + text
	}
	if f.Want != "" {
		text += "; want " + f.Want
	}
	return text
}

// Faults are all that were found, in the order of the files. It is never returned
// empty as an error.
type Faults []Fault

// Error has one line per fault.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "\n")
}

func (f *Faults) add(at, problem, want string) { *f = append(*f, Fault{at, problem, want}) }

func (f Faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}
