package supervisor

import (
	"os"
	"slices"
	"syscall"
	"time"
)

const (
	// killLimit bounds how long processes may take to die of SIGKILL.
	killLimit = 10 * time.Second
	// killEvery is when to look again for those that were forked meanwhile.
	killEvery = 2 * time.Millisecond
)

// A process is what the machine's table of processes says of one.
type process struct {
	pid, parent, group, session int
	ended                       bool   // though not reaped yet
	started                     uint64 // tells a process from a later one of the same number
}

// awaitEnd waits until the process is dead, at most for killLimit.
func (p process) awaitEnd() {
	for until := time.Now().Add(killLimit); time.Now().Before(until); time.Sleep(killEvery) {
		now, ok := readProcess(p.pid)
		if !ok || now.ended || now.started != p.started {
			return
		}
	}
}

// descendants picks from a table what comes of the roots: their children, theirs, and
// what belongs to the group or session of any of these. The roots are left out.
func descendants(table []process, roots ...int) []process {
	inside := map[int]bool{}
	for _, root := range roots {
		inside[root] = true
	}
	var found []process
	for grown := true; grown; {
		grown = false
		for _, p := range table {
			if !inside[p.pid] && (inside[p.parent] || inside[p.group] || inside[p.session]) {
				inside[p.pid], grown = true, true
				found = append(found, p)
			}
		}
	}
	return slices.DeleteFunc(found, func(p process) bool { return p.ended })
}

// killAll kills what this process has started, with all that came of it, until nothing
// is left, and returns the pids of what would not die. Where orphans do not come to this
// process, it finds those that stayed in the group of main.
func killAll(c *children, main int) (left []int) {
	c.close()
	roots := []int{os.Getpid()}
	if !adopts {
		roots = append(roots, main)
	}
	for until := time.Now().Add(killLimit); ; time.Sleep(killEvery) {
		none := c.reap()
		if none && adopts {
			return nil // no child means no descendant
		}
		found := descendants(processes(), roots...)
		if none && len(found) == 0 {
			return nil
		}
		for _, p := range found {
			p.kill()
			left = append(left, p.pid)
		}
		if time.Now().After(until) {
			return left
		}
		left = nil
	}
}

// killTree kills a child with all that came of it. The child goes last, stopped, since
// what it started would lose its way to us with it.
func (s *supervision) killTree(root *child) {
	s.children.signal(root, syscall.SIGSTOP)
	roots := []int{root.pid}
	for until := time.Now().Add(killLimit); time.Now().Before(until); time.Sleep(killEvery) {
		found := descendants(processes(), roots...)
		if len(found) == 0 {
			break
		}
		for _, p := range found {
			p.kill()
			roots = append(roots, p.pid) // others of its session may have lost their parent
		}
	}
	s.children.signal(root, syscall.SIGKILL)
}
