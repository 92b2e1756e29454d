package supervisor

import (
	"context"
	"errors"
	"os"
	"runtime"
	"sync"
	"syscall"
	"testing"
)

// It must not run beside other tests: it counts what this process has.
func TestNothingLeaks(t *testing.T) {
	modes := []bool{false, true}
	if isolationHere() != nil {
		modes = modes[:1]
	}
	round := func(isolate bool) {
		_, theirs, err := os.Pipe()
		if err != nil {
			t.Error(err)
			return
		}
		c := config(isolate, "sleep", "1000")
		c.Output = theirs
		r, err := Start(t.Context(), c)
		if err != nil {
			t.Error(err)
			return
		}
		if _, _, err := r.Exec(t.Context(), []string{"true"}); err != nil {
			t.Error(err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	round(modes[0])
	goroutines, files := runtime.NumGoroutine(), openFiles(t)
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for range 10 {
				round(modes[worker%len(modes)])
			}
		})
	}
	wg.Wait()
	await(t, "the goroutines to end", func() bool { return runtime.NumGoroutine() <= goroutines })
	// The read ends above are closed by the collector.
	await(t, "the files to be closed", func() bool { runtime.GC(); return openFiles(t) <= files })
	for _, p := range processes() {
		if p.parent == os.Getpid() {
			t.Errorf("process %d is left, a zombie: %t", p.pid, p.ended)
		}
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir("/dev/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}

// All methods may be called at once, and by many, until after the end.
func TestConcurrentUse(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		b := begin(t, config(isolate, "sh", "-c", `trap "" TERM; echo ready; while :; do sleep 0.01; done`))
		b.expect(t, "ready")
		var wg sync.WaitGroup
		begun := make(chan struct{}, 8)
		for range 4 {
			wg.Go(func() {
				for {
					out, code, err := b.Exec(context.Background(), []string{"sh", "-c", "echo $((6*7))"})
					select {
					case begun <- struct{}{}:
					default:
					}
					if errors.Is(err, os.ErrProcessDone) {
						return
					}
					if err != nil || code != 137 && (code != 0 || string(out) != "42\n") {
						t.Errorf("exec: %q, %d, %v", out, code, err)
						return
					}
				}
			})
			wg.Go(func() {
				for {
					err := b.Signal(syscall.SIGTERM)
					if errors.Is(err, os.ErrProcessDone) {
						return
					}
					if err != nil {
						t.Errorf("signal: %v", err)
						return
					}
				}
			})
		}
		for range 8 {
			<-begun
		}
		for range 3 {
			wg.Go(func() {
				if err := b.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
				<-b.Done()
			})
		}
		wg.Wait()
		if e := b.Exit(); e.Code != 137 || e.Err != nil {
			t.Errorf("exit %+v", e)
		}
	})
}

func BenchmarkStart(b *testing.B) {
	for name, isolate := range map[string]bool{"beside": false, "isolated": true} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, theirs, err := os.Pipe()
				if err != nil {
					b.Fatal(err)
				}
				c := config(isolate, "sleep", "1000")
				if binary := os.Getenv("SUPERVISOR"); binary != "" {
					c.Binary = binary
				}
				c.Output = theirs
				r, err := Start(b.Context(), c)
				if err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				r.Close()
				b.StartTimer()
			}
		})
	}
}
