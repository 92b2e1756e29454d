package trial

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"zarif/report/history"
)

// unsupported tells that the cluster cannot do what the scenario needs. What
// fails when ctx has ended says nothing about the cluster.
func unsupported(ctx context.Context, err error) bool {
	return ctx.Err() == nil && errors.Is(err, errors.ErrUnsupported)
}

// skip records that this trial shows nothing, and why. That it is unsupported is
// what a skip says already.
func (t *run) skip(err error) {
	t.event(history.EventSkipped, "reason", strings.TrimSuffix(err.Error(), ": "+errors.ErrUnsupported.Error()))
}

// undeployed is the end of a trial whose workload was not taken. Where the cluster
// cannot run it the history says so and there is no error.
func (t *run) undeployed(ctx context.Context, err error) error {
	if !unsupported(ctx, err) {
		return err
	}
	record, createErr := newRecorder(filepath.Join(t.Dir, HistoryFile), t.live)
	if createErr != nil {
		return errors.Join(err, createErr)
	}
	t.record = record
	t.record.begin(t.Meta)
	t.skip(err)
	return t.record.close(ctx, nil)
}
