//go:build e2e

package kube_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"

	"zarif/cluster"
	"zarif/cluster/disrupt"
	"zarif/cluster/image"
	"zarif/cluster/kube"
	"zarif/fixtures"
	"zarif/report/history"
)

// These tests need a kind cluster whose nodes are containers of this machine's
// Docker, and its kubeconfig in ZARIF_E2E_KUBECONFIG:
//
//	ZARIF_E2E_KUBECONFIG=… go test -tags e2e -run TestOnKind -v ./cluster/kube

func TestOnKind(t *testing.T) {
	k := connect(t)
	if got := k.Info(); got.Kubernetes == "" || len(got.Nodes) == 0 || got.ProxyMode == "" {
		t.Errorf("cluster info %+v lacks something", got)
	}
	for _, c := range []struct{ fixture, disruption string }{
		{"go-exit", "rollout"},
		{"go-exit", "scale-down"},
		{"go-exit", "pod-delete"},
		{"go-exit", "pod-force-delete"},
		{"go-exit", "eviction"},
		{"go-exit", "kill"},
		{"go-drain", "rollout"},
		{"go-drain", "pod-force-delete"},
		{"go-ignore", "pod-force-delete"},
		{"go-ignore", "pod-delete"},
		{"go-default", "pod-delete"},
	} {
		t.Run(c.fixture+"."+c.disruption, func(t *testing.T) { tryOne(t, k, c.fixture, c.disruption) })
	}
}

// tryOne runs a disruption under a little load and checks what was observed.
func tryOne(t *testing.T, k *kube.Cluster, fixture, name string) {
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	d, err := k.Deploy(ctx, workload(t, fixture))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		began := time.Now()
		if err := d.Remove(context.WithoutCancel(ctx)); err != nil {
			t.Error(err)
		}
		t.Logf("removed in %s", time.Since(began).Round(time.Millisecond))
	}()
	rec := &recorder{epoch: time.Now()}
	watching, stop := context.WithCancel(ctx)
	defer stop()
	watched := make(chan error, 1)
	go func() { watched <- d.Watch(watching, rec.epoch, rec.put) }()

	if err := d.Await(ctx, "every pod to be ready", cluster.State.Settled); err != nil {
		t.Fatal(err)
	}
	t.Logf("ready after %s", time.Since(rec.epoch).Round(time.Millisecond))
	site, err := d.Site(ctx, history.VantageHost)
	if err != nil {
		t.Fatal(err)
	}
	l := startLoad(site.URL)
	pause(ctx, 2*time.Second)

	disruption, _ := disrupt.Named(name)
	heal, err := disruption.Do(ctx, d, func(action string, attrs ...string) {
		e := &history.Event{T: rec.now(), Source: history.SourceHarness, Type: history.EventAct, Attrs: map[string]string{"action": action}}
		for i := 0; i+1 < len(attrs); i += 2 {
			e.Attrs[attrs[i]] = attrs[i+1]
		}
		e.Pod = e.Attrs["pod"]
		rec.put(history.Record{Event: e})
	})
	if err != nil {
		t.Errorf("disruption: %v", err)
	}
	rec.put(history.Record{Event: &history.Event{T: rec.now(), Source: history.SourceHarness, Type: history.EventComplete}})
	if heal != nil {
		if err := heal(ctx); err != nil {
			t.Error(err)
		}
	}
	pause(ctx, 3*time.Second)
	l.stop()
	began := time.Now()
	stop()
	if err := <-watched; err != nil {
		t.Errorf("watch: %v", err)
	}
	t.Logf("drained in %s; %d hits, %d ok", time.Since(began).Round(time.Millisecond), l.sent, len(l.ok))
	for _, text := range l.lost[:min(len(l.lost), 10)] {
		t.Log(text)
	}
	rec.print(t)
	check(t, rec, l, fixture, name)
}

