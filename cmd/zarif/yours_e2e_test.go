//go:build e2e

package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"zarif/cluster"
	"zarif/cluster/image"
	"zarif/cmd/zarif/payload"
	"zarif/report"
	"zarif/report/history"
)

// Manifests that are not ours in shape, of package cluster/manifest.
const (
	chart   = "../../cluster/manifest/testdata/chart/rendered.yaml"
	overlay = "../../cluster/manifest/testdata/overlay/prod"
)

// Images that the manifests name, and that of the agent for a cluster of others'.
const (
	shopImage  = "shop.example/shop:1.4.2"
	agentImage = "shop.example/zarif-agent:e2e"
)

// thereName is the cluster that stands for somebody else's.
const thereName = "zarif-e2e-there"

// TestE2EChart: a chart as helm renders it, whose server exits at its signal, loses
// requests, and vegeta's own command loses as many in the same seconds.
func TestE2EChart(t *testing.T) {
	yours(t, chart, "svc/release-shop:http", func(t *testing.T, trial report.Trial, ours, theirs []sighting) {
		_, lost, _ := tally(ours)
		_, theirLost, _ := tally(theirs)
		if lost == 0 || theirLost == 0 {
			t.Errorf("zarif lost %d, vegeta %d; want some of each", lost, theirLost)
		}
		if len(trial.Pods) < 6 {
			t.Errorf("%d pods, want 3 old ones, as the autoscaler wants, and 3 new ones", len(trial.Pods))
		}
	})
}

// TestE2EOverlay: a kustomize overlay whose server drains loses none, to nobody.
func TestE2EOverlay(t *testing.T) {
	yours(t, overlay, "svc/prod-shop:80", func(t *testing.T, trial report.Trial, _, theirs []sighting) {
		for _, s := range trial.Streams {
			if s.Dropped+s.Masked > 0 {
				t.Errorf("stream %s: %d dropped, %d masked: %v", s.Name, s.Dropped, s.Masked, s.Causes)
			}
		}
		if _, lost, causes := tally(theirs); lost > 0 || trial.Verdict != report.Pass {
			t.Errorf("vegeta lost %d %v, verdict %s: %v", lost, causes, trial.Verdict, trial.Reasons)
		}
	})
}

// yours runs zarif test on a kind cluster of its own, with vegeta beside its agent;
// once more where the trial is inconclusive, since machines are shared.
func yours(t *testing.T, manifests, target string, check func(t *testing.T, trial report.Trial, ours, theirs []sighting)) {
	loadImage(t, shopImage, "goapp", payload.Agent)
	binary := vegetaBinary(t)
	trial, out, theirs := oneOfYours(t, binary, manifests, target)
	if trial.Verdict == report.Inconclusive {
		t.Logf("inconclusive, once more: %v", trial.Reasons)
		trial, out, theirs = oneOfYours(t, binary, manifests, target)
	}
	t.Logf("verdict %s %v", trial.Verdict, trial.Reasons)
	checkSums(t, trial)
	if trial.Ledger != nil || len(trial.Unseen) == 0 {
		t.Errorf("ledger %v, missing evidence %q", trial.Ledger, trial.Unseen)
	}
	wantShopImage(t, out, trial)
	ours, theirs := sameLosses(t, out, trial, theirs)
	check(t, trial, ours, theirs)
	noClusterLeft(t)
}

// oneOfYours is one trial, the folder with its history, and what vegeta saw.
func oneOfYours(t *testing.T, binary, manifests, target string) (trial report.Trial, out string, theirs []sighting) {
	t.Helper()
	out = filepath.Join(t.TempDir(), "results")
	cmd := zarif(t, t.TempDir(), "test", "-f", manifests, "--target", target, "--path", "/healthz", "--cluster-name", clusterName, "--out", out)
	attacking, stop := context.WithCancel(t.Context())
	defer stop()
	service, _, _ := strings.Cut(strings.TrimPrefix(target, "svc/"), ":")
	seen := independent(t, attacking, binary, service, "/healthz")
	r, code := results(t, cmd, out)
	stop()
	theirs = <-seen
	if len(r.Trials) != 1 || code == 70 {
		t.Fatalf("%d trials, exit code %d", len(r.Trials), code)
	}
	return r.Trials[0], out, theirs
}

