package loadgen

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tsenart/vegeta/v12/lib"

	"zarif/report/history"
)

// The benchmarks measure the client alone, so their server is another process:
// this binary, started again with benchServer set.
//
//	go test -run xxx -bench . ./loadgen
//
// The other variables say how many rounds there are, how long an arm of a round
// takes, and how many hits a second it makes.
const (
	benchServer = "ZARIF_BENCH_SERVER"
	benchRounds = "ZARIF_BENCH_ROUNDS"
	benchArm    = "ZARIF_BENCH_ARM"
	benchRate   = "ZARIF_BENCH_RATE"
)

func TestMain(m *testing.M) {
	if os.Getenv(benchServer) != "" {
		serveBench()
		return
	}
	os.Exit(m.Run())
}

// serveBench answers on a port that it prints, until its standard input ends.
func serveBench() {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		os.Exit(1)
	}
	os.Stdout.WriteString(l.Addr().String() + "\n")
	go http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if work, err := time.ParseDuration(r.URL.Query().Get("work")); err == nil {
			time.Sleep(work)
		}
		io.WriteString(w, "ok")
	}))
	io.Copy(io.Discard, os.Stdin)
}

// startServer starts it and yields its address and process.
func startServer(b *testing.B) (addr string, p *os.Process) {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), benchServer+"=1")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { stdin.Close(); cmd.Wait() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(line), cmd.Process
}

// setting is a number that a variable of the environment may set.
func setting(b *testing.B, name string, standard int) int {
	text := os.Getenv(name)
	if text == "" {
		return standard
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		b.Fatalf("%s=%s: want a number of 1 or more", name, text)
	}
	return n
}

// An arm makes hits for a while; how many were made, and how many not.
type arm func(b *testing.B) (hits, missed int)

// cost is the CPU time of this process per hit of an arm.
func cost(b *testing.B, run arm) (perHit time.Duration, missed int) {
	runtime.GC()
	before := cpu(b)
	hits, missed := run(b)
	if hits == 0 {
		b.Fatal("no hit was made")
	}
	return (cpu(b) - before) / time.Duration(hits), missed
}

func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkOverhead compares the CPU per hit of a load, alone and with a history
// written to disk, with that of bare vegeta on connections that are kept alive.
//
// A stream takes turns among its connections, of which there are many by default;
// bare vegeta's pool takes the connection that was used last, and so needs few. That
// is a matter of the load that is made and not of what it costs to measure it: caches
// are colder where many connections are used. So each is compared with a bare vegeta
// that uses its connections likewise. The control is bare vegeta, once more in every
// round; the order in a round is drawn anew (from a fixed seed), as an arm leaves a
// trace in the next one.
func BenchmarkOverhead(b *testing.B) {
	rounds := setting(b, benchRounds, 20)
	length := time.Duration(setting(b, benchArm, 4)) * time.Second
	rate := setting(b, benchRate, 2000)
	addr, _ := startServer(b)
	dir := b.TempDir()
	bare := func(connections int) arm {
		return func(b *testing.B) (hits, missed int) {
			return runBare(addr, rate, length, connections), 0
		}
	}
	files := 0
	ours := func(connections int, written bool) arm {
		return func(b *testing.B) (hits, missed int) {
			put := func(history.Record) {}
			if written {
				files++
				w, err := history.Create(filepath.Join(dir, strconv.Itoa(files)))
				if err != nil {
					b.Fatal(err)
				}
				defer w.Close()
				put = w.Put
			}
			return runLoad(b, addr, float64(rate), length, connections, put)
		}
	}
	const few, many = 3, 30
	arms := []struct {
		name string
		run  arm
		over int // the arm that it is compared with
	}{
		{"bare", bare(0), -1},
		{"control", bare(0), 0},
		{"few+history", ours(few, true), 0},
		{"bare-many", bare(many), 0},
		{"many", ours(many, false), 3},
		{"many+history", ours(many, true), 3},
	}
	order := rand.New(rand.NewPCG(1, 2))
	for b.Loop() {
		costs := make([][]time.Duration, len(arms))
		missed := 0
		for range rounds {
			for _, n := range order.Perm(len(arms)) {
				c, m := cost(b, arms[n].run)
				costs[n] = append(costs[n], c)
				missed += m
			}
		}
		b.ReportMetric(float64(missed), "missed")
		for n, a := range arms {
			var others []time.Duration
			if a.over >= 0 {
				others = costs[a.over]
			}
			reportCost(b, costs[n], others, a.name)
		}
	}
}

// runBare runs vegeta alone: with the client that NewAttacker makes, but within
// reach, to close the connections after; or with so many connections taken in turn.
func runBare(addr string, rate int, length time.Duration, connections int) (hits int) {
	var turns inTurn
	for range max(1, connections) {
		turns.transports = append(turns.transports, &http.Transport{
			Proxy: http.ProxyFromEnvironment,
			DialContext: (&net.Dialer{
				LocalAddr: &net.TCPAddr{IP: vegeta.DefaultLocalAddr.IP},
				KeepAlive: 30 * time.Second,
			}).DialContext,
			TLSClientConfig:     vegeta.DefaultTLSConfig,
			MaxIdleConnsPerHost: vegeta.DefaultConnections,
			MaxConnsPerHost:     vegeta.DefaultMaxConnections,
		})
	}
	client := &http.Client{Timeout: vegeta.DefaultTimeout, Transport: turns.transports[0]}
	if connections > 0 {
		client.Transport = &turns
	}
	attacker := vegeta.NewAttacker(vegeta.Client(client))
	target := vegeta.NewStaticTargeter(vegeta.Target{Method: http.MethodGet, URL: "http://" + addr + "/"})
	for r := range attacker.Attack(target, vegeta.Rate{Freq: rate, Per: time.Second}, length, "") {
		if r.Code == http.StatusOK {
			hits++
		}
	}
	for _, t := range turns.transports {
		t.CloseIdleConnections()
	}
	return hits
}

