package scenarios

import (
	"cmp"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"

	"zarif/report/history"
)

// Limits of what a stream can say.
const (
	maxStreams     = 256 // a hit carries its stream in a byte
	maxConnections = 10_000
	maxWork        = 10 * time.Minute
	maxTimeout     = 30 * time.Minute
)

// vantages from which load can run.
func vantages() []string {
	return []string{history.VantageService, history.VantageEdge, history.VantageHost}
}

// methods that a hit can have. HEAD is not one: a complete response cannot be
// told from a cut one.
func methods() []string {
	return []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}
}

// streams reads the list of a scenario.
func (p place) streams(budget int, fixture *Fixture) []Stream {
	items, ok := p.items("a list of streams: " + list(presetNames()) + ", or mappings")
	if !ok {
		return nil
	}
	if len(items) == 0 || len(items) > maxStreams {
		p.fault("there are "+plural(len(items), "stream"), "1 to 256 streams")
		return nil
	}
	streams := make([]Stream, len(items))
	first := map[string]int{}
	for i, item := range items {
		streams[i] = item.stream(budget, fixture)
		name := streams[i].Name
		if line, twice := first[name]; twice && name != "" {
			item.fault("the name "+quote(name)+" is taken by the stream in line "+strconv.Itoa(line), "another name")
		} else {
			first[name] = item.node.Line
		}
	}
	return streams
}

// stream reads one of them: the name of a preset, or a mapping.
func (p place) stream(budget int, fixture *Fixture) Stream {
	if p.node.Kind == yaml.ScalarNode {
		return p.presetStream(budget)
	}
	f, ok := p.fields("the name of a stream ("+list(presetNames())+") or a mapping with a name",
		"name", "vantage", "url", "connection", "connections", "method", "path", "body", "scheme", "host", "headers", "ca", "insecureSkipVerify", "retry", "dns", "rate",
		"work", "connectTimeout", "responseTimeout", "budget", "faults", "faultEvery")
	if !ok {
		return Stream{Budget: budget}
	}
	s := Stream{Work: DefaultWork}
	f.require("name", "one such as "+list(presetNames()))
	f.name("name", "stream", &s.Name)
	of, isPreset := preset(s.Name)
	if isPreset {
		s = of
	}
	s.Budget = budget
	f.how(&s, isPreset)
	f.where(&s)
	f.addressed(&s)
	f.secured(&s, fixture)
	f.timing(&s)
	f.integer("budget", 0, math.MaxInt32, "dropped hits that are allowed", &s.Budget)
	f.faultsAsked(&s, fixture)
	return s
}

func (p place) presetStream(budget int) Stream {
	var name string
	if !p.text("the name of a stream: "+list(presetNames()), &name) {
		return Stream{Budget: budget}
	}
	s, ok := preset(name)
	if !ok {
		p.fault(quote(name)+" is no stream that can be named without describing it",
			oneOf(name, presetNames())+", or a mapping with a name and a connection")
		s.Name = name
	}
	s.Budget = budget
	return s
}

// how reads what is sent, and over which connections.
func (f fields) how(s *Stream, isPreset bool) {
	if !isPreset {
		f.require("connection", list([]string{history.Fresh, history.Reused}))
	}
	f.choice("connection", "connection mode", &s.Connection, history.Fresh, history.Reused)
	if (s.Name == history.Fresh || s.Name == history.Reused) && s.Connection != s.Name {
		f.spot("connection").fault("a stream named "+s.Name+" is not "+s.Connection, "another name for it")
	}
	f.integer("connections", 1, maxConnections, "connections that a reused stream keeps", &s.Connections)
	if f.has("connections") && s.Connection == history.Fresh {
		f.spot("connections").fault("a fresh stream opens a connection per hit", "none, or connection: reused")
	}
	f.choice("method", "method", &s.Method, methods()...)
	f.text("body", &s.Body)
	if s.Body != "" && !slices.Contains([]string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}, s.Method) {
		f.spot("body").fault(cmp.Or(s.Method, http.MethodGet)+" carries no body", "method: POST, PUT, PATCH or DELETE")
	}
	f.choice("retry", "retry mode", &s.Retry, history.RetryNone, history.RetryClient)
	f.boolean("dns", &s.DNS)
}

// timing reads rate, work and timeouts.
func (f fields) timing(s *Stream) {
	f.rate("rate", &s.Rate)
	f.duration("work", 0, maxWork, &s.Work)
	f.duration("connectTimeout", time.Millisecond, maxTimeout, &s.ConnectTimeout)
	if f.duration("responseTimeout", time.Millisecond, maxTimeout, &s.ResponseTimeout) && s.ResponseTimeout <= s.Work {
		f.spot("responseTimeout").fault(s.ResponseTimeout.String()+" is not longer than the work of "+s.Work.String()+", so that every hit is dropped",
			"more than "+s.Work.String())
	}
}
