package main

import (
	"zarif/cluster/disrupt"
	"zarif/fixtures"
	"zarif/scenarios"
)

// A catalog is everything that can be run.
type catalog struct {
	fixtures    fixtures.Catalog
	disruptions []disrupt.Disruption
	scenarios   *scenarios.Catalog
}

// loadCatalog reads what zarif brings along and the user's files.
func loadCatalog(files []string) (catalog, error) {
	all, err := fixtures.Load()
	if err != nil {
		return catalog{}, err
	}
	c := catalog{fixtures: all, disruptions: disrupt.All()}
	if c.scenarios, err = scenarios.Load(scenarios.Ours(all.All(), c.disruptions), files...); err != nil {
		return catalog{}, err
	}
	return c, nil
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
