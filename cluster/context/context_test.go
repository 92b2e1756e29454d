package context

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

const kubeconfig = `apiVersion: v1
kind: Config
current-context: prod
clusters:
- {name: p, cluster: {server: "https://prod.example"}}
- {name: s, cluster: {server: "https://staging.example"}}
contexts:
- {name: prod, context: {cluster: p, user: u}}
- {name: staging, context: {cluster: s, user: u, namespace: shop}}
users:
- {name: u, user: {token: t}}
`

func file(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(path, []byte(kubeconfig), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestConnect(t *testing.T) {
	c := Config{Kubeconfig: file(t), Context: "staging", MayDisrupt: true, StateDir: t.TempDir()}
	conn, err := Connect(c)
	if err != nil {
		t.Fatal(err)
	}
	if conn.REST.Host != "https://staging.example" || conn.Namespace != "shop" || conn.Info().Type != Type || conn.Info().Name != "staging" {
		t.Errorf("connected to %s, namespace %s, %+v", conn.REST.Host, conn.Namespace, conn.Info())
	}
	// One run per cluster, and another cluster is another matter.
	if _, err := Connect(c); !errors.Is(err, ErrBusy) {
		t.Errorf("a second run on the same cluster: error %v, want %v", err, ErrBusy)
	}
	other := c
	other.Context = "prod"
	second, err := Connect(other)
	if err != nil {
		t.Fatal(err)
	}
	if second.Namespace != "default" {
		t.Errorf("namespace %s, want default", second.Namespace)
	}
	for _, held := range []*Connection{conn, second} {
		if err := held.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	again, err := Connect(c)
	if err != nil {
		t.Fatalf("after the first run has ended: %v", err)
	}
	if err := again.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// The current context is never taken by itself, and nothing without permission.
func TestAContextIsNamedAndAllowed(t *testing.T) {
	path := file(t)
	for name, c := range map[string]struct {
		config Config
		want   string
	}{
		"not named":   {Config{MayDisrupt: true}, "no context was named"},
		"not allowed": {Config{Context: "staging"}, "nobody said that what runs there may be disrupted"},
		"not there":   {Config{Context: "stage", MayDisrupt: true}, path + " has no context stage; want one of prod, staging"},
	} {
		c.config.Kubeconfig, c.config.StateDir = path, t.TempDir()
		if _, err := Connect(c.config); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}

func TestOwnerSaysWhen(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600))
	c := Config{Kubeconfig: file(t), Context: "staging", StateDir: t.TempDir()}
	conn, err := Look(c)
	if err != nil {
		t.Fatal(err)
	}
	mark := MarkOf(conn.Owner(at))
	if !mark.Made.Equal(at) || mark.Host == "" || mark.User == "" || mark.Lock != conn.LockID() || !strings.HasSuffix(mark.String(), " at 2026-01-02T02:04:05Z") {
		t.Errorf("mark %+v, %s", mark, mark)
	}
	if none := MarkOf(nil); none != (Mark{}) || none.String() != "made by nobody knows whom" {
		t.Errorf("mark of nothing %+v, %s", none, none)
	}
}

// A lock has one name for all who look for it here, and no other lock has it.
func TestLooking(t *testing.T) {
	c := Config{Kubeconfig: file(t), Context: "staging", StateDir: t.TempDir(), MayDisrupt: true}
	running, err := Connect(c)
	if err != nil {
		t.Fatal(err)
	}
	c.MayDisrupt = false
	looking, err := Look(c)
	if err != nil {
		t.Fatalf("looking takes no permission: %v", err)
	}
	if err := looking.Hold(); !errors.Is(err, ErrBusy) {
		t.Errorf("while a run goes on: error %v, want %v", err, ErrBusy)
	}
	if looking.LockID() != running.LockID() {
		t.Error("the same lock has two names")
	}
	if err := errors.Join(looking.Close(t.Context()), running.Close(t.Context())); err != nil {
		t.Error(err)
	}
	if err := errors.Join(looking.Hold(), looking.Close(t.Context())); err != nil {
		t.Errorf("once it has ended: %v", err)
	}
	for name, other := range map[string]Config{
		"another cluster":         {Kubeconfig: c.Kubeconfig, Context: "prod", StateDir: c.StateDir},
		"another state directory": {Kubeconfig: c.Kubeconfig, Context: "staging", StateDir: t.TempDir()},
	} {
		if conn, err := Look(other); err != nil || conn.LockID() == looking.LockID() {
			t.Errorf("%s: error %v, and the lock's name is the same", name, err)
		}
	}
}

func TestAddressesOfNodes(t *testing.T) {
	node := func(addresses ...corev1.NodeAddress) corev1.Node {
		return corev1.Node{Status: corev1.NodeStatus{Addresses: addresses}}
	}
	got := addressesOf([]corev1.Node{
		node(corev1.NodeAddress{Type: corev1.NodeInternalIP, Address: "10.0.0.1"}, corev1.NodeAddress{Type: corev1.NodeHostName, Address: "a"}),
		node(corev1.NodeAddress{Type: corev1.NodeInternalIP, Address: "10.0.0.2"}, corev1.NodeAddress{Type: corev1.NodeExternalIP, Address: "192.0.2.2"}),
	})
	if want := []string{"192.0.2.2", "10.0.0.1", "10.0.0.2"}; !slices.Equal(got, want) {
		t.Errorf("addresses %v, want %v", got, want)
	}
}

func TestReachable(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Skip("this machine has only one loopback address:", err)
	}
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	if got := reachable(t.Context(), []string{"127.0.0.1", "127.0.0.2"}, port); got != "127.0.0.2" {
		t.Errorf("reachable %q", got)
	}
	if got := reachable(t.Context(), []string{"127.0.0.1"}, port); got != "" {
		t.Errorf("reachable %q, want none", got)
	}
}