// check compares what was observed with what must have happened.
func check(t *testing.T, rec *recorder, l *load, fixture, disruption string) {
	served := map[string]int{}
	for _, r := range rec.records {
		if r.Served != nil {
			served[r.Served.Hit]++
		}
	}
	lost, twice := 0, 0
	for _, id := range l.ok {
		switch served[id] {
		case 0:
			lost++
		case 1:
		default:
			twice++
		}
	}
	if lost > 0 || twice > 0 {
		t.Errorf("of %d hits that were answered, the logs lack %d and hold %d twice", len(l.ok), lost, twice)
	}
	if n := rec.count(history.EventLogGap) + rec.count(history.EventWatchBroken); n > 0 {
		t.Errorf("%d gaps or broken watches", n)
	}
	taken := map[string]int{"rollout": 3, "scale-down": 2, "pod-delete": 1, "pod-force-delete": 1, "eviction": 1}[disruption]
	for _, kind := range []string{history.EventPodDeleted, history.EventPodGone, history.EventEndpointGone, history.EventEndpointNotReady} {
		if n := rec.count(kind); n != taken && !(disruption == "kill" && kind == history.EventEndpointNotReady) {
			t.Errorf("%d events %s, want %d", n, kind, taken)
		}
	}
	if disruption == "pod-force-delete" && rec.count(history.EventProcessGone) != 1 {
		t.Errorf("%d events process-gone, want 1", rec.count(history.EventProcessGone))
	}
	for _, pod := range rec.podsWith(history.EventPodDeleted) {
		rec.inOrder(t, pod, history.EventPodCreated, history.EventPodReady, history.EventPodDeleted, history.EventPodGone)
		if fixture == "go-exit" || fixture == "go-drain" {
			end := rec.find(pod, history.EventLogEnd)
			if end == nil || end.Attrs["complete"] != "true" && !(fixture == "go-drain" && disruption == "pod-force-delete") {
				t.Errorf("the log of pod %s, which was taken away, is not complete: %+v", pod, end)
			}
		}
	}
}

