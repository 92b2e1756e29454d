package html

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
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

// newBrowser starts one, or skips the test where there is none.
func newBrowser(t *testing.T) *browser {
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
	b.open()
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

// visit opens a page and waits until it is loaded.
func (b *browser) visit(url string) {
	b.t.Helper()
	loaded := make(chan message, 1)
	b.mu.Lock()
	b.heard["Page.loadEventFired"] = loaded
	b.mu.Unlock()
	b.call("Page.navigate", map[string]any{"url": url}, nil)
	select {
	case <-loaded:
	case <-b.ctx.Done():
		b.t.Fatalf("%s was not loaded: %v", url, b.ctx.Err())
	}
}

// eval evaluates an expression, waits for what it promises, and puts the value into
// result, unless that is nil.
func (b *browser) eval(expression string, result any) {
	b.t.Helper()
	var answer struct {
		Result    struct{ Value json.RawMessage }
		Exception *struct {
			Text      string
			Exception struct{ Description string }
		} `json:"exceptionDetails"`
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "awaitPromise": true, "returnByValue": true}, &answer)
	if e := answer.Exception; e != nil {
		b.t.Fatalf("%s: %s %s", expression, e.Text, e.Exception.Description)
	}
	if result == nil {
		return
	}
	if err := json.Unmarshal(answer.Result.Value, result); err != nil {
		b.t.Fatalf("%s gave %s: %v", expression, answer.Result.Value, err)
	}
}

// text is what an expression gives, as a string.
func (b *browser) text(expression string) (s string) {
	b.t.Helper()
	b.eval(expression, &s)
	return s
}

// until waits in the page until a condition holds.
func (b *browser) until(condition string) {
	b.t.Helper()
	b.eval(fmt.Sprintf(`new Promise((done) => { const look = () => (%s) ? done(true) : setTimeout(look, 20); look(); })`, condition), nil)
}

// press types one key.
func (b *browser) press(key string) {
	b.t.Helper()
	for _, kind := range []string{"keyDown", "keyUp"} {
		b.call("Input.dispatchKeyEvent", map[string]any{"type": kind, "key": key}, nil)
	}
}

// mouse moves, presses or lets go.
func (b *browser) mouse(kind string, x, y float64) {
	b.t.Helper()
	b.call("Input.dispatchMouseEvent", map[string]any{"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1}, nil)
}

// size is that of the window.
func (b *browser) size(width, height int) {
	b.t.Helper()
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}, nil)
}

// dark asks for dark or light colours.
func (b *browser) dark(on bool) {
	b.t.Helper()
	scheme := map[bool]string{true: "dark", false: "light"}[on]
	b.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
}

// picture is what is to be seen, as PNG.
func (b *browser) picture() []byte {
	b.t.Helper()
	return b.data("Page.captureScreenshot", map[string]any{"format": "png"})
}

// paper is the page as it is printed, as PDF.
func (b *browser) paper() []byte {
	b.t.Helper()
	return b.data("Page.printToPDF", map[string]any{"printBackground": false, "paperWidth": 8.27, "paperHeight": 11.69})
}

func (b *browser) data(method string, params map[string]any) []byte {
	b.t.Helper()
	var answer struct{ Data string }
	b.call(method, params, &answer)
	data, err := base64.StdEncoding.DecodeString(answer.Data)
	if err != nil {
		b.t.Fatal(err)
	}
	return data
}

// computed is how many seconds the page's thread has worked.
func (b *browser) computed() float64 {
	b.t.Helper()
	var all struct {
		Metrics []struct {
			Name  string
			Value float64
		}
	}
	b.call("Performance.getMetrics", nil, &all)
	for _, m := range all.Metrics {
		if m.Name == "TaskDuration" {
			return m.Value
		}
	}
	b.t.Fatal("the browser does not say what it computed")
	return 0
}

// quiet fails the test if the page complained of anything, or asked for anything.
func (b *browser) quiet() {
	b.t.Helper()
	b.eval("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))", nil)
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.complaints {
		b.t.Errorf("the page complained: %s", c)
	}
}
