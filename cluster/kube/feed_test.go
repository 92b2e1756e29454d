package kube

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
)

// A server is a scripted API server for one feed.
type server struct {
	mu      sync.Mutex
	items   []corev1.Pod
	version string
	listErr error
	watches chan *watch.FakeWatcher // one per watch that is begun
	from    []string                // the versions that watches began at
}

func (s *server) list(context.Context, metav1.ListOptions) (runtime.Object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listErr != nil {
		return nil, s.listErr
	}
	return &corev1.PodList{ListMeta: metav1.ListMeta{ResourceVersion: s.version}, Items: slices.Clone(s.items)}, nil
}

func (s *server) watch(_ context.Context, o metav1.ListOptions) (watch.Interface, error) {
	s.mu.Lock()
	s.from = append(s.from, o.ResourceVersion)
	s.mu.Unlock()
	w := watch.NewFakeWithOptions(watch.FakeOptions{ChannelSize: 10})
	s.watches <- w
	return w, nil
}

func (s *server) set(version string, pods ...*corev1.Pod) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version, s.items = version, nil
	for _, p := range pods {
		s.items = append(s.items, *p)
	}
}

func versioned(name, version string) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID(name), ResourceVersion: version}}
}

// feeding runs body beside a feed; told returns what it handed over since the last call.
func feeding(t *testing.T, body func(s *server, told func() string)) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		s := &server{watches: make(chan *watch.FakeWatcher, 10)}
		var mu sync.Mutex
		var log []string
		say := func(format string, args ...any) {
			mu.Lock()
			defer mu.Unlock()
			log = append(log, fmt.Sprintf(format, args...))
		}
		ms := func(t time.Time) string {
			if t.IsZero() {
				return "?"
			}
			return fmt.Sprint(t.Sub(began).Milliseconds())
		}
		f := &feed[*corev1.Pod]{
			what: "pods", list: s.list, watch: s.watch,
			handle: func(c change[*corev1.Pod]) {
				kind := "changed"
				switch {
				case c.gone:
					kind = "gone"
				case c.first:
					kind = "new"
				}
				say("%s %s@%s %s-%s", kind, c.now.Name, c.now.ResourceVersion, ms(c.seen.from), ms(c.seen.at))
			},
			failed: func(err error) { say("failed") },
			broke:  func(b broken) { say("broke %s-%s relisted=%t", ms(b.from), ms(b.to), b.relisted) },
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		s.set("10", versioned("a", "5"))
		go func() { defer close(done); f.run(ctx) }()
		body(s, func() string {
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			out := strings.Join(log, ", ")
			log = nil
			return out
		})
		cancel()
		<-done
	})
}

func wantText(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestFeedHandsOverEveryChange(t *testing.T) {
	feeding(t, func(s *server, told func() string) {
		w := <-s.watches
		wantText(t, told(), "new a@5 ?-0")
		time.Sleep(time.Second)
		w.Add(versioned("b", "11"))
		w.Modify(versioned("a", "12"))
		w.Modify(versioned("a", "12"))
		w.Delete(versioned("b", "13"))
		wantText(t, told(), "new b@11 1000-1000, changed a@12 1000-1000, gone b@13 1000-1000")
	})
}

func TestFeedGoesOnWhereAWatchEnded(t *testing.T) {
	feeding(t, func(s *server, told func() string) {
		w := <-s.watches
		w.Modify(versioned("a", "12"))
		w.Action(watch.Bookmark, versioned("", "15"))
		told()
		time.Sleep(time.Second)
		w.Stop() // the server closes it
		w = <-s.watches
		if want := []string{"10", "15"}; !slices.Equal(s.from, want) {
			t.Errorf("watched from %q, want %q", s.from, want)
		}
		// What comes right after may be from before; what comes later is not.
		time.Sleep(300 * time.Millisecond)
		w.Modify(versioned("a", "16"))
		told1 := told()
		time.Sleep(2 * time.Second)
		w.Modify(versioned("a", "17"))
		wantText(t, told1+", "+told(), "broke 1000-1000 relisted=false, changed a@16 1000-1300, changed a@17 3300-3300")
	})
}

func TestFeedListsAnewWhenItsVersionIsTooOld(t *testing.T) {
	feeding(t, func(s *server, told func() string) {
		w := <-s.watches
		w.Add(versioned("b", "11"))
		told()
		time.Sleep(time.Second)
		s.set("40", versioned("a", "39"), versioned("c", "38"))
		w.Error(&metav1.Status{Status: metav1.StatusFailure, Code: http.StatusGone, Reason: metav1.StatusReasonExpired})
		<-s.watches
		wantText(t, told(), "changed a@39 1000-1000, new c@38 1000-1000, gone b@11 1000-1000, broke 1000-1000 relisted=true")
		if want := []string{"10", "40"}; !slices.Equal(s.from, want) {
			t.Errorf("watched from %q, want %q", s.from, want)
		}
	})
}

func TestFeedTriesAgainUntilTheServerAnswers(t *testing.T) {
	feeding(t, func(s *server, told func() string) {
		w := <-s.watches
		told()
		s.mu.Lock()
		s.listErr = errors.New("connection refused")
		s.mu.Unlock()
		w.Error(&metav1.Status{Status: metav1.StatusFailure, Code: http.StatusGone, Reason: metav1.StatusReasonExpired})
		time.Sleep(500 * time.Millisecond)
		if got := told(); !strings.HasPrefix(got, "failed, failed") {
			t.Errorf("got %s", got)
		}
		s.mu.Lock()
		s.listErr = nil
		s.mu.Unlock()
		s.set("40", versioned("a", "39"))
		<-s.watches
		wantText(t, told(), "changed a@39 0-600, broke 0-600 relisted=true")
	})
}

func TestExpiredErrorsAreRecognised(t *testing.T) {
	err := apierrors.FromObject(&metav1.Status{Status: metav1.StatusFailure, Code: http.StatusGone, Reason: metav1.StatusReasonExpired})
	if !apierrors.IsResourceExpired(err) {
		t.Errorf("%v is not recognised", err)
	}
}
