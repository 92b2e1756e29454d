//go:build e2e

package kind

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/kind/pkg/cluster"
)

// imageVariable names the node image for these tests; else kind's default.
const imageVariable = "ZARIF_E2E_NODE_IMAGE"

// real is a real engine, a state directory and a user's kubeconfig to respect.
type real struct {
	engine engine
	config Config
}

func newReal(t *testing.T, nodes int) real {
	t.Helper()
	image, why, err := ResolveImage(t.Context(), os.Getenv(imageVariable), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("node image %s: %s", image, why)
	program, err := Engine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r := real{engine: engine(program), config: Config{
		Name:  "kinddev-" + strings.ToLower(strings.NewReplacer("/", "-", "_", "-").Replace(strings.TrimPrefix(t.Name(), "TestReal"))),
		Nodes: nodes, Image: image, StateDir: filepath.Join(t.TempDir(), "state"), Version: "e2e",
	}}
	respectUser(t)
	t.Cleanup(func() { // whatever went wrong: only what carries our test's name
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
		defer cancel()
		left, err := r.engine.settled(ctx, r.config.Name)
		if err == nil {
			err = deleteByID(ctx, left)
		}
		if err != nil {
			t.Error(err)
		}
	})
	return r
}

// progress is a copy of the config that logs its steps and tells at of each.
func (r real) progress(t *testing.T, at func(step string)) Config {
	c := r.config
	began := time.Now()
	c.Progress = func(step string) {
		t.Logf("%6.1fs %s", time.Since(began).Seconds(), step)
		if at != nil {
			at(step)
		}
	}
	return c
}

func (r real) up(t *testing.T, c Config) *Provisioned {
	t.Helper()
	p, err := Up(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// respectUser fails the test if a kubeconfig of the user's changes or appears.
func respectUser(t *testing.T) {
	t.Helper()
	home := t.TempDir()
	named := filepath.Join(home, "mine")
	const mine = "apiVersion: v1\nkind: Config\ncurrent-context: mine\n"
	if err := os.WriteFile(named, []byte(mine), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", home)
	t.Setenv("KUBECONFIG", named)
	t.Cleanup(func() {
		if data, err := os.ReadFile(named); err != nil || string(data) != mine {
			t.Errorf("$KUBECONFIG was touched: %q, %v", data, err)
		}
		for _, file := range []string{named + ".lock", filepath.Join(home, ".kube")} {
			if exists(file) {
				t.Errorf("%s appeared", file)
			}
		}
	})
}

// nothingLeft fails the test if any trace of the cluster is left.
func (r real) nothingLeft(t *testing.T) {
	t.Helper()
	left, unborn, err := r.engine.containers(context.Background(), r.config.Name)
	if err != nil || len(left)+unborn > 0 {
		t.Errorf("containers are left: %v, %d in the making, %v", left, unborn, err)
	}
	if dir := placeOf(r.config.StateDir, r.config.Name); exists(string(dir)) {
		entries, _ := os.ReadDir(string(dir))
		t.Errorf("%s is left: %v", dir, entries)
	}
}

func TestRealThreeNodes(t *testing.T) {
	r := newReal(t, 3)
	p, err := Up(t.Context(), r.progress(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(t.Context())
	t.Logf("%+v arch %s", p.Info(), p.Arch())

	rest, err := p.REST()
	if err != nil {
		t.Fatal(err)
	}
	nodes, err := kubernetes.NewForConfigOrDie(rest).CoreV1().Nodes().List(t.Context(), metav1.ListOptions{})
	if err != nil || len(nodes.Items) != 3 {
		t.Fatalf("%d nodes, %v", len(nodes.Items), err)
	}
	for _, n := range nodes.Items {
		_, control := n.Labels["node-role.kubernetes.io/control-plane"]
		if agent := n.Labels[AgentLabel] == "true"; agent != control {
			t.Errorf("node %s: agent label %v, control plane %v", n.Name, agent, control)
		}
		if n.Labels[idLabel] != p.mark.ID || notReady(n) != "" {
			t.Errorf("node %s: id %q, want %q; %s", n.Name, n.Labels[idLabel], p.mark.ID, notReady(n))
		}
	}
	if mode := must(os.Stat(p.KubeconfigPath())).Mode().Perm(); mode != 0o600 {
		t.Errorf("kubeconfig has mode %o", mode)
	}
	t.Run("node", func(t *testing.T) { checkNode(t, p) })
	t.Run("load image", func(t *testing.T) { checkLoad(t, p) })
	t.Run("lock", func(t *testing.T) {
		var held *InUse
		if _, err := Up(t.Context(), r.config); !errors.As(err, &held) || held.PID != os.Getpid() {
			t.Errorf("second Up: %v", err)
		}
		all, err := Clusters(t.Context(), r.config.StateDir)
		i := slices.IndexFunc(all, func(c Cluster) bool { return c.Name == r.config.Name })
		if err != nil || i < 0 || all[i].State != StateInUse || all[i].Running != 3 {
			t.Errorf("clusters: %+v, %v", all, err)
		}
		if removed, err := DownStale(t.Context(), r.config.StateDir); len(removed) > 0 || err != nil {
			t.Errorf("DownStale took %v, %v", removed, err)
		}
	})
	began := time.Now()
	if err := p.Close(t.Context()); err != nil {
		t.Error(err)
	}
	t.Logf("closed in %s", time.Since(began))
	r.nothingLeft(t)
}

func checkNode(t *testing.T, p *Provisioned) {
	worker := p.Info().Nodes[1]
	out, err := p.Node(t.Context(), worker, "hostname")
	if err != nil || strings.TrimSpace(string(out)) != worker {
		t.Errorf("hostname: %q, %v", out, err)
	}
	var failed *CommandError
	_, err = p.Node(t.Context(), worker, "sh", "-c", "echo told; exit 3")
	if !errors.As(err, &failed) || !strings.Contains(err.Error(), "told") || !slices.Contains(failed.Argv, "echo told; exit 3") {
		t.Errorf("failing command: %v", err)
	}
	if _, err := p.Node(t.Context(), "elsewhere", "true"); err == nil {
		t.Error("a node that is not there ran a command")
	}
	addr, routable := p.NodeAddress(t.Context())
	t.Logf("address %q routable %v", addr, routable)
	if addr == "" {
		t.Error("no way to a NodePort")
	}
}

func checkLoad(t *testing.T, p *Provisioned) {
	ref := must(name.ParseReference("zarif/kinddev:" + p.mark.ID))
	img := must(mutate.Config(empty.Image, must(empty.Image.ConfigFile()).Config))
	var wrote atomic.Int32
	write := func(w io.Writer) error {
		wrote.Add(1)
		return tarball.Write(ref, img, w)
	}
	for _, want := range []int32{3, 3} { // the second time every node has it
		if err := p.LoadImage(t.Context(), ref.String(), write); err != nil {
			t.Fatal(err)
		}
		if n := wrote.Load(); n != want {
			t.Errorf("%d archives were written, want %d", n, want)
		}
	}
	if err := p.LoadImage(t.Context(), "zarif/other:1", write); err == nil {
		t.Error("an archive without the image was taken for it")
	}
	broken := errors.New("broken on purpose")
	if err := p.LoadImage(t.Context(), "zarif/broken:1", func(w io.Writer) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("broken archive: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err := p.LoadImage(ctx, "zarif/endless:1", func(w io.Writer) error {
		cancel()
		archive := tar.NewWriter(w)
		archive.WriteHeader(&tar.Header{Name: "endless", Size: 1 << 40, Mode: 0o644})
		_, err := io.Copy(archive, endless{})
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted load: %v", err)
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }

func TestRealKeep(t *testing.T) {
	r := newReal(t, 1)
	r.config.Keep = true
	p := r.up(t, r.progress(t, nil))
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	all := must(Clusters(t.Context(), r.config.StateDir))
	if i := slices.IndexFunc(all, func(c Cluster) bool { return c.Name == r.config.Name }); i < 0 || all[i].State != StateKept {
		t.Errorf("clusters: %+v", all)
	}
	if removed := must(DownStale(t.Context(), r.config.StateDir)); len(removed) > 0 {
		t.Errorf("DownStale took %v", removed)
	}
	var fault *Fault
	other := r.config
	other.Nodes = 2
	if _, err := Up(t.Context(), other); !errors.As(err, &fault) || !strings.Contains(err.Error(), "it has 1 nodes, not 2") {
		t.Errorf("another number of nodes: %v", err)
	}
	again := r.progress(t, nil)
	again.Keep = false // it was kept before: it stays
	p = r.up(t, again)
	if !p.Reused() {
		t.Error("it was not reused")
	}
	if err := p.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if left := must(r.engine.settled(t.Context(), r.config.Name)); len(left) != 1 {
		t.Errorf("containers: %v", left)
	}
	if err := Down(t.Context(), r.config.StateDir, r.config.Name); err != nil {
		t.Error(err)
	}
	r.nothingLeft(t)
}

func TestRealCancel(t *testing.T) {
	for _, at := range []string{"Preparing nodes", "Starting control-plane", "Waiting for nodes"} {
		t.Run(strings.Fields(at)[0], func(t *testing.T) {
			r := newReal(t, 3)
			ctx, cancel := context.WithCancel(t.Context())
			_, err := Up(ctx, r.progress(t, func(step string) {
				if strings.HasPrefix(step, at) {
					cancel()
				}
			}))
			if !errors.Is(err, context.Canceled) {
				t.Errorf("Up: %v", err)
			}
			r.nothingLeft(t)
		})
	}
}

// TestRealSignal does what Ctrl-C in a terminal does: it reaches the engine's
// programs that kind runs too.
func TestRealSignal(t *testing.T) {
	for _, at := range []string{"Preparing nodes", "Starting control-plane"} {
		t.Run(strings.Fields(at)[0], func(t *testing.T) {
			r := newReal(t, 3)
			child := play(t, "up", string(must(json.Marshal(r.config))))
			child.await(t, at)
			r.awaitContainers(t)
			if err := syscall.Kill(-child.Process.Pid, syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			child.await(t, "error:")
			r.nothingLeft(t)
		})
	}
}

func TestRealKill(t *testing.T) {
	for _, test := range []struct {
		name, at string
		listed   bool // wait until the engine lists a container
	}{
		{name: "before", at: "Ensuring node image"},
		{name: "starting-engine", at: "Preparing nodes"},
		{name: "making-containers", at: "Preparing nodes", listed: true}, // docker run goes on without us
		{name: "kubeadm", at: "Starting control-plane"},
		{name: "complete", at: "up"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newReal(t, 3)
			child := play(t, "up", string(must(json.Marshal(r.config))))
			child.await(t, test.at)
			if test.listed {
				r.awaitContainers(t)
			}
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			child.Wait()
			began := time.Now()
			removed, err := DownStale(t.Context(), r.config.StateDir)
			if err != nil || !slices.Equal(removed, []string{r.config.Name}) {
				t.Errorf("DownStale: %v, %v", removed, err)
			}
			t.Logf("removed in %s", time.Since(began))
			r.nothingLeft(t)
			time.Sleep(5 * time.Second) // a straggler would make its container in this time
			r.nothingLeft(t)
		})
	}
}

func (r real) awaitContainers(t *testing.T) {
	t.Helper()
	for range 600 {
		out, err := r.engine.output(t.Context(), "ps", "-a", "-q", "--filter", "label="+clusterLabel+"="+r.config.Name)
		if err != nil {
			t.Fatal(err)
		}
		if len(out) > 0 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("no container was made")
}

func TestRealForeign(t *testing.T) {
	r := newReal(t, 1)
	plain := r.engine.provider(&narrator{})
	mine := filepath.Join(t.TempDir(), "kubeconfig")
	if err := plain.Create(r.config.Name, cluster.CreateWithNodeImage(r.config.Image),
		cluster.CreateWithKubeconfigPath(mine), cluster.CreateWithStopBeforeSettingUpKubernetes(true)); err != nil {
		t.Fatal(err)
	}
	before := must(r.engine.settled(t.Context(), r.config.Name))
	var fault *Fault
	if _, err := Up(t.Context(), r.config); !errors.As(err, &fault) || !strings.Contains(err.Error(), "was not made by zarif") {
		t.Errorf("Up: %v", err)
	}
	if err := Down(t.Context(), r.config.StateDir, r.config.Name); !errors.As(err, &fault) {
		t.Errorf("Down: %v", err)
	}
	// A killed zarif left a mark, and then the user made a cluster of that name.
	m := must(newMark(r.config, string(r.engine), "x"))
	if err := os.MkdirAll(string(placeOf(r.config.StateDir, r.config.Name)), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := m.write(placeOf(r.config.StateDir, r.config.Name).mark()); err != nil {
		t.Fatal(err)
	}
	if removed, err := DownStale(t.Context(), r.config.StateDir); len(removed) > 0 || err != nil {
		t.Errorf("DownStale: %v, %v", removed, err)
	}
	after := must(r.engine.settled(t.Context(), r.config.Name))
	if len(after) != 1 || after[0].id != before[0].id || !after[0].running {
		t.Errorf("it was touched: %+v, before %+v", after, before)
	}
	if err := plain.Delete(r.config.Name, mine); err != nil {
		t.Error(err)
	}
}

func TestRealPortTaken(t *testing.T) {
	r := newReal(t, 1)
	// Outside of the range that connections get their ports from: one of those may
	// be taken again by the time the engine binds it.
	var l net.Listener
	for port := 21000; l == nil && port < 21100; port++ {
		l, _ = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	}
	if l == nil {
		t.Fatal("no port is free")
	}
	defer l.Close()
	r.config.HostPort = l.Addr().(*net.TCPAddr).Port
	_, err := Up(t.Context(), r.config)
	var fault *Fault
	if want := fmt.Sprintf("port %d is taken", r.config.HostPort); !errors.As(err, &fault) || fault.What != want {
		t.Errorf("got %v, want %q", err, want)
	}
	r.nothingLeft(t)

	l.Close()
	p := r.up(t, r.progress(t, nil))
	defer p.Close(t.Context())
	first := must(p.first(t.Context()))
	if want := fmt.Sprintf("127.0.0.1:%d", r.config.HostPort); p.mapped(first) != want {
		t.Errorf("mapped to %q, want %s", p.mapped(first), want)
	}
}

func TestRealBrokenImage(t *testing.T) {
	r := newReal(t, 1)
	// An image that is there, but whose node never comes up.
	r.config.Image = "zarif/kinddev-broken:1"
	var archive bytes.Buffer
	img := must(mutate.Config(empty.Image, must(empty.Image.ConfigFile()).Config))
	if err := tarball.Write(must(name.ParseReference(r.config.Image)), img, &archive); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "broken.tar")
	if err := os.WriteFile(file, archive.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := r.engine.output(t.Context(), "load", "-i", file); err != nil {
		t.Fatal(err)
	}
	defer r.engine.output(context.Background(), "rmi", r.config.Image)
	_, err := Up(t.Context(), r.progress(t, nil))
	var fault *Fault
	if !errors.As(err, &fault) {
		t.Errorf("Up: %v", err)
	}
	t.Logf("says: %v", err)
	r.nothingLeft(t)
}
