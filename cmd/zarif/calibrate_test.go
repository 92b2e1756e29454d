package main

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"zarif/cluster/local"
	"zarif/report/history"
	"zarif/report/lag"
)

// What is measured is what the model draws from.
func TestEveryDelayIsMeasured(t *testing.T) {
	want := slices.Sorted(maps.Keys(new(local.Delays).Named()))
	if got := slices.Sorted(slices.Values(lag.Names())); !slices.Equal(got, want) {
		t.Errorf("measured are %v, the local cluster has %v", got, want)
	}
}

func TestTheCalibrationCanBeRun(t *testing.T) {
	c, err := loadCatalog(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range calibration {
		if _, ok := c.scenarios.Scenario(name); !ok {
			t.Errorf("no scenario %s", name)
		}
	}
}

func TestADelayThatWasHardlySeenIsAnError(t *testing.T) {
	samples := map[string][]time.Duration{}
	for _, name := range lag.Names() {
		samples[name] = slices.Repeat([]time.Duration{time.Second}, fewestSamples)
	}
	var d local.Delays
	if err := fill(&d, samples); err != nil {
		t.Fatal(err)
	}
	for name, of := range d.Named() {
		if of.Samples != fewestSamples || of.At(0.5) != time.Second {
			t.Errorf("%s is %+v", name, *of)
		}
	}
	samples[lag.Program] = samples[lag.Program][1:]
	delete(samples, lag.Again)
	err := fill(&d, samples)
	if exitCode(err) != exitInconclusive || !strings.Contains(err.Error(), "again was seen 0 times, program was seen 9 times") {
		t.Errorf("error %v", err)
	}
}

func TestClustersAreNotMixed(t *testing.T) {
	meta := func(kind, version string, nodes ...string) *history.Meta {
		return &history.Meta{Cluster: history.ClusterInfo{Type: kind, Kubernetes: version, Nodes: nodes, CNI: "ptp", ProxyMode: "iptables", Image: "zarif/node:v1@sha256:0"}}
	}
	first := meta("kind", "v1.34.4", "a", "b")
	for _, c := range []struct {
		name  string
		other *history.Meta
		same  bool
	}{
		{"other names of the nodes", meta("kind", "v1.34.4", "x", "y"), true},
		{"another version", meta("kind", "v1.35.0", "a", "b"), false},
		{"more nodes", meta("kind", "v1.34.4", "a", "b", "c"), false},
		{"the model itself", meta("local", "v1.34.4", "a", "b"), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := sameCluster(first, c.other); (err == nil) != c.same {
				t.Errorf("error %v", err)
			}
		})
	}
	if got, want := clusterLine(first.Cluster), "kind, 2 nodes, CNI ptp, kube-proxy iptables, image zarif/node:v1"; got != want {
		t.Errorf("described as %q, want %q", got, want)
	}
}
