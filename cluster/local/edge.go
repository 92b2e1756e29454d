package local

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"zarif/cluster"
	"zarif/cluster/local/supervisor"
)

// edgeDomain is that of Services' names here.
const edgeDomain = "zarif.svc.cluster.local"

// edgeReady bounds how long the edge may take until it answers.
const edgeReady = 30 * time.Second

// An edge is the proxy in front of the pods: a process of this machine, which finds
// them by their headless Service's name. It is no pod of the model, and nothing
// disrupts it.
type edge struct {
	once sync.Once
	err  error
	name string
	at   netip.AddrPort
	run  *supervisor.Run
	log  *runLog

	faults []error // what makes it see another network than it should; guarded by the Deployed's lock
}

// edgeSite starts the edge, once, and says how it is reached: its sockets are its
// own, as are those to the pods.
func (d *Deployed) edgeSite(ctx context.Context) (cluster.Site, error) {
	if d.workload.Edge == nil {
		return cluster.Site{}, fmt.Errorf("edge vantage: there is no edge in front of %s: %w", d.workload.Name, errors.ErrUnsupported)
	}
	if err := d.awaitProgrammed(ctx); err != nil {
		return cluster.Site{}, err
	}
	d.edge.once.Do(func() { d.edge.err = d.startEdge(ctx) })
	if d.edge.err != nil {
		return cluster.Site{}, d.edge.err
	}
	return cluster.Site{URL: "http://" + d.edge.at.String()}, nil
}

// takesEdge reports why an edge cannot run here; nil: it can.
func takesEdge(e *cluster.Edge) error {
	switch {
	case e == nil:
		return nil
	case e.Disrupted:
		return unsupported("edge %s: a disruption of the edge itself", e.Name)
	case runtime.GOOS != "linux":
		return unsupported("edge %s: on a system where pods have no addresses of their own it", e.Name)
	case e.ByService:
		// Whatever took the proxy's connections in a Service's place would have accepted
		// them before it knew whether a pod does: a refused one would become a reset one.
		return unsupported("edge %s: a proxy that connects to a Service's cluster IP, which is only modelled here,", e.Name)
	case len(e.Command) == 0:
		return fmt.Errorf("edge %s needs a container image, with which --cluster kind runs it: %w", e.Name, errors.ErrUnsupported)
	}
	if _, err := lookUp(e.Command[0], os.Getenv("PATH")+":"+searchPath); err != nil {
		return fmt.Errorf("edge %s needs %s, which is not installed here (%w): %w", e.Name, e.Command[0], err, errors.ErrUnsupported)
	}
	return nil
}

func (d *Deployed) startEdge(ctx context.Context) error {
	e := d.workload.Edge
	names, err := d.serveNames(headlessOf(e.Objects) + "." + edgeDomain)
	if err != nil {
		return err
	}
	at, err := d.cluster.addresses.take(e.Listen)
	if err != nil {
		return err
	}
	if at.Port() != uint16(e.Listen) {
		return unsupported("edge %s: port %d, which something else on this machine has,", e.Name, e.Listen)
	}
	dir, err := d.edgeDir(e, at, names)
	if err != nil {
		return fmt.Errorf("edge %s: %w", e.Name, err)
	}
	d.edge.name, d.edge.at = "zarif-edge", at
	if err := d.runEdge(e, dir, at, names); err != nil {
		return fmt.Errorf("start edge %s: %w", e.Name, err)
	}
	return d.awaitEdge(ctx, e)
}

// edgeWords puts in what only the pod knows: see fixtures/edge/start/start.
func edgeWords(dir string, at, names netip.AddrPort) *strings.Replacer {
	return strings.NewReplacer(
		"@RESOLVER@", names.Addr().String(), "@RESOLVERPORT@", strconv.Itoa(int(names.Port())),
		"@DOMAIN@", edgeDomain, "@NAMESPACE@", strings.SplitN(edgeDomain, ".", 2)[0],
		"@POD@", "zarif-edge", "@ADDRESS@", at.Addr().String(), "@TMP@", dir,
	)
}

// edgeDir writes the configuration into a folder of the edge's own.
func (d *Deployed) edgeDir(e *cluster.Edge, at, names netip.AddrPort) (dir string, err error) {
	if dir, err = os.MkdirTemp(d.cluster.config.Dir, "edge-"); err != nil {
		return "", err
	}
	// A proxy that is run as root gives its workers to another user.
	if err := os.Chmod(dir, 0o755); err != nil {
		return "", err
	}
	if err := os.Mkdir(filepath.Join(dir, "edge"), 0o755); err != nil {
		return "", err
	}
	for name, text := range e.Config {
		if err := os.WriteFile(filepath.Join(dir, "edge", name), []byte(edgeWords(dir, at, names).Replace(text)), 0o644); err != nil {
			return "", err
		}
	}
	return dir, nil
}

func (d *Deployed) runEdge(e *cluster.Edge, dir string, at, names netip.AddrPort) error {
	argv := make([]string, len(e.Command))
	for i, word := range e.Command {
		argv[i] = edgeWords(dir, at, names).Replace(word)
	}
	path := os.Getenv("PATH") + ":" + searchPath
	program, err := lookUp(argv[0], path)
	if err != nil {
		return err
	}
	argv[0] = program
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	widen(read)
	d.edge.run, err = supervisor.Start(d.life, supervisor.Config{
		Binary: d.cluster.supervisor, Argv: argv, Env: []string{"PATH=" + path, "HOSTNAME=zarif-edge"}, Dir: dir,
		Output: write,
	})
	if err != nil {
		return errors.Join(err, read.Close())
	}
	d.edge.log = &runLog{pod: d.edge.name, pipe: read, grew: make(chan struct{})}
	d.wg.Go(d.edge.log.read)
	d.wg.Go(func() {
		select {
		case <-d.life.Done():
			_ = d.edge.run.Close() // what is left is told by Exit
		case <-d.edge.run.Done():
		}
		<-d.edge.run.Done()
	})
	return nil
}

// awaitEdge waits until the edge says that it is ready.
func (d *Deployed) awaitEdge(ctx context.Context, e *cluster.Edge) error {
	ctx, cancel := context.WithTimeoutCause(ctx, edgeReady, fmt.Errorf("it was not ready within %s", edgeReady))
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+d.edge.at.String()+e.ReadyPath, nil)
		if err != nil {
			return err
		}
		if res, err := client.Do(req); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-again.C:
		case <-d.edge.run.Done():
			return fmt.Errorf("edge %s ended: %s", e.Name, d.edge.said())
		case <-ctx.Done():
			return fmt.Errorf("edge %s: %w: %s", e.Name, context.Cause(ctx), d.edge.said())
		}
	}
}

// headlessOf is the name of the headless Service among an edge's objects.
func headlessOf(objects []*unstructured.Unstructured) string {
	for _, o := range objects {
		ip, _, _ := unstructured.NestedString(o.Object, "spec", "clusterIP")
		if o.GetKind() == "Service" && ip == "None" {
			return o.GetName()
		}
	}
	return "none"
}

// loseAddress takes a pod's address away: nothing answers there any more, not even a
// refusal. The load's own dialler knows; an edge connects by itself, to a real one.
// With the lock held.
func (d *Deployed) loseAddress(p *pod) {
	p.addressGone = true
	if d.workload.Edge == nil {
		return
	}
	release, err := hush(p.at)
	if err != nil {
		d.edge.faults = append(d.edge.faults, err)
		return
	}
	d.wg.Go(func() {
		<-d.life.Done()
		release()
	})
}
