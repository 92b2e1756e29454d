//go:build e2e

package main_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"zarif/report"
	"zarif/report/history"
)

// vegetaBinary builds vegeta's own command, which shares nothing with zarif's way to
// send, to keep connections and to tell what became of a request.
func vegetaBinary(t *testing.T) string {
	t.Helper()
	version := strings.TrimSpace(do(t, nil, "go", "list", "-m", "-f", "{{.Version}}", "github.com/tsenart/vegeta/v12"))
	dir := t.TempDir()
	mod := "module independent\n\ngo 1.26\n\nrequire github.com/tsenart/vegeta/v12 " + version + "\n"
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(mod), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "build", "-mod=mod", "-trimpath", "-ldflags", "-s -w", "-o", "vegeta", "github.com/tsenart/vegeta/v12")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "CGO_ENABLED=0")
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build vegeta: %v\n%s", err, said)
	}
	return filepath.Join(dir, "vegeta")
}

// A vantage is where the load agent is: another program in its network namespace goes
// through the same rules of the same node, from the same address.
type vantage struct{ node, netns, url string }

// attackFrom sends what zarif's fresh stream sends, in an open loop: at its rate,
// whatever becomes of the requests before, each on a new connection, none of them
// twice. It ends with ctx, or with the node.
func attackFrom(ctx context.Context, at vantage) (seen []sighting, err error) {
	const script = `echo "GET $1" | ip netns exec "$2" /vegeta attack -rate 100/s -duration 240s -keepalive=false -timeout 5s -redirects -1 | /vegeta encode -to json`
	cmd := exec.CommandContext(ctx, "docker", "exec", at.node, "sh", "-c", script, "sh", at.url, at.netns)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r struct {
			Code      int
			Timestamp time.Time
			Error     string
		}
		if json.Unmarshal(lines.Bytes(), &r) == nil { // the last line may be cut
			seen = append(seen, sighting{r.Timestamp, ofVegeta(r.Code, r.Error)})
		}
	}
	_ = cmd.Wait() // it is always cut: the cluster goes
	if len(seen) == 0 {
		return nil, fmt.Errorf("nothing sent to %s in %s: %s", at.url, at.netns, complaint.String())
	}
	return seen, nil
}

