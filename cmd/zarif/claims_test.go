package main

import (
	"testing"

	"zarif/report/claims"
	"zarif/scenarios"
)

// What claims ask for is there: a misspelt name would leave its claim open for ever.
func TestClaimsAskForWhatThereIs(t *testing.T) {
	t.Parallel()
	all, err := claims.Load()
	if err != nil {
		t.Fatal(err)
	}
	c, err := loadCatalog(nil)
	if err != nil {
		t.Fatal(err)
	}
	suite, ok := c.scenarios.Suite(claimsSuite)
	if !ok || len(suite.Entries) == 0 {
		t.Fatal("there is no suite of claims")
	}
	seen := map[string]bool{}
	for _, e := range suite.Entries {
		if seen[e.Scenario] {
			t.Errorf("%s is in the suite twice", e.Scenario)
		}
		seen[e.Scenario] = true
	}
	var needs []scenarios.Need
	for _, n := range claims.Needs(all) {
		needs = append(needs, scenarios.Need(n))
	}
	_, missing := c.scenarios.Settle(claimsSuite, "", needs)
	for _, n := range missing {
		t.Errorf("a claim needs %s %s behind %q, which no scenario shows", n.Of, n.Stream, n.Edge)
	}
}
