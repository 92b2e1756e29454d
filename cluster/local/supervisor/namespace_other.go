//go:build !linux

package supervisor

import (
	"errors"
	"os"
	"syscall"
)

var errNoNamespaces = &IsolationError{Doing: "make a PID namespace", Err: errors.New("only Linux has them")}

func modeFor(isolate bool) (mode string, userns bool, err error) {
	if isolate {
		return "", false, errNoNamespaces
	}
	return modeRun, false, nil
}

func besideAttr() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

func insideAttr() *syscall.SysProcAttr { return besideAttr() }

func (s *supervision) startIsolated(*os.File) (*child, error) { return nil, errNoNamespaces }

func (s *supervision) dead() bool { return false }

func enter() int { return exitUsage }

func keep(<-chan os.Signal, bool) int { return exitUsage }

func keeperGone() <-chan struct{} { return nil }
