package kind

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// Labels that kind gives to every node container from its creation on.
const (
	clusterLabel = "io.x-k8s.kind.cluster"
	roleLabel    = "io.x-k8s.kind.role"
)

// A container is one node container, whatever its state.
type container struct {
	engine                  engine
	id, name, cluster, role string
	running                 bool
	addr                    string            // IPv4 in its network; may be empty
	ports                   map[string]string // "6443/tcp" → "127.0.0.1:40001"
	brand                   brand             // who made it; zero: not zarif
}

// bornWithin bounds how long a container may be in the making: Docker copies the
// image's /var into a volume meanwhile, which on a busy machine took half a minute.
const bornWithin = 3 * time.Minute

// containers lists the node containers of one cluster, or of all where name is
// empty, by name. They carry their brand from the moment they can be inspected.
// unborn are those that the engine lists already but cannot be asked about,
// neither whose they are nor which cluster's.
func (e engine) containers(ctx context.Context, name string) (born []container, unborn int, err error) {
	filter := "label=" + clusterLabel
	if name != "" {
		filter += "=" + name
	}
	out, err := e.output(ctx, "ps", "-a", "-q", "--no-trunc", "--filter", filter)
	if err != nil {
		return nil, 0, fmt.Errorf("list node containers: %w", err)
	}
	ids := strings.Fields(string(out))
	if len(ids) == 0 {
		return nil, 0, nil
	}
	if born, err = e.inspect(ctx, ids...); err == nil {
		return born, 0, nil
	}
	for _, id := range ids { // one failed: which?
		one, err := e.inspect(ctx, id)
		var failed *exec.ExitError
		switch {
		case err == nil:
			born = append(born, one...)
		case ctx.Err() == nil && errors.As(err, &failed):
			unborn++
		default:
			return nil, 0, err
		}
	}
	slices.SortFunc(born, byName)
	return born, unborn, nil
}

// settled waits until everything in a cluster can be asked whose it is.
func (e engine) settled(ctx context.Context, name string) ([]container, error) {
	patience, cancel := context.WithTimeout(ctx, bornWithin)
	defer cancel()
	again := time.NewTicker(200 * time.Millisecond)
	defer again.Stop()
	for {
		born, unborn, err := e.containers(ctx, name)
		if err != nil || unborn == 0 {
			return born, err
		}
		select {
		case <-again.C:
		case <-patience.Done():
			return nil, fmt.Errorf("%d containers of cluster %s are still being made: %w", unborn, name, patience.Err())
		}
	}
}

func (e engine) inspect(ctx context.Context, ids ...string) ([]container, error) {
	out, err := e.output(ctx, append([]string{"container", "inspect"}, ids...)...)
	if err != nil {
		return nil, fmt.Errorf("inspect node containers: %w", err)
	}
	return parseContainers(e, out)
}

func byName(a, b container) int { return strings.Compare(a.name, b.name) }

func parseContainers(e engine, out []byte) ([]container, error) {
	var raw []struct {
		ID     string `json:"Id"`
		Name   string
		State  struct{ Running bool }
		Config struct{ Labels map[string]string }
		Mounts []struct{ Destination string }

		NetworkSettings struct {
			Ports    map[string][]struct{ HostIP, HostPort string }
			Networks map[string]struct{ IPAddress string }
		}
	}
	if err := json.Unmarshal(out, &raw); err != nil {
		return nil, fmt.Errorf("read what the engine says of its containers: %w", err)
	}
	var all []container
	for _, r := range raw {
		c := container{
			engine: e, id: r.ID, name: strings.TrimPrefix(r.Name, "/"), cluster: r.Config.Labels[clusterLabel], role: r.Config.Labels[roleLabel],
			running: r.State.Running, ports: map[string]string{},
		}
		for _, m := range r.Mounts {
			if b, ok := parseBrand(m.Destination); ok {
				c.brand = b
			}
		}
		for port, hosts := range r.NetworkSettings.Ports {
			if len(hosts) > 0 {
				c.ports[port] = hosts[0].HostIP + ":" + hosts[0].HostPort
			}
		}
		for _, n := range r.NetworkSettings.Networks {
			if n.IPAddress != "" {
				c.addr = n.IPAddress
			}
		}
		all = append(all, c)
	}
	slices.SortFunc(all, byName)
	return all, nil
}

// imageID is the id of a present image; an absent one has none.
func (e engine) imageID(ctx context.Context, ref string) (id string, present bool, err error) {
	out, err := e.output(ctx, "image", "inspect", ref)
	if ctx.Err() != nil {
		return "", false, fmt.Errorf("look for image %s: %w", ref, err)
	}
	if err != nil {
		return "", false, nil
	}
	var raw []struct {
		ID string `json:"Id"`
	}
	if err := json.Unmarshal(out, &raw); err != nil {
		return "", false, fmt.Errorf("read what the engine says of image %s: %w", ref, err)
	}
	if len(raw) == 0 || raw[0].ID == "" {
		return "", false, errors.New("the engine names no id for image " + ref)
	}
	return strings.TrimPrefix(raw[0].ID, "sha256:"), true, nil
}
