package supervisor

import (
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"
)

// The modes of the supervisor's executable, its only argument.
const (
	modeRun        = "run"         // supervise one run
	modeKeep       = "keep"        // keep a supervisor, and take away what it leaves when it is killed
	modeKeepUserns = "keep-userns" // keep one that has a user namespace of its own
	modeKept       = "kept"        // supervise one run under a keeper
	modeEnter      = "enter"       // become the main process of an isolated run
	modeCheck      = "check"       // tell whether this is PID 1
)

var modes = []string{modeRun, modeKeep, modeKeepUserns, modeKept, modeEnter, modeCheck}

// The files of a supervisor beyond its standard ones.
const (
	fdOutput = 3 // what the run writes to
	fdKeeper = 4 // EOF when the keeper has ended; only where there is one
)

// environment is a supervisor's own: one thread at a time is enough for it, and halves
// the time that it takes to start.
var environment = []string{"GOMAXPROCS=1"}

const exitUsage = 64

// IsMode says whether args, without the program's name, are for Main.
func IsMode(args []string) bool {
	return len(args) == 1 && slices.Contains(modes, args[0])
}

// Main is the supervisor's executable: args are the command line without the program's
// name. It returns the exit code.
func Main(args []string) int {
	if !IsMode(args) {
		fmt.Fprintln(os.Stderr, "zarif-supervisor runs the processes of a local cluster. zarif starts and drives it; it is of no use by hand.")
		return exitUsage
	}
	switch args[0] {
	case modeEnter:
		return enter()
	case modeCheck:
		return check()
	}
	closeOnExec()
	chld := deafen()
	switch args[0] {
	case modeKeep, modeKeepUserns:
		return keep(chld, args[0] == modeKeepUserns)
	case modeKept:
		return supervise(chld, keeperGone())
	}
	return supervise(chld, nil)
}

// deafen makes this process survive the signals that a terminal or a user sends to all
// of a program's processes: the end of the pipe is what ends it. Handlers do that and
// not SIG_IGN, which what we start would inherit; SIGPIPE is among them because a
// supervisor has work to do when nobody reads its replies any more.
func deafen() (chld <-chan os.Signal) {
	signal.Notify(make(chan os.Signal, 1),
		syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGPIPE, syscall.SIGALRM,
		syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU)
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGCHLD)
	return ended
}

// closeOnExec keeps from the run what this process inherited: its own pipes, and what
// leaked into zarif from a shell or a make with a job server.
func closeOnExec() {
	entries, err := os.ReadDir("/dev/fd")
	for _, e := range entries {
		var fd int
		if _, err := fmt.Sscan(e.Name(), &fd); err == nil && fd > 2 {
			syscall.CloseOnExec(fd)
		}
	}
	for fd := 3; err != nil && fd < 256; fd++ { // no /dev here
		syscall.CloseOnExec(fd)
	}
}

// check is the main process of a run that Isolation makes.
func check() int {
	if os.Getpid() == 1 {
		return 0
	}
	return 1
}
