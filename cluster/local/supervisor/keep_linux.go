package supervisor

import (
	"fmt"
	"os"
	"syscall"
)

// keep starts a supervisor and waits for its end. Either one outlives the other's
// SIGKILL: what a run has left comes to the keeper, as the next subreaper above it.
func keep(chld <-chan os.Signal) int {
	if err := adoptOrphans(); err != nil {
		fmt.Fprintln(os.Stderr, "adopt orphans:", err)
		return 1
	}
	theirs, ours, err := os.Pipe()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer ours.Close()
	c := newChildren(chld)
	kept, err := c.start(func() (int, error) {
		return syscall.ForkExec("/proc/self/exe", []string{"zarif-supervisor", modeKept}, &syscall.ProcAttr{
			Env: []string{}, Files: []uintptr{0, 1, 2, fdOutput, theirs.Fd()},
			Sys: &syscall.SysProcAttr{Setsid: true},
		})
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "start the supervisor under its keeper:", err)
		return 1
	}
	theirs.Close()
	syscall.Close(fdOutput) // ours would keep its reader from ever seeing EOF
	<-kept.ended
	if left := killAll(c, kept.pid); left != nil {
		fmt.Fprintln(os.Stderr, "not killed:", left)
		return 1
	}
	if code, sig := exitOf(kept.status); code != 0 {
		fmt.Fprintf(os.Stderr, "exit code %d, signal %d\n", code, int(sig))
		return 1
	}
	return 0
}

// keeperGone is closed when the keeper has ended, by whatever death.
func keeperGone() <-chan struct{} {
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		syscall.CloseOnExec(fdKeeper)
		os.NewFile(fdKeeper, "keeper").Read(make([]byte, 1))
	}()
	return gone
}