// wantShopImage: the history says which image the pods ran, and which content that was.
func wantShopImage(t *testing.T, out string, trial report.Trial) {
	t.Helper()
	for rec, err := range history.ReadFile(filepath.Join(out, "trials", trial.Scenario, "1", "history.jsonl.zst")) {
		if err != nil {
			t.Fatal(err)
		}
		if rec.Meta == nil {
			continue
		}
		if images := rec.Meta.Images; len(images) == 0 || !strings.Contains(images[0], shopImage) || !strings.Contains(images[0], "sha256:") {
			t.Errorf("images %q, want %s with its id", images, shopImage)
		}
		for _, p := range trial.Pods {
			if p.Answered != nil {
				t.Errorf("pod %s answered %d, though answers name no pod", p.Name, *p.Answered)
			}
		}
		return
	}
}

// loadImage makes an image of our binaries and gives it to the engine.
func loadImage(t *testing.T, ref string, binaries ...string) {
	t.Helper()
	img := cluster.Image{Name: strings.SplitN(ref, ":", 2)[0], Entrypoint: []string{"/" + binaries[0]}, User: "65532:65532"}
	for _, name := range binaries {
		data, err := payload.Binary(name)
		if err != nil {
			t.Fatal(err)
		}
		img.Files = append(img.Files, cluster.File{Path: "/" + name, Mode: 0o755, Data: data})
	}
	var archive bytes.Buffer
	if err := image.WriteTar(&archive, img, runtime.GOARCH); err != nil {
		t.Fatal(err)
	}
	do(t, &archive, "docker", "load")
	do(t, nil, "docker", "tag", img.Reference(), ref)
	t.Cleanup(func() { exec.Command("docker", "rmi", ref, img.Reference()).Run() })
}

func do(t *testing.T, stdin *bytes.Buffer, argv ...string) string {
	t.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	if stdin != nil {
		cmd.Stdin = stdin
	}
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(argv, " "), err, out, said.Bytes())
	}
	return string(out)
}

// TestE2EThere: an existing cluster. Without permission nothing is done; with it, and
// with nothing but the documented roles, nothing outside the target is touched.
func TestE2EThere(t *testing.T) {
	loadImage(t, shopImage, "goapp", payload.Agent)
	loadImage(t, agentImage, payload.Agent)
	state := t.TempDir()
	admin := there(t, state)
	on := func(args ...string) []string {
		return append([]string{"test", "--no-deploy", "-n", "shop-prod", "--target", "svc/prod-shop:80", "--context", "ci",
			"--agent-image", agentImage, "--agent-namespace", "load"}, args...)
	}
	every := []string{"--disruption", "rollout", "--disruption", "pod-delete", "--disruption", "eviction", "--disruption", "scale-down"}
	kubeconfig := account(t, state, admin, on(every...))
	before := admin.snapshot(t)

	refused := zarif(t, state, on("--kubeconfig", kubeconfig)...)
	if err := refused.Run(); exitCodeOf(err) != 64 {
		t.Errorf("without --i-may-disrupt it ends with %v, want exit code 64", err)
	}
	disrupt := func(by []string) ([]report.Trial, int) {
		out := filepath.Join(t.TempDir(), "results")
		r, code := results(t, zarif(t, state, on(slices.Concat(by, []string{"--kubeconfig", kubeconfig, "--i-may-disrupt", "--out", out})...)...), out)
		return r.Trials, code
	}
	trials, code := disrupt(every)
	if code == 3 { // machines are shared: inconclusive twice is a failure
		var again []string
		trials = slices.DeleteFunc(trials, func(trial report.Trial) bool {
			if trial.Verdict == report.Inconclusive {
				again = append(again, "--disruption", trial.Disruption)
			}
			return trial.Verdict == report.Inconclusive
		})
		t.Logf("inconclusive, once more: %v", again)
		more, last := disrupt(again)
		trials, code = append(trials, more...), last
	}
	if code != 0 || len(trials) != 4 {
		t.Errorf("exit code %d, %d trials", code, len(trials))
	}
	for _, trial := range trials {
		t.Logf("%s: %s %v", trial.Scenario, trial.Verdict, trial.Reasons)
		if restarted := len(trial.Stays) > 0; restarted != (trial.Disruption == "rollout") {
			t.Errorf("%s: what stays: %q", trial.Scenario, trial.Stays)
		}
	}
	admin.same(t, before)

	out := filepath.Join(t.TempDir(), "cut")
	cmd := zarif(t, state, on("--disruption", "scale-down", "--kubeconfig", kubeconfig, "--i-may-disrupt", "--out", out)...)
	startAndAwait(t, cmd, "disruption")
	cmd.Process.Signal(syscall.SIGINT)
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 130 {
		t.Errorf("interrupted, it ends with %d, want 130", code)
	}
	admin.same(t, before)

	out = filepath.Join(t.TempDir(), "killed")
	cmd = zarif(t, state, on("--disruption", "none", "--kubeconfig", kubeconfig, "--i-may-disrupt", "--out", out)...)
	startAndAwait(t, cmd, "baseline")
	cmd.Process.Kill()
	cmd.Wait()
	afterAKill(t, state, kubeconfig)
	admin.same(t, before)
}

