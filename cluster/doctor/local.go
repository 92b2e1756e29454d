package doctor

import (
	"context"
	"errors"
)

// onKind reports whether what kind needs is needed.
func (c Config) onKind() bool { return c.Cluster != "local" && c.Cluster != "context" }

// isolation looks for what the local cluster can do without, at the price of some
// scenarios.
func (c Config) isolation(ctx context.Context) []Check {
	if c.Isolation == nil {
		return nil
	}
	check := Check{Name: "PID namespaces"}
	cure, err := c.Isolation(ctx)
	switch {
	case err == nil:
		check.OK, check.Found = true, "pods of the local cluster have their own"
	case errors.Is(err, errors.ErrUnsupported):
		check.Missing = "the local cluster skips scenarios that depend on them: " + err.Error()
		check.Cure = cure
	default:
		check.Missing, check.Required = "the local cluster cannot start a process: "+err.Error(), c.Cluster == "local"
		check.Cure = cure
	}
	return []Check{check}
}
