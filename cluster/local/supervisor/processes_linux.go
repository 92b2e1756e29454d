package supervisor

import (
	"bytes"
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// processes reads the table of processes from /proc.
func processes() []process {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1)
	var table []process
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		if p, ok := readProcess(pid); ok {
			table = append(table, p)
		}
	}
	return table
}

// readProcess reads /proc/<pid>/stat, see proc(5).
func readProcess(pid int) (process, bool) {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return process{}, false
	}
	// The name stands in parentheses and may hold anything, other ones too.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 20 {
		return process{}, false
	}
	p := process{pid: pid}
	// The first thread of a process may have ended before others.
	p.ended = (fields[0] == "Z" || fields[0] == "X") && fields[17] == "1"
	for i, to := range []*int{&p.parent, &p.group, &p.session} {
		*to, _ = strconv.Atoi(fields[1+i])
	}
	p.started, _ = strconv.ParseUint(fields[19], 10, 64)
	return p, true
}

// kill kills the process that was read, and no other that has its number by now.
func (p process) kill() {
	fd, err := unix.PidfdOpen(p.pid, 0)
	if err != nil {
		if errors.Is(err, unix.ENOSYS) { // Linux before 5.3
			syscall.Kill(p.pid, syscall.SIGKILL)
		}
		return
	}
	defer unix.Close(fd)
	if now, ok := readProcess(p.pid); ok && now.started == p.started {
		unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0)
	}
}

// adopts says that orphans of what a process started can come to that process.
const adopts = true

// adoptOrphans makes orphans of what this process starts its own children.
func adoptOrphans() error {
	return unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
}