// inTurn uses one transport after the other.
type inTurn struct {
	transports []*http.Transport
	next       atomic.Uint64
}

func (t *inTurn) RoundTrip(r *http.Request) (*http.Response, error) {
	return t.transports[t.next.Add(1)%uint64(len(t.transports))].RoundTrip(r)
}

// runLoad runs one reused stream.
func runLoad(b *testing.B, addr string, rate float64, length time.Duration, connections int, put func(history.Record)) (hits, missed int) {
	var sent, late atomic.Int64
	s := streamTo(addr, func(s *history.Stream) { s.Connections, s.Rate = connections, rate })
	l, err := Start(b.Context(), Config{Streams: []history.Stream{s}, Epoch: time.Now(), Put: func(r history.Record) {
		if r.Hit != nil {
			switch r.Hit.Cause {
			case history.OK:
				sent.Add(1)
			case history.Missed:
				late.Add(1)
			default:
				b.Errorf("got %+v", r.Hit)
			}
		}
		put(r)
	}})
	if err != nil {
		b.Fatal(err)
	}
	time.Sleep(length)
	l.End()
	l.Wait()
	return int(sent.Load()), int(late.Load())
}

// reportCost reports the median of the costs and, if there are others, that of the
// ratios to those of the same round, with the quartiles.
func reportCost(b *testing.B, costs, others []time.Duration, name string) {
	var micros, ratios []float64
	for i := range costs {
		micros = append(micros, float64(costs[i])/1e3)
		if others != nil {
			ratios = append(ratios, float64(costs[i])/float64(others[i]))
		}
	}
	slices.Sort(micros)
	slices.Sort(ratios)
	at := func(of []float64, part float64) float64 { return of[int(part*float64(len(of)-1)+0.5)] }
	b.ReportMetric(at(micros, 0.5), name+"_µs/hit")
	if others == nil {
		return
	}
	b.ReportMetric(at(ratios, 0.25), name+"_q1")
	b.ReportMetric(at(ratios, 0.5), name+"_ratio")
	b.ReportMetric(at(ratios, 0.75), name+"_q3")
}

// BenchmarkFreeze stops the server's process for a second in the middle of ten at
// 500 hits a second. All hits must leave, and 500 of the latencies lie between 0 and
// a second: a p99 of 900 ms, a maximum of 1000 ms.
func BenchmarkFreeze(b *testing.B) {
	addr, server := startServer(b)
	for b.Loop() {
		stopped := time.AfterFunc(4*time.Second, func() {
			server.Signal(syscall.SIGSTOP)
			time.AfterFunc(time.Second, func() { server.Signal(syscall.SIGCONT) })
		})
		latency := make(chan history.Micros, 1<<16)
		hits, missed := runLoad(b, addr, 500, 10*time.Second, 30, func(r history.Record) {
			if r.Hit != nil && r.Hit.Cause == history.OK {
				latency <- r.Hit.Done - r.Hit.At
			}
		})
		stopped.Stop()
		close(latency)
		var all []history.Micros
		for l := range latency {
			all = append(all, l)
		}
		slices.Sort(all)
		b.ReportMetric(float64(hits), "sent")
		b.ReportMetric(float64(missed), "missed")
		b.ReportMetric(float64(all[len(all)/2])/1e3, "p50_ms")
		b.ReportMetric(float64(all[len(all)*99/100])/1e3, "p99_ms")
		b.ReportMetric(float64(all[len(all)-1])/1e3, "max_ms")
	}
}

// BenchmarkDemoLoad is the load of the demo suite alone: five loads side by side, a
// fresh and a reused stream each, 100 hits a second with 50 ms of work. It shows the
// CPU time of the client, and of the server, for what the suite is compared with.
func BenchmarkDemoLoad(b *testing.B) {
	addr, server := startServer(b)
	for b.Loop() {
		before, served := cpu(b), cpuOf(server.Pid)
		var hits atomic.Int64
		var streams []history.Stream
		for i := range uint8(10) {
			s := streamTo(addr, func(s *history.Stream) {
				s.ID, s.Name, s.Rate, s.URL = i, strconv.Itoa(int(i)), 100, "http://"+addr+"/?work=50ms"
				if i%2 == 0 {
					s.Connection, s.Connections = history.Fresh, 0
				}
			})
			streams = append(streams, s)
		}
		l, err := Start(b.Context(), Config{Streams: streams, Epoch: time.Now(), Put: func(r history.Record) {
			if r.Hit != nil && r.Hit.Cause == history.OK {
				hits.Add(1)
			}
		}})
		if err != nil {
			b.Fatal(err)
		}
		time.Sleep(time.Duration(setting(b, benchArm, 40)) * time.Second)
		l.End()
		l.Wait()
		b.ReportMetric(float64(hits.Load()), "hits")
		b.ReportMetric((cpu(b) - before).Seconds(), "client_s")
		b.ReportMetric((cpuOf(server.Pid) - served).Seconds(), "server_s")
	}
}

// cpuOf is the CPU time of another process, to a hundredth of a second (proc_pid_stat(5));
// 0 where there is no /proc.
func cpuOf(pid int) (used time.Duration) {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, after, _ := strings.Cut(string(stat), ") ")
	const utime, stime = 11, 12
	fields := strings.Fields(after)
	for i := utime; i <= stime && i < len(fields); i++ {
		ticks, _ := strconv.Atoi(fields[i])
		used += time.Duration(ticks) * 10 * time.Millisecond
	}
	return used
}
