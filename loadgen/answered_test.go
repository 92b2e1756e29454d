package loadgen

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zarif/report/history"
)

// Answers in a row are wanted, each on a connection of its own: proxies that know
// some of the pods lead some requests to them.
func TestAnsweredInARow(t *testing.T) {
	var asked atomic.Int32
	var from sync.Map
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from.Store(r.RemoteAddr, true)
		if n := asked.Add(1); n == 3 || n == 5 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer s.Close()
	if err := Answered(t.Context(), nil, Asked{Stream: history.Stream{URL: s.URL, Method: http.MethodGet}, Answers: 4}); err != nil {
		t.Fatal(err)
	}
	if got := asked.Load(); got != 9 {
		t.Errorf("asked %d times, want 9: the fifth failed, and four more", got)
	}
	connections := 0
	from.Range(func(any, any) bool { connections++; return true })
	if connections != 9 {
		t.Errorf("%d connections, want one each", connections)
	}
}

func TestAnsweredSaysWhatCameLast(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	err := Answered(ctx, nil, Asked{Stream: history.Stream{URL: s.URL + "/healthz", Method: http.MethodGet}, Answers: 1})
	if err == nil || !strings.Contains(err.Error(), "the last answer had status 404") || !strings.Contains(err.Error(), "/healthz") {
		t.Errorf("error %v", err)
	}
	if err := Answered(t.Context(), nil, Asked{Stream: history.Stream{URL: s.URL, Method: http.MethodPost}, Answers: 1}); err != nil {
		t.Errorf("a server that takes no GET answers, and yet %v", err)
	}
}

func TestAskedNeedsAURL(t *testing.T) {
	for _, a := range []Asked{{Stream: history.Stream{URL: "/healthz"}, Answers: 1}, {Stream: history.Stream{URL: "http://127.0.0.1:1"}}, {}} {
		if err := Answered(t.Context(), nil, a); err == nil || !strings.Contains(err.Error(), "want") {
			t.Errorf("%+v: error %v", a, err)
		}
	}
}
