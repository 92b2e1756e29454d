package gate

import (
	"errors"
	"fmt"

	"zarif/report"
)

// Alike tells why results cannot be held against each other at all; nil: they can.
// A trial that is in both says nothing of a difference, and a model of a cluster is
// no baseline for a real one.
func Alike(now, baseline report.Results) error {
	if a, b := now.Cluster.Type, baseline.Cluster.Type; a != b && a != "" && b != "" {
		return fmt.Errorf("the results are of a %s cluster, the baseline is of a %s cluster; want a baseline of the same kind of cluster", a, b)
	}
	type id struct {
		scenario string
		seed     uint64
		started  int64
	}
	in := map[id]bool{}
	for _, t := range baseline.Trials {
		in[id{t.Scenario, t.Seed, t.Started.UnixNano()}] = true
	}
	for _, t := range now.Trials {
		if in[id{t.Scenario, t.Seed, t.Started.UnixNano()}] {
			return errors.New("the results and the baseline have trials in common; want a baseline of another run")
		}
	}
	return nil
}

// Differences are what is not the same of the two clusters, for people: a reason to
// read what differs with care, none to read nothing.
func Differences(now, baseline report.Results) (all []string) {
	a, b := now.Cluster, baseline.Cluster
	for _, f := range []struct{ name, now, was string }{
		{"cluster", a.Type, b.Type},
		{"Kubernetes", a.Kubernetes, b.Kubernetes},
		{"nodes", fmt.Sprint(len(a.Nodes)), fmt.Sprint(len(b.Nodes))},
		{"node image", a.Image, b.Image},
		{"proxy mode", a.ProxyMode, b.ProxyMode},
		{"CNI", a.CNI, b.CNI},
		{"delays", a.Delays, b.Delays},
	} {
		if f.now != f.was {
			all = append(all, fmt.Sprintf("%s %s, was %s", f.name, orNothing(f.now), orNothing(f.was)))
		}
	}
	return all
}

func orNothing(text string) string {
	if text == "" {
		return "unknown"
	}
	return text
}

// load is how a stream was set up, as far as it decides what can be dropped.
type load struct {
	vantage, connection string
	connections         int
	method, retry       string
	rate, work          float64
	connect, response   float64
}

func loadOf(s report.Stream) load {
	return load{s.Vantage, s.Connection, s.Connections, s.Method, s.Retry, s.Rate, s.Work, s.ConnectTimeout, s.ResponseTimeout}
}

// OtherLoad says how a stream of now was loaded otherwise than in the baseline, or
// in one trial otherwise than in another; empty: nowhere.
func OtherLoad(now, baseline report.Side, stream string) string {
	var first *load
	for _, side := range []report.Side{baseline, now} {
		for _, t := range side.Conclusive {
			for _, s := range t.Streams {
				if s.Name != stream {
					continue
				}
				this := loadOf(s)
				if first == nil {
					first = &this
				}
				if text := first.differs(this); text != "" {
					return text
				}
			}
		}
	}
	return ""
}

func (l load) differs(now load) string {
	for _, f := range []struct {
		name     string
		was, now any
	}{
		{"vantage", l.vantage, now.vantage},
		{"connection", l.connection, now.connection},
		{"connections", l.connections, now.connections},
		{"method", l.method, now.method},
		{"retry", l.retry, now.retry},
		{"rate", l.rate, now.rate},
		{"work_ms", l.work, now.work},
		{"connectTimeout_ms", l.connect, now.connect},
		{"responseTimeout_ms", l.response, now.response},
	} {
		if f.was != f.now {
			return fmt.Sprintf("%s is %v, was %v", f.name, f.now, f.was)
		}
	}
	return ""
}
