package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"zarif/cluster/local"
	"zarif/report"
	"zarif/report/history"
	"zarif/report/lag"
	"zarif/scenarios/trial"
)

const (
	// fewestSamples of a delay are needed for its distribution to mean anything.
	fewestSamples = 10
	// kindMinSync is the minSyncPeriod that kind gives kube-proxy
	// (sigs.k8s.io/kind/pkg/cluster/internal/kubeadm/config.go).
	kindMinSync = time.Second
)

// calibrated are the delays that the histories in results folders show. What does
// not count is told to notes.
func calibrated(dirs []string, notes io.Writer) (local.Delays, error) {
	var found lag.Collection
	var of *history.Meta // of the first trial that counts
	for _, dir := range dirs {
		paths, err := historiesIn(dir)
		if err != nil {
			return local.Delays{}, err
		}
		for _, path := range paths {
			t, err := report.Analyse(history.ReadFile(path))
			if err != nil {
				return local.Delays{}, fmt.Errorf("%s: %w", path, err)
			}
			if t.Verdict == report.Inconclusive {
				fmt.Fprintf(notes, "%s does not count, it is inconclusive: %s\n", path, strings.Join(t.Reasons, "; "))
				continue
			}
			if err := found.Add(history.ReadFile(path)); errors.Is(err, lag.ErrIncomplete) {
				fmt.Fprintf(notes, "%s does not count: %v\n", path, err)
				continue
			} else if err != nil {
				return local.Delays{}, fmt.Errorf("%s: %w", path, err)
			}
			if of == nil {
				of = &t.Meta
			}
			if err := sameCluster(of, &t.Meta); err != nil {
				return local.Delays{}, fmt.Errorf("%s: %w", path, err)
			}
		}
	}
	if of == nil {
		return local.Delays{}, inconclusive("no trial in %s counts", strings.Join(dirs, ", "))
	}
	d := local.Delays{
		Measured: of.Started.UTC().Format(time.DateOnly), Kubernetes: of.Cluster.Kubernetes,
		Cluster: clusterLine(of.Cluster), Zarif: of.Tool.Version, MinSync: kindMinSync,
	}
	return d, fill(&d, found.Samples())
}

// fill puts the distributions of samples into d.
func fill(d *local.Delays, samples map[string][]time.Duration) error {
	var few []string
	named := d.Named()
	for _, name := range slices.Sorted(maps.Keys(named)) {
		if n := len(samples[name]); n < fewestSamples {
			few = append(few, fmt.Sprintf("%s was seen %d times", name, n))
		}
		*named[name] = local.DistributionOf(samples[name])
	}
	if len(few) > 0 {
		return inconclusive("too little was measured: %s; want %d times or more: run more trials, and give all folders with --from",
			strings.Join(few, ", "), fewestSamples)
	}
	return d.Validate()
}

// sameCluster refuses to mix what was measured on different clusters.
func sameCluster(a, b *history.Meta) error {
	if b.Cluster.Type != "kind" {
		return usage("it ran on a cluster of type %s; want trials on kind, whose delays are those of Kubernetes", b.Cluster.Type)
	}
	if x, y := a.Cluster.Kubernetes+", "+clusterLine(a.Cluster), b.Cluster.Kubernetes+", "+clusterLine(b.Cluster); x != y {
		return usage("it ran on another cluster (%s) than the trial before it (%s); want trials on one", y, x)
	}
	return nil
}

// clusterLine describes a cluster in one line.
func clusterLine(c history.ClusterInfo) string {
	parts := []string{c.Type, plural(len(c.Nodes), "node")}
	for _, p := range []struct{ what, is string }{{"CNI", c.CNI}, {"kube-proxy", c.ProxyMode}, {"image", shortImage(c.Image)}} {
		if p.is != "" {
			parts = append(parts, p.what+" "+p.is)
		}
	}
	return strings.Join(parts, ", ")
}

// historiesIn are the histories of a results folder, in order.
func historiesIn(dir string) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "trials", "*", "*", trial.HistoryFile))
	if err != nil {
		return nil, usage("%s: %v", dir, err)
	}
	if len(paths) == 0 {
		return nil, usage("%s holds no history; want a results folder of zarif calibrate or zarif run", dir)
	}
	slices.Sort(paths)
	return paths, nil
}

// inconclusive is an error for what was measured and does not decide anything.
func inconclusive(format string, args ...any) error {
	return &exitError{code: exitInconclusive, err: fmt.Errorf(format, args...)}
}
