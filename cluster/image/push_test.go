package image

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"zarif/cluster"
)

func TestPush(t *testing.T) {
	var uploads int
	serve := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			uploads++
		}
		serve.ServeHTTP(w, r)
	}))
	defer server.Close()
	ref := strings.TrimPrefix(server.URL, "http://") + "/team/agent:v1"
	platforms := []Platform{agentFor("amd64"), agentFor("arm64")}
	pushed, err := Push(t.Context(), platforms, ref)
	if err != nil {
		t.Fatal(err)
	}
	digest, err := name.NewDigest(pushed)
	if err != nil {
		t.Fatalf("%q is no reference by digest: %v", pushed, err)
	}
	there, err := remote.Index(digest)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := there.IndexManifest()
	if err != nil || len(manifest.Manifests) != 2 {
		t.Fatalf("index %+v, error %v", manifest, err)
	}
	for _, p := range platforms { // as a node of it pulls
		got, err := remote.Image(digest, remote.WithPlatform(v1.Platform{OS: "linux", Architecture: p.Arch}))
		if err != nil {
			t.Fatal(err)
		}
		wantImage(t, got, p)
	}
	if _, err := remote.Image(digest, remote.WithPlatform(v1.Platform{OS: "linux", Architecture: "s390x"})); err == nil {
		t.Error("a node that it is not for can pull it")
	}
	before := uploads
	again, err := Push(t.Context(), platforms, ref)
	if err != nil || again != pushed || uploads != before {
		t.Errorf("the second time: %s, error %v, %d uploads more; want what is there", again, err, uploads-before)
	}
	for name, c := range map[string]struct {
		platforms []Platform
		ref       string
	}{"no reference": {platforms, "Not A Reference"}, "no platform": {nil, ref}, "no architecture": {[]Platform{agentFor("")}, ref}} {
		if _, err := Push(t.Context(), c.platforms, c.ref); err == nil {
			t.Errorf("%s: pushed", name)
		}
	}
}

// agentFor is an image whose one program differs between architectures.
func agentFor(arch string) Platform {
	return Platform{arch, cluster.Image{
		Name: "zarif/agent", Entrypoint: []string{"/zarif-agent"}, User: "65532:65532",
		Files: []cluster.File{{Path: "/zarif-agent", Mode: 0o755, Data: []byte("a program for " + arch)}},
	}}
}

func wantImage(t *testing.T, got v1.Image, p Platform) {
	t.Helper()
	config, err := got.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if config.Architecture != p.Arch || config.OS != "linux" || config.Config.Entrypoint[0] != "/zarif-agent" || config.Config.User != p.Image.User {
		t.Errorf("%s: pushed %+v", p.Arch, config)
	}
	layers, err := got.Layers()
	if err != nil || len(layers) != 1 {
		t.Fatalf("%s: %d layers, error %v", p.Arch, len(layers), err)
	}
	files, err := layers[0].Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	if text, err := io.ReadAll(files); err != nil || !strings.Contains(string(text), "a program for "+p.Arch) {
		t.Errorf("%s: its program is not in it (error %v)", p.Arch, err)
	}
}
