package supervisor

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// zombie is SZOMB of sys/proc.h.
const zombie = 5

// processes asks the kernel for its table of processes.
func processes() []process {
	infos, err := unix.SysctlKinfoProcSlice("kern.proc.all")
	if err != nil {
		return nil
	}
	table := make([]process, len(infos))
	for i := range infos {
		table[i] = processOf(&infos[i])
	}
	return table
}

func (p process) kill() { syscall.Kill(p.pid, syscall.SIGKILL) }

// adopts is false: an orphan that has left its process group is lost to us here.
const adopts = false

func adoptOrphans() error { return nil }

// readProcess reads one line of that table.
func readProcess(pid int) (process, bool) {
	info, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
	if err != nil || int(info.Proc.P_pid) != pid {
		return process{}, false
	}
	return processOf(info), true
}

func processOf(info *unix.KinfoProc) process {
	return process{
		pid: int(info.Proc.P_pid), parent: int(info.Eproc.Ppid), group: int(info.Eproc.Pgid),
		ended: info.Proc.P_stat == zombie, started: uint64(info.Proc.P_starttime.Nano()),
	}
}
