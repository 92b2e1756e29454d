package html

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// browserLimit bounds what a test waits for a browser on a busy machine.
const browserLimit = 3 * time.Minute

// A browser is a headless Chromium with one tab, spoken to over two pipes in the
// DevTools protocol. Whatever a page complains of is in complaints.
type browser struct {
	t       *testing.T
	ctx     context.Context
	out     *os.File
	session string

	mu         sync.Mutex
	next       int
	waiting    map[int]chan message
	heard      map[string]chan message // by event, the next one
	complaints []string
	ended      error
}

type message struct {
	ID        int             `json:"id,omitempty"`
	Method    string          `json:"method,omitempty"`
	SessionID string          `json:"sessionId,omitempty"`
	Params    json.RawMessage `json:"params,omitempty"`
	Result    json.RawMessage `json:"result,omitempty"`
	Error     *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

// newBrowser is one with its tab, or skips the test where there is none.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	b := startBrowser(t)
	b.open()
	return b
}

// startBrowser is newBrowser without the tab: it does not wait until the browser is
// there, which takes a while.
func startBrowser(t *testing.T) *browser {
	t.Helper()
	if testing.Short() {
		t.Skip("SKIPPED: a browser is not started with -short")
	}
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("SKIPPED: the page was NOT seen in a browser: there is no chromium in PATH; cure: apt-get install chromium")
	}
	ctx, cancel := context.WithTimeout(t.Context(), browserLimit)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, path, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
		"--force-device-scale-factor=1", "--no-first-run", "--disable-extensions", "--disable-background-networking", "--disable-component-update",
		"--host-resolver-rules=MAP * ~NOTFOUND", "--remote-debugging-pipe", "--user-data-dir="+t.TempDir(), "about:blank")
	theirs, ours := pipe(t)
	from, to := pipe(t)
	cmd.ExtraFiles = []*os.File{theirs, to}
	var said bytes.Buffer
	cmd.Stderr = &said
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	to.Close()
	b := &browser{t: t, ctx: ctx, out: ours, waiting: map[int]chan message{}, heard: map[string]chan message{}}
	go b.listen(from)
	t.Cleanup(func() {
		b.send("Browser.close", nil, "")
		cmd.Wait()
		for line := range strings.Lines(said.String()) {
			if t.Failed() && !strings.Contains(line, "dbus") {
				t.Logf("the browser said: %s", line)
			}
		}
	})
	return b
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

// listen takes what the browser says until it ends.
func (b *browser) listen(from *os.File) {
	in := bufio.NewReader(from)
	for {
		text, err := in.ReadBytes(0)
		if err != nil {
			b.mu.Lock()
			b.ended = errors.New("the browser ended")
			for _, c := range b.waiting {
				close(c)
			}
			b.mu.Unlock()
			return
		}
		var m message
		if json.Unmarshal(text[:len(text)-1], &m) == nil {
			b.take(m)
		}
	}
}

func (b *browser) take(m message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c := b.waiting[m.ID]; m.ID != 0 && c != nil {
		c <- m
		delete(b.waiting, m.ID)
		return
	}
	switch m.Method {
	case "Runtime.exceptionThrown", "Log.entryAdded", "Network.requestWillBeSent", "Security.securityStateChanged":
		if !strings.Contains(string(m.Params), `"level":"verbose"`) && !own(m) {
			b.complaints = append(b.complaints, m.Method+" "+string(m.Params))
		}
	}
	if c := b.heard[m.Method]; c != nil {
		c <- m
		delete(b.heard, m.Method)
	}
}

// own reports whether a request is the page itself.
func own(m message) bool {
	return m.Method == "Network.requestWillBeSent" && strings.Contains(string(m.Params), `"type":"Document"`) && strings.Contains(string(m.Params), `"url":"file:`)
}

func (b *browser) send(method string, params any, session string) (chan message, error) {
	raw, err := json.Marshal(params)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended != nil {
		return nil, b.ended
	}
	b.next++
	m := message{ID: b.next, Method: method, SessionID: session}
	if params != nil {
		m.Params = raw
	}
	c := make(chan message, 1)
	b.waiting[m.ID] = c
	text, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	_, err = b.out.Write(append(text, 0))
	return c, err
}

// call asks for something and puts the answer into result, unless that is nil.
func (b *browser) call(method string, params map[string]any, result any) {
	b.t.Helper()
	c, err := b.send(method, params, b.session)
	if err != nil {
		b.t.Fatalf("%s: %v", method, err)
	}
	select {
	case m, open := <-c:
		switch {
		case !open:
			b.t.Fatalf("%s: the browser ended", method)
		case m.Error != nil:
			b.t.Fatalf("%s: %s", method, m.Error.Message)
		case result != nil:
			if err := json.Unmarshal(m.Result, result); err != nil {
				b.t.Fatalf("%s: %v", method, err)
			}
		}
	case <-b.ctx.Done():
		b.t.Fatalf("%s: no answer: %v", method, b.ctx.Err())
	}
}

// open takes hold of a tab.
func (b *browser) open() {
	b.t.Helper()
	var target struct{ TargetID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		b.call(domain+".enable", nil, nil)
	}
}
