package trial

import (
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zarif/report/history"
)

// A trial over HTTPS: requests carry what the stream says, and the history does not
// hold what the environment does.
func TestOverHTTPS(t *testing.T) {
	const token = "Bearer 0123456789"
	t.Setenv("SHOP_TOKEN", token)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS.ServerName != "example.com" || r.Host != "example.com" || r.Header.Get("Authorization") != token || r.Header.Get("X-Tenant") != "blue" {
			w.WriteHeader(http.StatusForbidden)
		}
	}))
	defer server.Close()
	c := usersConfig(t, users{newBench(t), "http://" + server.Listener.Addr().String()})
	s := &c.Meta.Streams[0]
	s.Scheme, s.Host, s.Rate = "https", "example.com", 50
	s.CA = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	s.Headers = map[string]string{"Authorization": "env:SHOP_TOKEN", "X-Tenant": "blue"}
	times := quick
	times.warmupLimit = time.Minute
	if err := runFor(t.Context(), c, times); err != nil {
		t.Fatal(err)
	}
	hits := 0
	for rec, err := range history.ReadFile(filepath.Join(c.Dir, HistoryFile)) {
		if err != nil {
			t.Fatal(err)
		}
		if text, _ := json.Marshal(rec); strings.Contains(string(text), "0123456789") {
			t.Fatalf("the history holds the secret: %s", text)
		}
		if rec.Meta != nil && (rec.Meta.Streams[0].Headers["Authorization"] != "env:SHOP_TOKEN" || !strings.HasPrefix(rec.Meta.Streams[0].URL, "https://127.0.0.1:")) {
			t.Errorf("stream %+v", rec.Meta.Streams[0])
		}
		if rec.Hit != nil && rec.Hit.Cause != history.Missed { // a slow machine's fault
			if hits++; rec.Hit.Cause != history.OK {
				t.Fatalf("a hit ended with %s", rec.Hit.Cause)
			}
		}
	}
	if hits == 0 {
		t.Error("there are no hits")
	}
}

func TestASecretThatIsNotThere(t *testing.T) {
	s := history.Stream{Name: "fresh", Headers: map[string]string{"Authorization": "env:ZARIF_NO_SUCH_VARIABLE"}}
	if _, err := WithSecrets(s); err == nil || !strings.Contains(err.Error(), "stream fresh: header Authorization: the environment variable ZARIF_NO_SUCH_VARIABLE is not set") {
		t.Errorf("error %v", err)
	}
}
