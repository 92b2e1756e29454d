package main

import (
	"fmt"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"

	"zarif/report/history"
)

// Forms of a scenario file, as docs/scenarios.md describes it.
type (
	fileText struct {
		Scenarios []scenarioText `yaml:"scenarios"`
	}
	scenarioText struct {
		Name            string       `yaml:"name"`
		Doc             string       `yaml:"doc"`
		Workload        workloadText `yaml:"workload"`
		Disruption      string       `yaml:"disruption"`
		DisruptionLimit string       `yaml:"disruptionLimit"`
		Budget          int          `yaml:"budget"`
		Streams         []streamText `yaml:"streams"`
	}
	workloadText struct {
		Manifests  []string `yaml:"manifests,omitempty"`
		Namespace  string   `yaml:"namespace,omitempty"`
		Target     string   `yaml:"target"`
		Controller string   `yaml:"controller,omitempty"`
		Container  string   `yaml:"container,omitempty"`
		LeaveOut   []string `yaml:"leaveOut,omitempty"`
	}
	streamText struct {
		Name     string            `yaml:"name"`
		Vantage  string            `yaml:"vantage"`
		URL      string            `yaml:"url,omitempty"`
		Path     string            `yaml:"path,omitempty"`
		Method   string            `yaml:"method,omitempty"`
		Body     string            `yaml:"body,omitempty"`
		Scheme   string            `yaml:"scheme,omitempty"`
		Host     string            `yaml:"host,omitempty"`
		Headers  map[string]string `yaml:"headers,omitempty"`
		CA       string            `yaml:"ca,omitempty"`
		Insecure bool              `yaml:"insecureSkipVerify,omitempty"`
	}
)

// scenarios is the file: a scenario per disruption.
func (o testOptions) scenarios() (string, error) {
	streams, err := o.streams()
	if err != nil {
		return "", err
	}
	w := o.workload
	service, _, _ := strings.Cut(w.Target[strings.LastIndex(w.Target, "/")+1:], ":")
	var file fileText
	for _, disruption := range o.disruptions {
		file.Scenarios = append(file.Scenarios, scenarioText{
			Name: strings.ToLower(service) + "." + disruption, Doc: w.Target + " under " + disruption + ".",
			Workload:   workloadText{w.Manifests, w.Namespace, w.Target, w.Controller, w.Container, w.LeaveOut},
			Disruption: disruption, DisruptionLimit: o.limit.String(), Budget: o.budget, Streams: streams,
		})
	}
	text, err := yaml.Marshal(file)
	if err != nil {
		return "", fmt.Errorf("write down what is to be tested: %w", err)
	}
	return string(text), nil
}

func (o testOptions) streams() (all []streamText, err error) {
	s := streamText{
		Vantage: o.where.vantage(), URL: o.url, Path: o.path, Method: o.method, Body: o.body,
		Scheme: o.scheme, Host: o.host, Insecure: o.insecure,
	}
	if o.url != "" {
		s.Vantage = history.VantageHost
	}
	if s.Headers, err = headersOf(o.headers); err != nil {
		return nil, err
	}
	if o.caFile != "" {
		text, err := os.ReadFile(o.caFile)
		if err != nil {
			return nil, usage("--ca-file: %v; want a PEM file", err)
		}
		s.CA = string(text)
	}
	for _, s.Name = range []string{history.Fresh, history.Reused} {
		all = append(all, s)
	}
	return all, nil
}

// headersOf reads headers as they stand on a command line.
func headersOf(lines []string) (map[string]string, error) {
	headers := map[string]string{}
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		if name = strings.TrimSpace(name); !ok || name == "" {
			return nil, usage("--header: %q is no header; want a name, a colon and a value, such as \"X-Tenant: blue\"", line)
		}
		if _, twice := headers[name]; twice {
			return nil, usage("--header: %s is given twice; want one of the two", name)
		}
		headers[name] = strings.TrimSpace(value)
	}
	return headers, nil
}
