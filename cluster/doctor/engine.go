package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

func (c Config) engineCheck(e Engine, err error) Check {
	check := Check{Name: "container engine", Required: c.onKind()}
	if err != nil {
		check.Missing, check.Cure = err.Error(), engineScript+", or start the one you have"
		// The engine's own error may end with its cure.
		if what, cure, ok := strings.Cut(check.Missing, "; cure: "); ok {
			check.Missing, check.Cure = what, cure
		}
		return check
	}
	check.OK = true
	check.Found = fmt.Sprintf("%s %s, cgroup v%s, runtime %s", e.Name, e.Version, e.Cgroup, e.Runtime)
	return check
}

// capSysResource is the number of CAP_SYS_RESOURCE in capability sets.
const capSysResource = 24

// capability looks for CAP_SYS_RESOURCE, which nested sandboxes often keep back
// and which an engine gives to privileged containers, as kind's nodes are.
func (c Config) capability(e Engine) []Check {
	check := Check{Name: "CAP_SYS_RESOURCE"}
	set, err := c.bounding()
	switch {
	case err != nil:
		return nil
	case set>>capSysResource&1 == 1:
		check.OK, check.Found = true, "there"
	case e.Name != "" && strings.Contains(e.Runtime, "without-sys-resource"):
		check.OK = true
		check.Found = fmt.Sprintf("not there, and the engine's runtime (%s) does without; the nodes need the image of zarif cluster image", e.Runtime)
	default:
		check.Required = c.onKind() && e.Name == "docker" // others may have been set up in ways that are not seen here
		check.Missing = "this machine does not have it to give: the engine cannot start kind's nodes"
		check.Cure = engineScript + " registers a runtime that does without"
	}
	return []Check{check}
}

func (c Config) bounding() (uint64, error) {
	data, err := os.ReadFile(filepath.Join(c.root, "proc/self/status"))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(data)) {
		if value, ok := strings.CutPrefix(line, "CapBnd:"); ok {
			return strconv.ParseUint(strings.TrimSpace(value), 16, 64)
		}
	}
	return 0, fmt.Errorf("no CapBnd line")
}

// images needs one of two node images.
func (c Config) images(ctx context.Context) []Check {
	if c.ImagePresent == nil {
		return nil
	}
	has := func(ref string) bool {
		if ref == "" {
			return false
		}
		present, err := c.ImagePresent(ctx, ref)
		return err == nil && present
	}
	check := Check{Name: "node image"}
	short, _, _ := strings.Cut(c.DefaultImage, "@")
	switch {
	case has(c.OfflineImage):
		check.OK, check.Found = true, c.OfflineImage+", the offline one"
	case has(c.DefaultImage):
		check.OK, check.Found = true, short+", kind's default"
	default: // not required: the default may yet be pulled
		check.Missing = fmt.Sprintf("neither the offline one nor %s is there; zarif run will try to pull the latter", short)
		check.Cure = "zarif cluster image builds the offline one, without any registry"
	}
	return []Check{check}
}

// stacks are never required: a run builds what it needs.
func (c Config) stacks(ctx context.Context) []Check {
	if c.Stacks == nil {
		return nil
	}
	check := Check{Name: "images of stacks", Cure: "zarif image build (zarif run builds what it needs)"}
	all, missing, err := c.Stacks(ctx)
	switch {
	case err != nil:
		check.Missing, check.Cure = "they could not be looked for: "+err.Error(), "zarif image list"
	case len(missing) > 0:
		check.Missing = fmt.Sprintf("%d of %d are not built yet: %s", len(missing), len(all), strings.Join(missing, ", "))
	default:
		check = Check{Name: check.Name, OK: true, Found: fmt.Sprintf("all %d", len(all))}
	}
	return []Check{check}
}

// userlandProxy matters to the host vantage only, and only where the nodes'
// addresses are not reachable from here.
func (c Config) userlandProxy(e Engine) []Check {
	if e.Name != "docker" {
		return nil
	}
	const file = "/etc/docker/daemon.json"
	check := Check{Name: "userland proxy", Missing: "on: through a published port (vantage host) a refused connection looks like a reset or an EOF"}
	check.Cure = fmt.Sprintf(`"userland-proxy": false in %s, and restart the engine`, file)
	var settings struct {
		UserlandProxy *bool `json:"userland-proxy"`
	}
	data, err := os.ReadFile(filepath.Join(c.root, file))
	if err == nil && json.Unmarshal(data, &settings) == nil && settings.UserlandProxy != nil && !*settings.UserlandProxy {
		return []Check{{Name: check.Name, OK: true, Found: "off, by " + file}}
	}
	return []Check{check}
}

func (c Config) stale(ctx context.Context) []Check {
	if c.Stale == nil {
		return nil
	}
	check := Check{Name: "stale clusters", Cure: "zarif cluster down --stale"}
	names, err := c.Stale(ctx)
	switch {
	case err != nil:
		check.Missing, check.Cure = "they could not be looked for: "+err.Error(), "zarif cluster status"
	case len(names) > 0:
		check.Missing = "a killed run left " + strings.Join(names, ", ")
	default:
		check = Check{Name: check.Name, OK: true, Found: "none"}
	}
	return []Check{check}
}
