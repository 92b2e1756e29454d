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
	img := cluster.Image{
		Name: "zarif/agent", Entrypoint: []string{"/zarif-agent"}, User: "65532:65532",
		Files: []cluster.File{{Path: "/zarif-agent", Mode: 0o755, Data: []byte("a program")}},
	}
	ref := strings.TrimPrefix(server.URL, "http://") + "/team/agent:v1"
	pushed, err := Push(t.Context(), img, ref, "arm64")
	if err != nil {
		t.Fatal(err)
	}
	digest, err := name.NewDigest(pushed)
	if err != nil {
		t.Fatalf("%q is no reference by digest: %v", pushed, err)
	}
	there, err := remote.Image(digest)
	if err != nil {
		t.Fatal(err)
	}
	config, err := there.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if config.Architecture != "arm64" || config.OS != "linux" || config.Config.Entrypoint[0] != "/zarif-agent" || config.Config.User != img.User {
		t.Errorf("pushed %+v", config)
	}
	before := uploads
	again, err := Push(t.Context(), img, ref, "arm64")
	if err != nil || again != pushed || uploads != before {
		t.Errorf("the second time: %s, error %v, %d uploads more; want what is there", again, err, uploads-before)
	}
	if _, err := Push(t.Context(), img, "Not A Reference", "arm64"); err == nil {
		t.Error("pushed to no reference")
	}
}
