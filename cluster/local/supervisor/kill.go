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

// alive says whether the very process has not ended yet.
func (p process) alive() bool {
	now, ok := readProcess(p.pid)
	return ok && !now.ended && now.started == p.started
}

// awaitEnd waits until the process is dead, at most for killLimit.
func (p process) awaitEnd() {
	for until := time.Now().Add(killLimit); p.alive() && time.Now().Before(until); {
		time.Sleep(killEvery)
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
	for until, look := time.Now().Add(killLimit), false; ; look = true {
		none := c.reap()
		if none && adopts {
			return nil // no child means no descendant
		}
		if !look && !none { // the main process has been killed just now, and is all in most cases
			c.await(killEvery)
			continue
		}
		found := descendants(processes(), roots...)
		if none && len(found) == 0 {
			return nil
		}
		for _, p := range found {
			p.kill()
		}
		if time.Now().After(until) {
			for _, p := range found {
				left = append(left, p.pid)
			}
			return left
		}
		c.await(killEvery)
	}
}

// killTree kills a child with all that came of it. The child goes last, stopped, since
// what it started would lose its way to us with it.
func (s *supervision) killTree(root *child) {
	s.children.signal(root, syscall.SIGSTOP)
	roots := []int{root.pid}
	var killed []process
	for until := time.Now().Add(killLimit); time.Now().Before(until); time.Sleep(killEvery) {
		found := descendants(processes(), roots...)
		if len(found) == 0 && !slices.ContainsFunc(killed, process.alive) {
			break
		}
		for _, p := range found {
			p.kill()
			roots = append(roots, p.pid) // others of its session may have lost their parent
		}
		killed = append(killed, found...)
	}
	s.children.signal(root, syscall.SIGKILL)
}
