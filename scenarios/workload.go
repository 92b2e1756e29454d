package scenarios

import (
	"strconv"

	"go.yaml.in/yaml/v3"
)

// A Workload is the user's own instead of a fixture: manifests that are deployed,
// or what runs in a namespace already. What is said of it is only read here; whether
// the manifests hold it is for who reads those.
type Workload struct {
	// Manifests are files, folders, kustomizations, or "-" for standard input; paths
	// are relative to the folder of the scenario's file. None: it is there already.
	Manifests []string
	// Namespace is where it is already; empty where it is deployed.
	Namespace  string
	Target     string   // "svc/shop:80"
	Controller string   // "deploy/shop", where the Service leads to the pods of several
	Container  string   // the one that serves, where the port does not tell
	LeaveOut   []string // "KIND" or "KIND/NAME"
}

const wantWorkload = "a mapping with target, and manifests or a namespace"

// workload reads what a scenario says instead of a fixture.
func (f fields) workload(s *Scenario) {
	at, ok := f.at["workload"]
	if !ok {
		return
	}
	if f.has("fixture") {
		at.fault("there is a fixture, too", "either fixture or workload")
	}
	if f.has("edge") {
		f.spot("edge").fault("an edge leads to a fixture", "none for a workload")
	}
	w, ok := at.fields(wantWorkload, "manifests", "namespace", "target", "controller", "container", "leaveOut")
	if !ok {
		return
	}
	s.Workload = &Workload{}
	w.require("target", "a Service and its port, such as svc/shop:80")
	w.text("target", &s.Workload.Target)
	w.text("namespace", &s.Workload.Namespace)
	w.text("controller", &s.Workload.Controller)
	w.text("container", &s.Workload.Container)
	w.texts("manifests", "a list of files and folders, - for standard input", &s.Workload.Manifests)
	w.texts("leaveOut", "a list of KIND or KIND/NAME", &s.Workload.LeaveOut)
	switch {
	case w.has("manifests") && w.has("namespace"):
		w.spot("namespace").fault("manifests are put into a namespace of zarif's", "either manifests, or the namespace where the workload is already")
	case !w.has("manifests") && !w.has("namespace"):
		w.spot("manifests").fault("missing", "a list of files and folders, or the namespace where the workload is already")
	}
	f.unfixed(s)
}

// unfixed makes of the streams requests that say nothing to a fixture, and reports
// what only a fixture understands.
func (f fields) unfixed(s *Scenario) {
	for i := range s.Streams {
		s.Streams[i].Work, s.Streams[i].plain = 0, true
	}
	at, ok := f.at["streams"]
	if !ok || at.node.Kind != yaml.SequenceNode {
		return
	}
	for i, item := range at.node.Content {
		stream := at.item(i)
		if item.Kind == yaml.ScalarNode && item.Value == "slow" {
			stream.fault("slow asks a fixture for work", "a stream of one's own, with the path of something that takes long")
		}
		for k := 0; k+1 < len(item.Content); k += 2 {
			switch name := item.Content[k].Value; name {
			case "work", "faults", "faultEvery":
				stream.child(name).fault("only a fixture can be asked for it", "none")
			}
		}
	}
}

// texts reads a list of texts, none of them empty.
func (f fields) texts(name, want string, into *[]string) {
	at, ok := f.at[name]
	if !ok {
		return
	}
	items, ok := at.items(want)
	if ok && len(items) == 0 {
		at.fault("the list is empty", want)
	}
	for i, item := range items {
		var text string
		if item.text("text", &text) {
			if text == "" {
				item.fault("item "+strconv.Itoa(i+1)+" is empty", want)
			}
			*into = append(*into, text)
		}
	}
}
