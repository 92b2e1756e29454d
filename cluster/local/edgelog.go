package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"zarif/cluster/edgelog"
)

const (
	// edgeQuiet is how long an edge must have written nothing before its log is read:
	// longer than any of them keeps lines back.
	edgeQuiet = 500 * time.Millisecond
	// edgeRead bounds the wait for that.
	edgeRead = 20 * time.Second
)

// edgeLog hands over what the edge has logged, also when ctx has ended. Its end under
// load is a fault.
func (w *watcher) edgeLog(ctx context.Context) error {
	e := &w.d.edge
	if e.log == nil {
		return nil
	}
	read, err := edgelog.NewReading(w.d.workload.Edge.Log, e.name, w.epoch, w.sink)
	if err != nil {
		return err
	}
	for _, line := range e.quiet(context.WithoutCancel(ctx)) {
		read.Take(line)
	}
	read.End()
	w.d.mu.Lock()
	faults := slices.Clone(e.faults)
	w.d.mu.Unlock()
	select {
	case <-e.run.Done():
		if w.d.life.Err() == nil {
			faults = append(faults, fmt.Errorf("the edge ended with exit code %d", e.run.Exit().Code))
		}
	default:
	}
	return errors.Join(faults...)
}

// quiet is all that the edge wrote, once it has written nothing for a while.
func (e *edge) quiet(ctx context.Context) (lines [][]byte) {
	ctx, cancel := context.WithTimeout(ctx, edgeRead)
	defer cancel()
	for {
		lines, ended, grew := e.log.from(0)
		still := time.NewTimer(edgeQuiet)
		select {
		case <-grew:
			still.Stop()
			if !ended {
				continue
			}
		case <-still.C:
		case <-ctx.Done():
		}
		return lines
	}
}

// said is the end of what the edge wrote, for an error.
func (e *edge) said() error {
	lines, _, _ := e.log.from(0)
	const most = 3
	lines = lines[max(0, len(lines)-most):]
	return errors.New(string(bytes.TrimSpace(bytes.Join(lines, nil))))
}