func connect(t *testing.T) *kube.Cluster {
	t.Helper()
	file := os.Getenv("ZARIF_E2E_KUBECONFIG")
	if file == "" {
		t.Skip("ZARIF_E2E_KUBECONFIG is not set")
	}
	config, err := clientcmd.BuildConfigFromFlags("", file)
	if err != nil {
		t.Fatal(err)
	}
	var k *kube.Cluster
	k, err = kube.New(t.Context(), kube.Config{
		REST: config, Info: history.ClusterInfo{Type: "kind", Name: "e2e"},
		Agent: agentImage(t),
		LoadImage: func(ctx context.Context, img cluster.Image) (string, error) {
			for _, node := range k.Info().Nodes {
				var archive bytes.Buffer
				if err := image.WriteTar(&archive, img, "amd64"); err != nil {
					return "", err
				}
				c := exec.CommandContext(ctx, "docker", "exec", "-i", node, "ctr", "-n", "k8s.io", "images", "import", "-")
				c.Stdin = &archive
				if out, err := c.CombinedOutput(); err != nil {
					return "", fmt.Errorf("%w: %s", err, out)
				}
			}
			return img.Reference(), nil
		},
		Node: func(ctx context.Context, node string, argv ...string) ([]byte, error) {
			out, err := exec.CommandContext(ctx, "docker", append([]string{"exec", node}, argv...)...).Output()
			var exit *exec.ExitError
			if errors.As(err, &exit) {
				err = fmt.Errorf("%w: %s", err, exit.Stderr)
			}
			return out, err
		},
		HostAddress: func(ctx context.Context) (string, error) {
			out, err := exec.CommandContext(ctx, "docker", "inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", k.Info().Nodes[0]).Output()
			return strings.TrimSpace(string(out)), err
		},
		Owner: map[string]string{"zarif.dev/run": "e2e"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestAgentOnKind starts the agent's pod and runs commands in it.
func TestAgentOnKind(t *testing.T) {
	k := connect(t)
	d, err := k.Deploy(t.Context(), workload(t, "go-exit"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := d.Remove(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}()
	began := time.Now()
	site, err := d.Site(t.Context(), history.VantageService)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("agent ready in %s; %s", time.Since(began).Round(time.Millisecond), site.URL)
	var out bytes.Buffer
	if err := site.Place.Exec(t.Context(), []string{"/zarif-agent", "--help"}, nil, &out, io.Discard); err != nil {
		t.Logf("--help: %v", err)
	}
	t.Logf("%d bytes of output", out.Len())
	var failed *kube.ExitError
	err = site.Place.Exec(t.Context(), []string{"/zarif-agent", "no-such-command"}, strings.NewReader("x"), &out, io.Discard)
	if !errors.As(err, &failed) || failed.Code == 0 || failed.Stderr == "" {
		t.Errorf("a wrong command: %v", err)
	}
	t.Log(err)
	err = site.Place.Exec(t.Context(), []string{"/no-such-program"}, nil, &out, io.Discard)
	if err == nil {
		t.Error("a program that is not there ran")
	}
	t.Log(err)
	ended, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	err = d.Await(ended, "what never comes", func(cluster.State) bool { return false })
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("await: %v", err)
	}
	t.Log(err)
}

func agentImage(t *testing.T) cluster.Image {
	return cluster.Image{Name: "zarif/agent", Entrypoint: []string{"/zarif-agent"}, User: "65532:65532",
		Files: []cluster.File{{Path: "/zarif-agent", Mode: 0o755, Data: binary(t, "../../cmd/zarif-agent")}}}
}

func workload(t *testing.T, fixture string) cluster.Workload {
	t.Helper()
	catalog, err := fixtures.Load()
	if err != nil {
		t.Fatal(err)
	}
	setup, ok := catalog.Named(fixture)
	if !ok {
		t.Fatalf("no fixture %s", fixture)
	}
	w, err := setup.Workload(func(name string) ([]byte, error) { return binary(t, "../../fixtures/"+name), nil })
	if err != nil {
		t.Fatal(err)
	}
	return w
}

var built sync.Map

func binary(t *testing.T, pkg string) []byte {
	t.Helper()
	if b, ok := built.Load(pkg); ok {
		return b.([]byte)
	}
	out := filepath.Join(t.TempDir(), "binary")
	c := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", out, pkg)
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := c.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", pkg, err, text)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	built.Store(pkg, b)
	return b
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// load is a little load: a hit every 10 ms, each on a connection of its own.
type load struct {
	end  chan struct{}
	done chan struct{}
	sent int
	mu   sync.Mutex
	ok   []string
	lost []string
}

func startLoad(url string) *load {
	l := &load{end: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(l.done)
		client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		var wg sync.WaitGroup
		defer wg.Wait()
		for {
			select {
			case <-tick.C:
			case <-l.end:
				return
			}
			id := history.HitID(0, uint64(l.sent))
			l.sent++
			wg.Go(func() { l.hit(client, url, id) })
		}
	}()
	return l
}

func (l *load) hit(client *http.Client, url, id string) {
	req, err := http.NewRequest("GET", url+"/?work=50ms", nil)
	if err != nil {
		return
	}
	req.Header.Set(history.HitHeader, id)
	res, err := client.Do(req)
	if err != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.lost = append(l.lost, fmt.Sprintf("hit %s: %v", id, err))
		return
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != 200 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ok = append(l.ok, id)
}

func (l *load) stop() { close(l.end); <-l.done }

type recorder struct {
	epoch   time.Time
	mu      sync.Mutex
	records []history.Record
}

func (r *recorder) now() history.Micros { return history.MicrosOf(time.Since(r.epoch)) }

func (r *recorder) put(rec history.Record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.records = append(r.records, rec)
}

func (r *recorder) events(match func(*history.Event) bool) (out []*history.Event) {
	for _, rec := range r.records {
		if rec.Event != nil && match(rec.Event) {
			out = append(out, rec.Event)
		}
	}
	slices.SortStableFunc(out, func(a, b *history.Event) int { return int(a.T - b.T) })
	return out
}

func (r *recorder) count(kind string) int {
	return len(r.events(func(e *history.Event) bool { return e.Type == kind }))
}

func (r *recorder) find(pod, kind string) *history.Event {
	for _, e := range r.events(func(e *history.Event) bool { return e.Pod == pod && e.Type == kind }) {
		return e
	}
	return nil
}

func (r *recorder) podsWith(kind string) (pods []string) {
	for _, e := range r.events(func(e *history.Event) bool { return e.Type == kind }) {
		pods = append(pods, e.Pod)
	}
	return pods
}

func (r *recorder) inOrder(t *testing.T, pod string, kinds ...string) {
	var last *history.Event
	for _, kind := range kinds {
		e := r.find(pod, kind)
		if e == nil {
			t.Errorf("pod %s: no %s", pod, kind)
			continue
		}
		if last != nil && e.T+e.Precision < last.T {
			t.Errorf("pod %s: %s at %d comes before %s at %d", pod, kind, e.T, last.Type, last.T)
		}
		last = e
	}
}

func (r *recorder) print(t *testing.T) {
	var b strings.Builder
	for _, e := range r.events(func(*history.Event) bool { return true }) {
		fmt.Fprintf(&b, "%9.3f ±%-5s %-7s %-20s %s", e.T.Duration().Seconds(), strconv.FormatFloat(e.Precision.Duration().Seconds(), 'g', 4, 64), e.Source, e.Type, e.Pod)
		for _, k := range slices.Sorted(maps.Keys(e.Attrs)) {
			if k != "id" && k != "requested" && k != "seen" {
				fmt.Fprintf(&b, " %s=%.90s", k, e.Attrs[k])
			}
		}
		b.WriteByte('\n')
	}
	t.Log("\n" + b.String())
}
