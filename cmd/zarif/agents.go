package main

import (
	"runtime"
	"strings"

	"zarif/cluster/image"
	"zarif/cmd/zarif/payload"
)

// architectures are those that the load agent is built for. Its own is first.
func architectures() []string {
	all := []string{runtime.GOARCH}
	for _, arch := range []string{"amd64", "arm64"} {
		if arch != runtime.GOARCH {
			all = append(all, arch)
		}
	}
	return all
}

// agents are the load agent for each architecture that this zarif was built with, and
// the architectures that it lacks. The error is that its own is missing.
func agents() (all []image.Platform, lacks []string, err error) {
	for _, arch := range architectures() {
		name := payload.Agent
		if arch != runtime.GOARCH {
			name = payload.AgentFor(arch)
		}
		binary, err := payload.Binary(name)
		switch {
		case err == nil:
			all = append(all, image.Platform{Arch: arch, Image: agentImage(binary)})
		case arch == runtime.GOARCH:
			return nil, nil, err
		default:
			lacks = append(lacks, arch)
		}
	}
	return all, lacks, nil
}

// agentBuilds are the builds of the load agent that may answer: which of them does
// depends on its node.
func agentBuilds() (string, error) {
	all, _, err := agents()
	if err != nil {
		return "", err
	}
	var builds []string
	for _, p := range all {
		builds = append(builds, payload.BuildID(p.Image.Files[0].Data))
	}
	return strings.Join(builds, ","), nil
}
