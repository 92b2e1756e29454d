package main

import (
	"zarif/cluster/disrupt"
	"zarif/fixtures"
	"zarif/fixtures/edge"
	"zarif/scenarios"
)

// A catalog is everything that can be run.
type catalog struct {
	fixtures    fixtures.Catalog
	disruptions []disrupt.Disruption
	edges       edge.Catalog
	scenarios   *scenarios.Catalog
}

// loadCatalog reads what zarif brings along and the user's files.
func loadCatalog(files []string) (catalog, error) {
	return loaded(func(k scenarios.Known) (*scenarios.Catalog, error) { return scenarios.Load(k, files...) })
}

// loadSources is loadCatalog of files that were read already.
func loadSources(files []scenarios.Source) (catalog, error) {
	return loaded(func(k scenarios.Known) (*scenarios.Catalog, error) { return scenarios.LoadSources(k, files...) })
}

func loaded(load func(scenarios.Known) (*scenarios.Catalog, error)) (catalog, error) {
	all, err := fixtures.Load()
	if err != nil {
		return catalog{}, err
	}
	proxies, err := edge.Load()
	if err != nil {
		return catalog{}, err
	}
	c := catalog{fixtures: all, disruptions: disrupt.All(), edges: proxies}
	own, err := load(scenarios.Ours(all.All(), c.disruptions, proxies.All()))
	if err != nil {
		return catalog{}, err
	}
	c.scenarios, err = withClaims(own)
	return c, err
}

// oneOfFormats checks an --output flag.
func oneOfFormats(got string, formats ...string) error {
	for _, f := range formats {
		if f == got {
			return nil
		}
	}
	return usage("--output: %q; want one of %v", got, formats)
}
