package supervisor

import (
	"encoding/json"
	"fmt"
	"os"
	"syscall"
)

// keep starts a supervisor and waits for its end. Either one outlives the other's
// SIGKILL: what a run has left comes to the keeper, as the next subreaper above it. It
// is also the one to fork the user namespace, which copies the process that forks.
func keep(chld <-chan os.Signal, userns bool) int {
	fail := func(err error) int {
		json.NewEncoder(os.Stdout).Encode(reply{ID: startID, Fault: faultOf(err)})
		return 1
	}
	if err := adoptOrphans(); err != nil {
		return fail(fmt.Errorf("adopt orphans: %w", err))
	}
	theirs, ours, err := os.Pipe()
	if err != nil {
		return fail(err)
	}
	defer ours.Close()
	attr := &syscall.SysProcAttr{Setsid: true}
	if userns {
		attr = usernsAttr()
	}
	c := newChildren(chld)
	kept, err := c.start(func() (int, error) {
		return syscall.ForkExec("/proc/self/exe", []string{"zarif-supervisor", modeKept}, &syscall.ProcAttr{
			Env: environment, Files: []uintptr{0, 1, 2, fdOutput, theirs.Fd()}, Sys: attr,
		})
	})
	switch {
	case err != nil && userns:
		return fail(&IsolationError{Doing: "make a user namespace", Err: err})
	case err != nil:
		return fail(fmt.Errorf("start the supervisor under its keeper: %w", err))
	}
	theirs.Close()
	syscall.Close(fdOutput) // ours would keep its reader from ever seeing EOF
	<-kept.ended
	if left := killAll(c, kept.pid); left != nil {
		fmt.Fprintln(os.Stderr, "not killed:", left)
		return 1
	}
	if code, sig := exitOf(kept.status); code != 0 {
		fmt.Fprintf(os.Stderr, "it ended with code %d (signal %d)\n", code, int(sig))
		return 1
	}
	return 0
}

// keeperGone is closed when the keeper has ended, by whatever death.
func keeperGone() <-chan struct{} {
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		os.NewFile(fdKeeper, "keeper").Read(make([]byte, 1))
	}()
	return gone
}
