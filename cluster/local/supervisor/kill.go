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
	zombie                      bool
	started                     uint64 // tells a process from a later one of the same number
}

// tree picks from a table what descends from root or belongs to its group or session,
// root itself left out.
func tree(table []process, root int) []process {
	inside := map[int]bool{root: true}
	for grown := true; grown; {
		grown = false
		for _, p := range table {
			if !inside[p.pid] && (inside[p.parent] || p.group == root || p.session == root) {
				inside[p.pid], grown = true, true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(table), func(p process) bool { return p.pid == root || !inside[p.pid] })
}

// living drops those that wait to be reaped.
func living(table []process) []process {
	return slices.DeleteFunc(table, func(p process) bool { return p.zombie })
}

// killAll kills what this process has started, with all that came of it, and the group
// of main, until nothing is left. It returns the pids of what would not die.
func killAll(c *children, main int) (left []int) {
	self := os.Getpid()
	for until := time.Now().Add(killLimit); ; time.Sleep(killEvery) {
		none := c.reap()
		if none && adopts {
			return nil // orphans come to us: no child is no descendant
		}
		table := processes()
		found := living(tree(table, self))
		if !adopts {
			found = append(found, living(tree(table, main))...)
		}
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
	}
}

// killTree kills a child with all that it has started. The child goes last, stopped,
// since what it started would lose its way to us with it.
func (s *supervision) killTree(root *child) {
	s.children.signal(root, syscall.SIGSTOP)
	for until := time.Now().Add(killLimit); time.Now().Before(until); time.Sleep(killEvery) {
		found := living(tree(processes(), root.pid))
		if len(found) == 0 {
			break
		}
		for _, p := range found {
			p.kill()
		}
	}
	s.children.signal(root, syscall.SIGKILL)
}
