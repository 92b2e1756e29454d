package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"zarif/cluster/manifest"
	"zarif/report"
	"zarif/scenarios"
)

// Exit codes. 2 is never ours: a Go panic and a failing make use it.
const (
	exitAsExpected    = 0
	exitNotAsExpected = 1
	exitInconclusive  = 3
	exitUsage         = 64
	exitFailed        = 70
	exitInterrupted   = 130
)

// An exitError is an error that knows its exit code.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}
func (e *exitError) Unwrap() error { return e.err }

// verdictExit ends the program with a code and nothing to say: the table has said it.
func verdictExit(code int) error {
	if code == exitAsExpected {
		return nil
	}
	return &exitError{code: code}
}

// uncancelled is what an error says beyond that its context was cancelled, such as
// that something could not be cleaned up afterwards.
func uncancelled(err error) error {
	if !errors.Is(err, context.Canceled) {
		return err
	}
	switch e := err.(type) {
	case interface{ Unwrap() []error }:
		var left []error
		for _, part := range e.Unwrap() {
			left = append(left, uncancelled(part))
		}
		return errors.Join(left...)
	case interface{ Unwrap() error }:
		return uncancelled(e.Unwrap())
	}
	return nil
}

// codeOf is the exit code of results. With allowSkipped a scenario that the cluster
// cannot do is no reason against 0, as long as something was run.
func codeOf(results report.Results, allowSkipped bool) int {
	if allowSkipped && len(results.Trials) > 0 {
		results.Skipped = nil
		results.AsExpected = !slices.ContainsFunc(results.Trials, func(t report.Trial) bool { return !t.AsExpected })
	}
	return results.ExitCode()
}

// usage is an error in what the user typed or wrote.
func usage(format string, args ...any) error {
	return &exitError{code: exitUsage, err: fmt.Errorf(format, args...)}
}

// exitCode is the code that an error of a command ends the program with.
func exitCode(err error) int {
	var known *exitError
	var faults scenarios.Faults
	var manifests manifest.Faults
	switch {
	case err == nil:
		return exitAsExpected
	case errors.As(err, &known):
		return known.code
	case errors.As(err, &faults), errors.As(err, &manifests):
		return exitUsage
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	}
	return exitFailed
}
