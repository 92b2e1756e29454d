package supervisor

import (
	"encoding/json"
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// modeFor says how a supervisor is started. For an isolated run it needs the right to
// make namespaces, and without CAP_SYS_ADMIN that takes a user namespace of its own.
func modeFor(isolate bool) (mode string, userns bool, err error) {
	if isolate && !maySysAdmin() {
		return modeKeepUserns, true, nil
	}
	return modeKeep, false, nil
}

// usernsAttr gives a process a user namespace in which user and group are what they
// were (user_namespaces(7)), and the right to make other namespaces in there.
func usernsAttr() *syscall.SysProcAttr {
	uid, gid := os.Geteuid(), os.Getegid()
	return &syscall.SysProcAttr{
		Setsid:      true,
		Cloneflags:  unix.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: uid, HostID: uid, Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: gid, HostID: gid, Size: 1}},
		AmbientCaps: []uintptr{unix.CAP_SYS_ADMIN}, // to survive the execution of the supervisor
	}
}

func maySysAdmin() bool {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	return unix.Capget(&header, &data[0]) == nil && data[0].Effective&(1<<unix.CAP_SYS_ADMIN) != 0
}

// besideAttr is of a process in the supervisor's own PID namespace.
func besideAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
}

// insideAttr is of a process that joins PID 1 in its namespace and dies with it. It can
// have no Pdeathsig: Go would take it for an orphan, as it does not see its parent.
func insideAttr() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

// startIsolated starts the main process as PID 1. What the forking thread starts from
// then on joins its namespaces. A PID namespace shows in a /proc that is mounted from
// inside it, so the first process is this executable, which mounts and then becomes the
// program. Where that mount is not permitted, /proc stays the machine's.
func (s *supervision) startIsolated(output *os.File) (*child, error) {
	path, err := s.find(s.run.Argv[0])
	if err != nil {
		return nil, err
	}
	var ownMounts bool
	s.forks.do(func() { ownMounts, err = isolateThread() })
	if err != nil {
		return nil, err
	}
	order, orders, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer orders.Close()
	failure, failed, err := os.Pipe()
	if err != nil {
		order.Close()
		return nil, err
	}
	defer failure.Close()
	main, err := s.forkFiles("/proc/self/exe", []string{"zarif-supervisor", modeEnter}, environment,
		[]*os.File{s.null, output, output, order, failed}, besideAttr())
	order.Close()
	failed.Close()
	if err != nil {
		return nil, &IsolationError{Doing: "start the first process of a PID namespace", Err: err}
	}
	// A write fails only when the process has gone, and then its end says more.
	json.NewEncoder(orders).Encode(enterOrder{Path: path, Argv: s.run.Argv, Env: s.run.Env, Proc: ownMounts, Drop: s.run.Userns})
	var errno syscall.Errno
	if json.NewDecoder(failure).Decode(&errno) == nil {
		<-main.ended
		return nil, &StartError{Program: s.run.Argv[0], Doing: "execute " + path, Err: errno}
	}
	if s.run.Userns {
		s.forks.do(disinherit)
	}
	return main, nil
}

// isolateThread gives the calling thread's children a PID namespace, and the thread a
// mount namespace that they share, whose mounts are seen nowhere else.
func isolateThread() (ownMounts bool, err error) {
	if err := unix.Unshare(unix.CLONE_NEWPID); err != nil {
		return false, &IsolationError{Doing: "make a PID namespace", Err: err}
	}
	ownMounts = unix.Unshare(unix.CLONE_NEWNS) == nil &&
		unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "") == nil
	return ownMounts, nil
}

// disinherit takes from what the calling thread executes or forks the capabilities that
// only a supervisor needs.
func disinherit() {
	unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if unix.Capget(&header, &data[0]) == nil {
		data[0].Inheritable, data[1].Inheritable = 0, 0
		unix.Capset(&header, &data[0])
	}
}

// dead says whether the main process has ended or is about to, which is when the kernel
// refuses its namespace to others with ENOMEM.
func (s *supervision) dead() bool {
	select {
	case <-s.main.ended:
		return true
	default:
	}
	p, ok := readProcess(s.main.pid)
	return !ok || p.ended || errors.Is(s.children.signal(s.main, 0), os.ErrProcessDone)
}
