package supervisor

import (
	"encoding/json"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// The files of the enter mode.
const (
	fdOrder   = 3
	fdFailure = 4
)

// enterOrder is what the first process of a PID namespace is to become.
type enterOrder struct {
	Path string `json:"path"`
	Argv texts  `json:"argv"`
	Env  texts  `json:"env"`
	Proc bool   `json:"proc,omitempty"` // mount a /proc
	Drop bool   `json:"drop,omitempty"` // drop what capabilities it has from the supervisor
}

// enter becomes the main process of a run, as which it is PID 1 already. It writes the
// errno if it cannot; its pipes close when it can.
func enter() int {
	runtime.LockOSThread() // capabilities are the thread's
	syscall.CloseOnExec(fdOrder)
	syscall.CloseOnExec(fdFailure)
	var o enterOrder
	if json.NewDecoder(os.NewFile(fdOrder, "order")).Decode(&o) != nil {
		return 1 // the supervisor has gone
	}
	if o.Proc {
		unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
	}
	if o.Drop {
		disinherit()
	}
	err := syscall.Exec(o.Path, o.Argv, o.Env)
	json.NewEncoder(os.NewFile(fdFailure, "failure")).Encode(err)
	return 1
}
