package supervisor

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What the main process leaves behind ends with it.
func TestMainEndsAll(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		m := mark()
		b := begin(t, config(isolate, "sh", "-c", daemon(m)+"sleep "+m+" & exec sleep "+m))
		all := marked(t, m, 3)
		b.mustSignal(t, syscall.SIGKILL)
		b.ends(t)
		noneAlive(t, all)
	})
}

func TestCloseEndsAll(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		m := mark()
		b := begin(t, config(isolate, "sh", "-c", `trap "" TERM INT HUP; `+daemon(m)+"sleep "+m))
		go b.Exec(context.Background(), []string{"sh", "-c", daemon(m) + "sleep " + m})
		all := append(marked(t, m, 4), supervisors(t, b)...)
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		noneAlive(t, all)
		if e := b.Exit(); e.Code != 137 || e.Signal != syscall.SIGKILL || e.Err != nil {
			t.Errorf("exit %+v", e)
		}
	})
}

// One that forks faster than a table of processes is read ends as well.
func TestForkingEnds(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		m := mark()
		b := begin(t, config(isolate, "sh", "-c", "(while :; do (setsid sleep 0.01 &); done) & exec sleep "+m))
		all := marked(t, m, 1)
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		noneAlive(t, all)
	})
}

func TestSupervisorKilled(t *testing.T) {
	for nth, who := range []string{"supervisor", "keeper"} {
		t.Run(who, func(t *testing.T) {
			both(t, func(t *testing.T, isolate bool) {
				m := mark()
				b := begin(t, config(isolate, "sh", "-c", daemon(m)+"sleep "+m))
				go b.Exec(context.Background(), []string{"sh", "-c", daemon(m) + "sleep " + m})
				above := supervisors(t, b)
				all := marked(t, m, 4)
				syscall.Kill(above[nth].pid, syscall.SIGKILL)
				e := b.ends(t)
				noneAlive(t, all)
				for _, p := range above {
					await(t, fmt.Sprintf("the end of supervisor %d", p.pid), func() bool { return !p.alive() })
				}
				if e.Code != 137 || e.Signal != syscall.SIGKILL {
					t.Errorf("exit %+v", e)
				}
				if who == "supervisor" && (e.Err == nil || b.Close() == nil) {
					t.Error("the loss of the supervisor is no error")
				}
			})
		})
	}
}

// With nobody left above it, an isolated run ends by the kernel's hand.
func TestSupervisorAndKeeperKilled(t *testing.T) {
	needsIsolation(t)
	m := mark()
	b := begin(t, config(true, "sh", "-c", daemon(m)+"sleep "+m))
	all := marked(t, m, 2)
	above := supervisors(t, b)
	for _, sig := range []syscall.Signal{syscall.SIGSTOP, syscall.SIGKILL} { // so that neither sees the other die
		for _, p := range above {
			if err := syscall.Kill(p.pid, sig); err != nil {
				t.Fatal(err)
			}
		}
	}
	if e := b.ends(t); e.Code != 137 || e.Err == nil {
		t.Errorf("exit %+v", e)
	}
	noneAlive(t, all)
}

func TestParentKilled(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		m := mark()
		cmd := exec.Command(self())
		cmd.Env = append(os.Environ(), role+"=parent", fmt.Sprintf("ISOLATE=%t", isolate), "MARK="+m)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer cmd.Wait()
		defer cmd.Process.Kill()
		if line, err := bufio.NewReader(out).ReadString('\n'); line != "started\n" {
			t.Fatalf("the parent says %q, %v", line, err)
		}
		all := append(marked(t, m, 4), descendants(processes(), cmd.Process.Pid)...)
		if len(all) < 4+4+1 {
			t.Fatalf("found %v", all)
		}
		began := time.Now()
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for _, p := range all {
			await(t, fmt.Sprintf("the end of process %d", p.pid), func() bool { return !p.alive() })
		}
		t.Logf("gone %s after the parent was killed", time.Since(began))
	})
}

func TestParentKilledWhileStarting(t *testing.T) {
	for _, isolate := range []bool{false, true} {
		if isolate {
			needsIsolation(t)
		}
		m := mark()
		for delay := time.Duration(0); delay < 30*time.Millisecond; delay += time.Millisecond {
			cmd := exec.Command(self())
			cmd.Env = append(os.Environ(), role+"=parent", fmt.Sprintf("ISOLATE=%t", isolate), "MARK="+m)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(delay) // the moment is what varies
			cmd.Process.Kill()
			cmd.Wait()
		}
		await(t, "all runs and their supervisors to end", func() bool {
			for _, p := range processes() {
				if exe, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", p.pid)); exe == self() && p.pid != os.Getpid() && !p.ended {
					return false
				}
			}
			return true
		})
		marked(t, m, 0)
	}
}

// parent is a process with a run that has all kinds of processes.
func parent() {
	_, theirs, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	m := os.Getenv("MARK")
	c := config(os.Getenv("ISOLATE") == "true", "sh", "-c", daemon(m)+"sleep "+m)
	c.Output = theirs
	r, err := Start(context.Background(), c)
	if err != nil {
		panic(err)
	}
	fmt.Println("started")
	r.Exec(context.Background(), []string{"sh", "-c", daemon(m) + "sleep " + m})
	os.Exit(1)
}

func noneAlive(t *testing.T, all []process) {
	t.Helper()
	for _, p := range all {
		if p.alive() {
			cmdline, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.pid))
			t.Errorf("process %d is alive: %q", p.pid, strings.ReplaceAll(string(cmdline), "\x00", " "))
		}
	}
}