// afterAKill: what a run left that could not clean up is found and removed, with no
// more rights than the run had.
func afterAKill(t *testing.T, state, kubeconfig string) {
	t.Helper()
	at := []string{"--context", "ci", "--kubeconfig", kubeconfig, "--agent-namespace", "load"}
	said, _ := zarif(t, state, append([]string{"doctor"}, at...)...).Output() // what else it misses is not looked at here
	for _, part := range []string{"a run that has ended left pod zarif-agent-", " in namespace load (made by ", "zarif cluster down --stale --context ci"} {
		if !strings.Contains(string(said), part) {
			t.Errorf("the doctor says nothing of %q:\n%s", part, said)
		}
	}
	if err := zarif(t, state, append([]string{"cluster", "down", "--stale"}, at...)...).Run(); err != nil {
		t.Errorf("remove what was left: %v", err)
	}
}

// kubectl is that of a node, as the cluster's administrator.
type kubectl struct{ node string }

func (k kubectl) run(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	argv := append([]string{"docker", "exec", "-i", k.node, "kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf"}, args...)
	return do(t, bytes.NewBufferString(stdin), argv...)
}

// there makes a cluster with the overlay in it.
func there(t *testing.T, state string) kubectl {
	t.Helper()
	const name = thereName
	up := zarif(t, state, "cluster", "up", "--cluster-name", name, "--nodes", "2")
	if err := up.Run(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		down := exec.Command(up.Path, "cluster", "down", "--cluster-name", name)
		down.Env = up.Env
		if said, err := down.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, said)
		}
	})
	for _, node := range strings.Fields(do(t, nil, "docker", "ps", "--format", "{{.Names}}", "--filter", "label=io.x-k8s.kind.cluster="+name)) {
		for _, ref := range []string{shopImage, agentImage} {
			do(t, bytes.NewBufferString(do(t, nil, "docker", "save", ref)), "docker", "exec", "-i", node, "ctr", "--namespace=k8s.io", "images", "import", "-")
		}
	}
	k := kubectl{name + "-control-plane"}
	for _, ns := range []string{"load", "ci", "shop-prod"} {
		k.run(t, "", "create", "namespace", ns)
	}
	k.run(t, "", "label", "namespace", "load", "pod-security.kubernetes.io/enforce=restricted")
	k.run(t, rendered(t), "apply", "-f", "-")
	k.run(t, "", "-n", "shop-prod", "rollout", "status", "deployment/prod-shop", "--timeout=3m")
	return k
}

// account makes a service account with the roles that zarif prints, and a kubeconfig
// for it with the context ci.
func account(t *testing.T, state string, admin kubectl, args []string) string {
	t.Helper()
	cmd := zarif(t, state, append(args, "--print-rbac", "--service-account", "ci/zarif")...)
	roles, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	admin.run(t, "", "-n", "ci", "create", "serviceaccount", "zarif")
	admin.run(t, string(roles), "apply", "-f", "-")
	return kubeconfigOf(t, state, admin, "zarif")
}

