package main

import (
	"zarif/cluster"
	"zarif/cluster/disrupt"
	"zarif/fixtures/edge"
	"zarif/report/history"
	"zarif/scenarios"
)

// planEdge adds a scenario whose disruption takes the proxy in front of a fixture.
func (s *session) planEdge(sel scenarios.Selected, overrides scenarios.Overrides, proxy edge.Setup, behind cluster.Workload) error {
	workload, err := s.catalog.edges.Disrupt(proxy, behind)
	if err != nil {
		return err
	}
	disruption, _ := disrupt.Named(sel.Scenario.Disruption)
	s.planned = append(s.planned, planned{
		meta: history.Meta{
			Tool: tool(), Scenario: sel.Scenario.Name, Suite: sel.Suite,
			Fixture: sel.Scenario.Fixture, Disruption: disruption.Name, Edge: proxy.Name, Disrupts: history.DisruptsEdge, Restarts: disruption.Restarts,
			Streams: sel.Resolve(overrides), DisruptionLimit: sel.Scenario.DisruptionLimit,
			Replicas: int(proxy.Replicas), Grace: workload.Grace, PreStop: proxy.PreStopText(),
		},
		workload: workload, disruption: disruption,
	})
	return nil
}
