package kube

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"zarif/cluster"
	"zarif/report/history"
)

// withService is a Deployed with a Service s that has the port 80.
func withService(c Config, clusterIP string) *Deployed {
	client := fake.NewClientset(&corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "s", Namespace: "ns"},
		Spec:       corev1.ServiceSpec{ClusterIP: clusterIP, Ports: []corev1.ServicePort{{Port: 80}}},
	})
	client.PrependReactor("create", "services", func(a clienttesting.Action) (bool, runtime.Object, error) {
		made := a.(clienttesting.CreateAction).GetObject().(*corev1.Service)
		if made.Spec.Ports[0].NodePort == 0 {
			made.Spec.Ports[0].NodePort = 31000 // as the API server does
		}
		return false, nil, nil
	})
	return newDeployed(&Cluster{client: client, config: c}, cluster.Workload{Target: cluster.Target{Service: "s", Port: 80}}, "ns")
}

func TestHostSite(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	mapped := listener.Addr().String()
	broken := errors.New("no engine")
	for _, c := range []struct {
		name   string
		config Config
		url    string
		is     error
	}{
		{"a mapped port", Config{NodePorts: func(context.Context) (map[int32]string, error) { return map[int32]string{30950: mapped}, nil }}, "http://" + mapped, nil},
		{"no node is reachable: the mapping", Config{
			HostAddress: func(context.Context) (string, error) { return "", nil },
			NodePorts:   func(context.Context) (map[int32]string, error) { return map[int32]string{30950: mapped}, nil },
		}, "http://" + mapped, nil},
		{"neither", Config{}, "", errors.ErrUnsupported},
		{"an address that cannot be found", Config{HostAddress: func(context.Context) (string, error) { return "", broken }}, "", broken},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := withService(c.config, "10.96.0.9")
			for range 2 { // the second time everything is there
				site, err := d.Site(t.Context(), history.VantageHost)
				if site.URL != c.url || !errors.Is(err, c.is) {
					t.Errorf("url %q, error %v; want %q, %v", site.URL, err, c.url, c.is)
				}
			}
		})
	}
}

func TestSiteRefusesWhatItCannotReach(t *testing.T) {
	for _, c := range []struct {
		name, vantage, ip string
		port              int32
		unsupported       bool
	}{
		{"headless", history.VantageService, "None", 80, false},
		{"no such port", history.VantageService, "10.96.0.9", 81, false},
		{"edge", history.VantageEdge, "10.96.0.9", 80, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := withService(Config{}, c.ip)
			d.workload.Target.Port = c.port
			_, err := d.Site(t.Context(), c.vantage)
			if err == nil || errors.Is(err, errors.ErrUnsupported) != c.unsupported {
				t.Errorf("error %v", err)
			}
		})
	}
}

// The first load must not meet a node port that the nodes do not know yet.
func TestAtAddressWaitsForAnAnswer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	ended, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := atAddress(ended, address); err == nil {
		t.Error("took a port that refuses")
	}
	opened := make(chan net.Listener, 1)
	time.AfterFunc(3*portPause, func() {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Error(err)
		}
		opened <- l
	})
	_, err = atAddress(t.Context(), address)
	if l := <-opened; l != nil {
		defer l.Close()
	}
	if err != nil {
		t.Error(err)
	}
}