// kubeconfigOf is one of a service account, with the context ci.
func kubeconfigOf(t *testing.T, state string, admin kubectl, name string) string {
	t.Helper()
	token := strings.TrimSpace(admin.run(t, "", "-n", "ci", "create", "token", name, "--duration=2h"))
	text, err := os.ReadFile(filepath.Join(state, "zarif", thereName, "kubeconfig"))
	if err != nil {
		t.Fatal(err)
	}
	field := func(name string) string {
		for line := range strings.Lines(string(text)) {
			if value, ok := strings.CutPrefix(strings.TrimSpace(line), name+": "); ok {
				return strings.TrimSpace(value)
			}
		}
		t.Fatalf("the kubeconfig has no %s", name)
		return ""
	}
	path := filepath.Join(state, name+"-kubeconfig")
	config := fmt.Sprintf(`{"apiVersion": "v1", "kind": "Config",
"clusters": [{"name": "c", "cluster": {"server": %q, "certificate-authority-data": %q}}],
"contexts": [{"name": "ci", "context": {"cluster": "c", "user": "u"}}], "users": [{"name": "u", "user": {"token": %q}}]}`,
		field("server"), field("certificate-authority-data"), token)
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// rendered is the overlay as `kubectl kustomize` prints it, without its Namespace.
func rendered(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Dir(overlay))
	if err != nil {
		t.Fatal(err)
	}
	archive := do(t, nil, "tar", "-C", dir, "-cf", "-", ".")
	node := thereName + "-control-plane"
	do(t, bytes.NewBufferString(archive), "docker", "exec", "-i", node, "sh", "-c", "mkdir -p /tmp/overlay && tar -C /tmp/overlay -xf -")
	return do(t, nil, "docker", "exec", node, "kubectl", "kustomize", "/tmp/overlay/prod")
}

// snapshot is every object of the cluster by its kind, namespace and name, without
// what changes by itself. Of the target itself: its pods, what its controller makes
// of them, and its Deployment's status are the disruption's.
func (k kubectl) snapshot(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	kinds := strings.Fields(k.run(t, "", "api-resources", "--verbs=list", "-o", "name"))
	for _, kind := range kinds {
		switch kind {
		case "events", "events.events.k8s.io", "leases.coordination.k8s.io", "componentstatuses", "ipaddresses.networking.k8s.io":
			continue
		}
		var list struct{ Items []map[string]any }
		if err := json.Unmarshal([]byte(k.run(t, "", "get", kind, "-A", "-o", "json")), &list); err != nil {
			t.Fatal(err)
		}
		for _, o := range list.Items {
			key, text := fixed(t, kind, o)
			if key != "" {
				all[key] = text
			}
		}
	}
	return all
}

func fixed(t *testing.T, kind string, o map[string]any) (key, text string) {
	t.Helper()
	meta := o["metadata"].(map[string]any)
	ns, _ := meta["namespace"].(string)
	short, _, _ := strings.Cut(kind, ".")
	if ns == "shop-prod" && slices.Contains([]string{"pods", "replicasets", "endpoints", "endpointslices"}, short) {
		return "", ""
	}
	for _, field := range []string{"resourceVersion", "managedFields", "generation"} {
		delete(meta, field)
	}
	delete(o, "status")
	if ns == "shop-prod" && short == "deployments" {
		annotations := meta["annotations"].(map[string]any)
		delete(annotations, "deployment.kubernetes.io/revision")
		template := o["spec"].(map[string]any)["template"].(map[string]any)["metadata"].(map[string]any)
		delete(template, "annotations") // kubectl.kubernetes.io/restartedAt, which stays
	}
	written, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return kind + " " + ns + "/" + meta["name"].(string), string(written)
}

// same reports what is not as it was.
func (k kubectl) same(t *testing.T, before map[string]string) {
	t.Helper()
	after := k.snapshot(t)
	for key, was := range before {
		if now, there := after[key]; !there {
			t.Errorf("%s is gone", key)
		} else if now != was {
			t.Errorf("%s was\n%s\nand is\n%s", key, was, now)
		}
	}
	for key := range after {
		if _, was := before[key]; !was {
			t.Errorf("%s is new", key)
		}
	}
	replicas := strings.TrimSpace(k.run(t, "", "-n", "shop-prod", "get", "deployment", "prod-shop", "-o", "jsonpath={.spec.replicas}"))
	if n, err := strconv.Atoi(replicas); err != nil || n != 3 {
		t.Errorf("%s replicas, want 3 as before", replicas)
	}
}
