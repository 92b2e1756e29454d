package loadgen

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"zarif/report/history"
)

// A tlsWeb is a TLS server of the name example.com that remembers what it was asked.
type tlsWeb struct {
	*httptest.Server
	ca string // PEM: its own certificate

	mu    sync.Mutex
	names map[string]bool // asked for by SNI
	asked map[string]bool // method, Host, header and body of requests
}

func newTLSWeb(t *testing.T) *tlsWeb {
	t.Helper()
	w := &tlsWeb{names: map[string]bool{}, asked: map[string]bool{}}
	w.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.asked[strings.Join([]string{r.Method, r.Host, r.Header.Get("X-Tenant"), string(body)}, " ")] = true
	}))
	w.Config.ErrorLog = log.New(io.Discard, "", 0)
	w.TLS = &tls.Config{GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.names[hello.ServerName] = true
		return nil, nil
	}}
	w.StartTLS()
	t.Cleanup(w.Close)
	w.ca = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.Certificate().Raw}))
	return w
}

func only[K comparable](m map[K]bool, want K) bool { return len(m) == 1 && m[want] }

// What a stream wants of the certificate decides between answers and the cause tls,
// and the name goes out in SNI and in Host.
func TestWhatCertificatesWillDo(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*history.Stream, *tlsWeb)
		want history.Cause
		sni  string
		host string // empty: no request comes through
	}{
		{"vouched for", func(s *history.Stream, w *tlsWeb) { s.CA, s.Host = w.ca, "example.com" }, history.OK, "example.com", "example.com"},
		{"with a port", func(s *history.Stream, w *tlsWeb) { s.CA, s.Host = w.ca, "example.com:8443" }, history.OK, "example.com", "example.com:8443"},
		{"by its address", func(s *history.Stream, w *tlsWeb) { s.CA = w.ca }, history.OK, "", "ADDRESS"},
		{"vouched for by nobody", func(s *history.Stream, _ *tlsWeb) { s.Host = "example.com" }, history.TLS, "example.com", ""},
		{"of another name", func(s *history.Stream, w *tlsWeb) { s.CA, s.Host = w.ca, "shop.example" }, history.TLS, "shop.example", ""},
		{"whatever it is", func(s *history.Stream, _ *tlsWeb) { s.InsecureSkipVerify, s.Host = true, "shop.example" }, history.OK, "shop.example", "shop.example"},
	} {
		for _, mode := range []string{history.Fresh, history.Reused} {
			t.Run(c.name+"/"+mode, func(t *testing.T) {
				w := newTLSWeb(t)
				addr := w.Listener.Addr().String()
				s := streamTo(addr, oneLane, func(s *history.Stream) {
					s.URL, s.Connection, s.Rate, s.Method, s.Body = "https://"+addr+"/", mode, 50, http.MethodPost, "b"
					s.Headers = map[string]string{"x-tenant": "blue"}
					c.edit(s, w)
				})
				got := fire(t, 4, Config{Streams: []history.Stream{s}})
				got.only(t, c.want)
				w.mu.Lock()
				defer w.mu.Unlock()
				host := strings.Replace(c.host, "ADDRESS", addr, 1)
				if !only(w.names, c.sni) || host != "" && !only(w.asked, "POST "+host+" blue b") || host == "" && len(w.asked) > 0 {
					t.Errorf("asked for the names %v and %v", w.names, w.asked)
				}
			})
		}
	}
}

// Before there is load the same certificate, name and headers are wanted.
func TestAnsweredByTLS(t *testing.T) {
	w := newTLSWeb(t)
	s := history.Stream{URL: w.URL, Method: http.MethodPost, Host: "example.com", Headers: map[string]string{"X-Tenant": "blue"}, CA: w.ca}
	if err := Answered(t.Context(), nil, Asked{Stream: s, Answers: 2}); err != nil {
		t.Fatal(err)
	}
	if !only(w.names, "example.com") || !only(w.asked, "GET example.com blue ") {
		t.Errorf("asked for the names %v and %v", w.names, w.asked)
	}
	s.Host = "shop.example"
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := Answered(ctx, nil, Asked{Stream: s, Answers: 1}); err == nil || !strings.Contains(err.Error(), "certificate is valid for") {
		t.Errorf("error %v, want the certificate's fault in it", err)
	}
	s.CA = "no PEM"
	if err := Answered(t.Context(), nil, Asked{Stream: s, Answers: 1}); err == nil || !strings.Contains(err.Error(), "want certificates in PEM") {
		t.Errorf("error %v", err)
	}
}

func TestStreamsThatCannotBeAddressed(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*history.Stream)
		want string
	}{
		{"no certificate", func(s *history.Stream) { s.URL, s.CA = "https://127.0.0.1/", "x" }, "want certificates in PEM"},
		{"a header's name", func(s *history.Stream) { s.Headers = map[string]string{"X Tenant": "blue"} }, `header "X Tenant"`},
		{"a header's value", func(s *history.Stream) { s.Headers = map[string]string{"X-Tenant": "blue\r\nHost: x"} }, `header "X-Tenant"`},
	} {
		err := Config{Epoch: time.Now(), Put: func(history.Record) {}, Streams: []history.Stream{streamTo("127.0.0.1:1", c.edit)}}.Validate()
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
}
