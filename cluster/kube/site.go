package kube

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"zarif/cluster"
	"zarif/report/history"
)

// Site says how the target is reached from a vantage, and makes what that takes:
// the agent's pod for "service" and "edge", a NodePort Service for "host".
func (d *Deployed) Site(ctx context.Context, vantage string) (cluster.Site, error) {
	if vantage == history.VantageEdge {
		site, err := d.edgeSite(ctx)
		if err != nil {
			return cluster.Site{}, fmt.Errorf("%s vantage: %w", vantage, err)
		}
		return site, nil
	}
	service, err := d.k.client.CoreV1().Services(d.namespace).Get(ctx, d.workload.Target.Service, metav1.GetOptions{})
	if err != nil {
		return cluster.Site{}, fmt.Errorf("%s vantage: %w", vantage, err)
	}
	var site cluster.Site
	switch vantage {
	case history.VantageService:
		site, err = d.insideSite(ctx, service, d.workload.Target.Port)
	case history.VantageHost:
		site, err = d.hostSite(ctx, service)
	default:
		err = errors.ErrUnsupported
	}
	if err != nil {
		return cluster.Site{}, fmt.Errorf("%s vantage: %w", vantage, err)
	}
	return site, nil
}

// insideSite is a Service's cluster IP, reached from the agent's pod.
func (d *Deployed) insideSite(ctx context.Context, service *corev1.Service, port int32) (cluster.Site, error) {
	ip := service.Spec.ClusterIP
	if ip == "" || ip == corev1.ClusterIPNone {
		return cluster.Site{}, fmt.Errorf("service %s has no cluster IP, so there is no address that the load can keep using", service.Name)
	}
	if _, err := portOf(service, port); err != nil {
		return cluster.Site{}, err
	}
	if err := d.ensureAgent(ctx); err != nil {
		return cluster.Site{}, err
	}
	d.agent.Lock()
	defer d.agent.Unlock()
	return cluster.Site{URL: httpURL(ip, port), Place: &place{d: d, namespace: d.own.namespace, pod: d.own.agent}}, nil
}

func portOf(service *corev1.Service, port int32) (corev1.ServicePort, error) {
	for _, p := range service.Spec.Ports {
		if p.Port == port {
			return p, nil
		}
	}
	return corev1.ServicePort{}, fmt.Errorf("service %s has no port %d", service.Name, port)
}

func httpURL(host string, port int32) string { return "http://" + hostPort(host, port) }

func hostPort(host string, port int32) string { return net.JoinHostPort(host, strconv.Itoa(int(port))) }

// hostService is the Service that the host vantage goes through.
const hostService = "zarif-host"

// hostSite prefers a node's own address; a mapping onto this machine has a proxy or
// a packet filter of the container engine in the path.
func (d *Deployed) hostSite(ctx context.Context, service *corev1.Service) (cluster.Site, error) {
	if d.workload.Taken() {
		return d.hostSiteThere(ctx, service)
	}
	if address := d.k.config.HostAddress; address != nil {
		host, err := address(ctx)
		if err != nil {
			return cluster.Site{}, fmt.Errorf("find an address of a node: %w", err)
		}
		if host != "" {
			port, err := d.nodePort(ctx, service, 0)
			if err != nil {
				return cluster.Site{}, err
			}
			return atAddress(ctx, hostPort(host, port))
		}
	}
	var mapped map[int32]string
	if d.k.config.NodePorts != nil {
		var err error
		if mapped, err = d.k.config.NodePorts(ctx); err != nil {
			return cluster.Site{}, fmt.Errorf("find the node ports that this machine reaches: %w", err)
		}
	}
	if len(mapped) == 0 {
		return cluster.Site{}, fmt.Errorf("no node of the cluster can be reached from this machine: %w", errors.ErrUnsupported)
	}
	port, err := d.nodePort(ctx, service, slices.Min(slices.Collect(maps.Keys(mapped))))
	if err != nil {
		return cluster.Site{}, err
	}
	return atAddress(ctx, mapped[port])
}

const (
	portWait  = 15 * time.Second
	portPause = 50 * time.Millisecond
)

// atAddress is a site that this process reaches at address, as soon as a
// connection to it is taken: the proxies of the nodes learn of a new node port
// only after the API server has answered.
func atAddress(ctx context.Context, address string) (cluster.Site, error) {
	ctx, cancel := context.WithTimeout(ctx, portWait)
	defer cancel()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err == nil {
			conn.Close()
			return cluster.Site{URL: "http://" + address}, nil
		}
		if pause(ctx, portPause); ctx.Err() != nil {
			return cluster.Site{}, fmt.Errorf("node port %s does not answer: %w", address, err)
		}
	}
}

// nodePort makes the NodePort Service unless it is there, and returns its port.
// wanted 0 lets the API server choose.
func (d *Deployed) nodePort(ctx context.Context, service *corev1.Service, wanted int32) (int32, error) {
	port, err := portOf(service, d.workload.Target.Port)
	if err != nil {
		return 0, err
	}
	port.NodePort = wanted
	services := d.k.client.CoreV1().Services(d.namespace)
	made, err := services.Create(ctx, &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: hostService, Labels: map[string]string{roleLabel: "host"}},
		Spec: corev1.ServiceSpec{
			Type: corev1.ServiceTypeNodePort, Selector: service.Spec.Selector, Ports: []corev1.ServicePort{port},
			PublishNotReadyAddresses: service.Spec.PublishNotReadyAddresses,
		},
	}, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		made, err = services.Get(ctx, hostService, metav1.GetOptions{})
	}
	if err != nil {
		return 0, fmt.Errorf("open a node port: %w", err)
	}
	if made.Spec.Ports[0].NodePort == 0 {
		return 0, fmt.Errorf("open a node port: service %s was given none", made.Name)
	}
	return made.Spec.Ports[0].NodePort, nil
}