// findVantage waits for the load agent's pod in a cluster that zarif makes meanwhile.
func findVantage(ctx context.Context, name, service, path string) (at vantage, found bool) {
	control := name + "-control-plane"
	for ctx.Err() == nil {
		pod := strings.Fields(said(ctx, control, "kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "get", "pods", "-A", "-l", "zarif.dev/role=agent",
			"--field-selector", "status.phase=Running", "-o", "jsonpath={.items[0].metadata.namespace} {.items[0].spec.nodeName} {.items[0].status.podIP}"))
		if len(pod) == 3 {
			ip := said(ctx, control, "kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "-n", pod[0], "get", "service", service, "-o", "jsonpath={.spec.clusterIP}")
			netns := said(ctx, pod[1], "sh", "-c", `for n in $(ls /var/run/netns); do ip -n "$n" -4 addr show | grep -q "inet `+pod[2]+`/" && echo "$n"; done; true`)
			if ip != "" && netns != "" {
				return vantage{pod[1], strings.TrimSpace(netns), "http://" + ip + path}, true
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(500 * time.Millisecond):
		}
	}
	return vantage{}, false
}

// said is what a command on a node prints; empty where it fails, as before there is
// the node.
func said(ctx context.Context, node string, argv ...string) string {
	out, err := exec.CommandContext(ctx, "docker", append([]string{"exec", node}, argv...)...).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// independent is what vegeta's command sees of a trial on the cluster, from the moment
// on when the load agent runs.
func independent(t *testing.T, ctx context.Context, binary, service, path string) <-chan []sighting {
	t.Helper()
	seen := make(chan []sighting, 1)
	go func() {
		defer close(seen)
		at, found := findVantage(ctx, clusterName, service, path)
		if !found {
			t.Errorf("no load agent of %s found beside service %s", clusterName, service)
			return
		}
		if text, err := exec.CommandContext(ctx, "docker", "cp", binary, at.node+":/vegeta").CombinedOutput(); err != nil {
			t.Errorf("bring vegeta onto the node: %v: %s", err, text)
			return
		}
		all, err := attackFrom(ctx, at)
		if err != nil {
			t.Errorf("attack: %v", err)
		}
		seen <- all
	}()
	return seen
}

// freshHits are the hits of a trial's fresh stream, when they were sent and what
// became of them, by its history.
func freshHits(t *testing.T, out string, trial report.Trial) (all []sighting) {
	t.Helper()
	path := filepath.Join(out, "trials", trial.Scenario, strconv.Itoa(trial.Trial), "history.jsonl.zst")
	var meta history.Meta
	clocks := map[string]history.Clock{}
	var hits []history.Hit
	for rec, err := range history.ReadFile(path) {
		switch {
		case err != nil:
			t.Fatal(err)
		case rec.Meta != nil:
			meta = *rec.Meta
		case rec.Clock != nil:
			clocks[rec.Clock.Source] = *rec.Clock
		case rec.Hit != nil:
			hits = append(hits, *rec.Hit)
		}
	}
	for _, h := range hits {
		stream := meta.Streams[h.Stream]
		clock, known := clocks[stream.Source]
		if stream.Name != history.Fresh || h.Cause == history.Missed {
			continue
		}
		if !known {
			t.Fatalf("no clock of %s", stream.Source)
		}
		all = append(all, sighting{clock.Epoch.Add(h.Sent.Duration() - clock.Offset), ofZarif(h.Cause)})
	}
	return all
}

// spanOf is the whole seconds that both clients sent in: from when vegeta had begun,
// or the baseline, to the end of zarif's load or of the Service.
func spanOf(t *testing.T, trial report.Trial, ours, theirs []sighting) (from, to time.Time) {
	t.Helper()
	for _, w := range trial.Windows {
		switch w.Name {
		case "baseline":
			from = w.Start
		case "disruption":
			if len(theirs) > 0 && theirs[0].at.After(w.Start) {
				t.Fatalf("vegeta began at %s, after the disruption at %s", theirs[0].at, w.Start)
			}
		case "recovery":
			to = w.End.Add(-time.Second)
		}
	}
	for _, s := range ours[max(0, len(ours)-1):] {
		if s.at.Before(to) {
			to = s.at // the window lasts until the last answer
		}
	}
	if len(theirs) < 1000 || from.IsZero() || to.Before(from) {
		t.Fatalf("vegeta sent %d requests; windows %+v", len(theirs), trial.Windows)
	}
	if begun := theirs[0].at.Add(time.Second); begun.After(from) {
		from = begun
	}
	return from, from.Add(to.Sub(from).Truncate(time.Second))
}

// sameLosses holds zarif's fresh hits against vegeta's requests in the same seconds.
func sameLosses(t *testing.T, out string, trial report.Trial, theirs []sighting) (ours, their []sighting) {
	t.Helper()
	ours = freshHits(t, out, trial)
	slices.SortFunc(ours, func(a, b sighting) int { return a.at.Compare(b.at) })
	from, to := spanOf(t, trial, ours, theirs)
	ours, their = between(ours, from, to), between(theirs, from, to)
	sent, lost, causes := tally(ours)
	theirSent, theirLost, theirCauses := tally(their)
	t.Logf("in %s: zarif lost %d of %d %v, vegeta %d of %d %v", to.Sub(from), lost, sent, causes, theirLost, theirSent, theirCauses)
	for at := from; at.Before(to); at = at.Add(time.Second) {
		_, n, a := tally(between(ours, at, at.Add(time.Second)))
		_, m, b := tally(between(their, at, at.Add(time.Second)))
		if n+m > 0 {
			t.Logf("  second %2.0f: zarif %2d %v, vegeta %2d %v", at.Sub(from).Seconds(), n, a, m, b)
		}
	}
	for _, text := range disagreements(ours, their, from, to) {
		t.Errorf("zarif and vegeta disagree: %s", text)
	}
	return ours, their
}
