package doctor

import (
	"context"
	"strings"
)

// Leftovers are what zarif made in an existing cluster and is still there, and what it
// changed and did not put back, as a reader would name it.
type Leftovers struct {
	Gone   []string // the run that made it has ended
	Others []string // whether that run goes on cannot be told from here
	Unseen []string // what may not be looked for
}

// leftovers looks for what runs that were killed could not remove.
func (c Config) leftovers(ctx context.Context) []Check {
	if c.Leftovers == nil {
		return nil
	}
	check := Check{Name: "leftovers on " + c.Context}
	left, err := c.Leftovers(ctx)
	if err != nil {
		check.Missing, check.Required = "they could not be looked for: "+err.Error(), true
		check.Cure = "look at the kubeconfig: kubectl --context " + c.Context + " get namespaces"
		return []Check{check}
	}
	var missing, cures []string
	if len(left.Gone) > 0 {
		missing = append(missing, "a run that has ended left "+strings.Join(left.Gone, ", "))
		cures = append(cures, "zarif cluster down --stale --context "+c.Context)
	}
	if len(left.Others) > 0 {
		missing = append(missing, "there is "+strings.Join(left.Others, ", ")+"; whether that run goes on cannot be told from here")
		cures = append(cures, "the same command on the machine that made it; where nobody runs zarif any more kubectl delete of what zarif made, and zarif test on what it changed, which puts that back")
	}
	if len(left.Unseen) > 0 {
		missing = append(missing, "not looked for: "+strings.Join(left.Unseen, ", "))
		cures = append(cures, "the same command by somebody who may list them")
	}
	if len(missing) == 0 {
		check.OK, check.Found = true, "none"
		return []Check{check}
	}
	check.Missing, check.Cure = strings.Join(missing, "; "), strings.Join(cures, "; ")
	return []Check{check}
}
