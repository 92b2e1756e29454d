package main

import (
	"bytes"
	"io"
	"log"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// What is pushed is for every architecture that this zarif was built with, and the
// others are named.
func TestImagePush(t *testing.T) {
	platforms, lacks, err := agents()
	if err != nil {
		t.Skip("the binaries that make payload makes are not there:", err)
	}
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	var out, said bytes.Buffer
	cmd := newImagePush(streams{out: &out, err: &said})
	cmd.SetArgs([]string{strings.TrimPrefix(server.URL, "http://") + "/team/zarif-agent"})
	if err := cmd.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	digest, err := name.NewDigest(strings.TrimSpace(out.String()))
	if err != nil {
		t.Fatalf("it prints %q: %v", out.String(), err)
	}
	index, err := remote.Index(digest)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil || len(manifest.Manifests) != len(platforms) || len(platforms)+len(lacks) != 2 {
		t.Fatalf("%d platforms of %d, %d are lacking, error %v", len(manifest.Manifests), len(platforms), len(lacks), err)
	}
	for i, p := range platforms {
		if got := manifest.Manifests[i].Platform; got == nil || got.Architecture != p.Arch || got.OS != "linux" {
			t.Errorf("platform %v, want linux/%s", got, p.Arch)
		}
	}
	for _, arch := range lacks {
		if !strings.Contains(said.String(), "nodes of "+arch+" cannot run it") {
			t.Errorf("it says %q, want that %s is lacking", said.String(), arch)
		}
	}
	builds, err := agentBuilds()
	if err != nil || len(strings.Split(builds, ",")) != len(platforms) {
		t.Errorf("builds %q, error %v", builds, err)
	}
}
