package supervisor

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// forker runs functions on one thread that lives as long as the process. What it starts
// may have a Pdeathsig, which fires at the end of the thread, and is born into the PID
// namespace that the thread was given.
type forker chan func()

func newForker() forker {
	f := make(forker)
	go func() {
		runtime.LockOSThread()
		for do := range f {
			do()
		}
	}()
	return f
}

// do waits until the function has run.
func (f forker) do(what func()) {
	ran := make(chan struct{})
	f <- func() { what(); close(ran) }
	<-ran
}

// fork starts a program of the run, with output as its stdout and stderr.
func (s *supervision) fork(argv []string, output *os.File, attr *syscall.SysProcAttr) (*child, error) {
	path, err := s.find(argv[0])
	if err != nil {
		return nil, err
	}
	started, err := s.forkFiles(path, argv, s.run.Env, []*os.File{s.null, output, output}, attr)
	switch {
	case errors.Is(err, os.ErrProcessDone):
		return nil, err
	case err != nil:
		return nil, &StartError{Program: argv[0], Doing: "execute " + path, Err: err}
	}
	return started, nil
}

// forkFiles starts an executable in the run's directory.
func (s *supervision) forkFiles(path string, argv, env []string, files []*os.File, attr *syscall.SysProcAttr) (*child, error) {
	fds := make([]uintptr, len(files))
	for i, f := range files {
		fds[i] = f.Fd()
	}
	defer runtime.KeepAlive(files)
	return s.children.start(func() (pid int, err error) {
		s.forks.do(func() {
			pid, err = syscall.ForkExec(path, argv, &syscall.ProcAttr{Dir: s.run.Dir, Env: env, Files: fds, Sys: attr})
		})
		return pid, err
	})
}

// defaultPath is where programs are looked up when Env has no PATH, as in container images.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// find looks a program up as execvp(3) does, and wants the working directory to be there.
func (s *supervision) find(program string) (string, error) {
	fail := func(doing string, err error) (string, error) {
		var errno syscall.Errno
		errors.As(err, &errno)
		return "", &StartError{Program: program, Doing: doing, Err: errno}
	}
	if info, err := os.Stat(s.run.Dir); err != nil {
		return fail("enter directory "+s.run.Dir, err)
	} else if !info.IsDir() {
		return fail("enter directory "+s.run.Dir, syscall.ENOTDIR)
	}
	if strings.Contains(program, "/") {
		return program, nil // to fail, if it does, when it is executed
	}
	var found error = syscall.ENOENT
	for _, dir := range filepath.SplitList(searchPath(s.run.Env)) {
		path := filepath.Join(dir, program)
		if !filepath.IsAbs(path) {
			path = filepath.Join(s.run.Dir, path)
		}
		switch info, err := os.Stat(path); {
		case err != nil || info.IsDir():
		case info.Mode()&0o111 == 0:
			found = syscall.EACCES
		default:
			return path, nil
		}
	}
	return fail("look it up in PATH", found)
}

// searchPath is the PATH of an environment, whose last mention counts.
func searchPath(env []string) string {
	path := defaultPath
	for _, e := range env {
		if p, ok := strings.CutPrefix(e, "PATH="); ok {
			path = p
		}
	}
	return path
}
