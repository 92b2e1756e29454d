package edgelog

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zarif/report/history"
)

var update = flag.Bool("update", false, "write the golden files anew")

// What the logs of the real proxies become: testdata/<form>.log was written by them
// in front of an upstream that answers, refuses, resets, closes, cuts and stalls.
func TestLogsOfRealProxies(t *testing.T) {
	for _, form := range Forms() {
		t.Run(form, func(t *testing.T) {
			raw, err := os.ReadFile(filepath.Join("testdata", form+".log"))
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			enc := json.NewEncoder(&out)
			enc.SetEscapeHTML(false)
			read, err := NewReading(form, "zarif-edge-a", time.Unix(1795370000, 0), func(r history.Record) {
				if r.Event != nil {
					r.Event.T = 0 // that of its arrival
				}
				if err := enc.Encode(r); err != nil {
					t.Error(err)
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(raw)) {
				read.Take([]byte(line))
			}
			read.End()
			path := filepath.Join("testdata", form+".golden")
			if *update {
				if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(out.Bytes(), want) {
				t.Errorf("differs from %s (go test -update writes it anew):\n%s", path, out.Bytes())
			}
		})
	}
}

// read is what one line, or several, become.
func read(t testing.TB, form string, lines ...string) (hits []history.Proxied, notes []string) {
	t.Helper()
	r, err := NewReading(form, "e", time.Unix(1795370000, 0), func(r history.Record) {
		switch {
		case r.Proxied != nil:
			hits = append(hits, *r.Proxied)
		case r.Event != nil:
			notes = append(notes, r.Event.Attrs["text"])
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		r.Take([]byte(line))
	}
	return hits, notes
}

func TestReasons(t *testing.T) {
	nginx := func(text string) []string {
		return []string{
			"2026/11/22 19:29:02 [error] 12#12: *7 " + text + `, client: 10.0.0.1, server: , request: "GET / HTTP/1.1", upstream: "http://10.0.0.2:8080/", host: "x"`,
			`{"hit":"0-1","t":1795375742.5,"status":502,"conn":7,"upstream":"10.0.0.2:8080","upstreamStatus":"502","header":"-"}`,
		}
	}
	haproxy := func(end string) []string {
		return []string{`{"hit":"0-1","s":1795375791,"ms":"022","took":3,"status":502,"upstream":"10.0.0.2:8080","header":-1,"retries":"0","end":"` + end + `"}`}
	}
	envoy := func(flags, details string) []string {
		return []string{`{"details":"` + details + `","failure":null,"flags":"` + flags + `","hit":"0-1","start":"1795375857.5","status":503,"took":3,"tries":1,"upstream":"10.0.0.2:8080"}`}
	}
	for _, c := range []struct {
		form  string
		lines []string
		want  string
	}{
		{"nginx", nginx("connect() failed (111: Connection refused) while connecting to upstream"), history.EdgeRefused},
		{"nginx", nginx("connect() failed (113: No route to host) while connecting to upstream"), history.EdgeUnreachable},
		{"nginx", nginx("upstream timed out (110: Connection timed out) while connecting to upstream"), history.EdgeConnectTimeout},
		{"nginx", nginx("upstream timed out (110: Connection timed out) while reading response header from upstream"), history.EdgeResponseTimeout},
		{"nginx", nginx("upstream timed out (110: Connection timed out) while reading upstream"), history.EdgeTruncated},
		{"nginx", nginx("recv() failed (104: Connection reset by peer) while reading upstream"), history.EdgeTruncated},
		{"nginx", nginx("writev() failed (32: Broken pipe) while sending request to upstream"), history.EdgeReset},
		{"nginx", nginx("no live upstreams while connecting to upstream"), history.EdgeNoUpstream},
		{"nginx", nginx("upstream sent too big header while reading response header from upstream"), history.EdgeOther},
		{"haproxy", haproxy("--"), ""},
		{"haproxy", haproxy("sQ"), history.EdgeNoUpstream},
		{"haproxy", haproxy("CD"), history.EdgeClientGone},
		{"haproxy", haproxy("cD"), history.EdgeClientGone},
		{"haproxy", haproxy("sD"), history.EdgeTruncated},
		{"haproxy", haproxy("PH"), history.EdgeOther},
		{"envoy", envoy("UC", "upstream_reset_before_response_started{connection_termination}"), history.EdgeLost},
		{"envoy", envoy("UF", "upstream_reset_before_response_started{remote_connection_failure|No_route_to_host}"), history.EdgeUnreachable},
		{"envoy", envoy("UF", "upstream_reset_before_response_started{local_connection_failure}"), history.EdgeConnectFailed},
		{"envoy", envoy("UC", "upstream_reset_after_response_started{connection_termination}"), history.EdgeTruncated},
		{"envoy", envoy("UO", "upstream_reset_before_response_started{overflow}"), history.EdgeNoUpstream},
		{"envoy", envoy("UO,UF", "upstream_reset_before_response_started{connection_timeout}"), history.EdgeConnectTimeout},
		{"envoy", envoy("UO,UF", "upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused}"), history.EdgeRefused},
		{"envoy", envoy("UO,UC", "upstream_reset_before_response_started{connection_termination}"), history.EdgeLost},
		{"envoy", envoy("UMSDR", "max_duration_timeout"), history.EdgeOther},
	} {
		hits, notes := read(t, c.form, c.lines...)
		if len(hits) != 1 || len(notes) != 0 || hits[0].Reason != c.want {
			t.Errorf("%s: %q became %+v, %q; want the reason %q", c.form, c.lines, hits, notes, c.want)
		}
	}
}

// Why a try failed stands on lines of its own, those of other connections between.
func TestNginxTellsFailuresByConnection(t *testing.T) {
	failed := func(conn, text string) string {
		return "2026/11/22 19:29:02 [error] 12#12: *" + conn + " " + text + ", client: 10.0.0.1, server: "
	}
	hits, _ := read(t, "nginx",
		failed("1", "connect() failed (111: Connection refused) while connecting to upstream"),
		failed("2", "upstream prematurely closed connection while reading response header from upstream"),
		failed("1", "recv() failed (104: Connection reset by peer) while reading response header from upstream"),
		`{"hit":"0-2","t":1.5,"status":502,"conn":2,"upstream":"b:1","upstreamStatus":"502","header":"-"}`,
		`{"hit":"0-1","t":1.5,"status":200,"conn":1,"upstream":"a:1, b:1, c:1","upstreamStatus":"502, 502, 200","header":"-, -, 0.01"}`,
		`{"hit":"0-3","t":1.6,"status":200,"conn":1,"upstream":"a:1","upstreamStatus":"200","header":"0.01"}`,
	)
	if len(hits) != 3 {
		t.Fatalf("%d hits", len(hits))
	}
	if h := hits[0]; h.Reason != history.EdgeClosed || h.Answered() || h.Tries != 1 {
		t.Errorf("0-2 became %+v", h)
	}
	if h := hits[1]; h.Reason != "" || !h.Answered() || h.Tries != 3 || strings.Join(h.Lost, " ") != "refused reset" {
		t.Errorf("0-1 became %+v", h)
	}
	if h := hits[2]; h.Reason != "" || len(h.Lost) != 0 {
		t.Errorf("0-3 became %+v: what came before was another request's", h)
	}
}

func TestAConnectionWithoutARequestIsNoHit(t *testing.T) {
	hits, notes := read(t, "haproxy", `{"hit":"-","s":1795375791,"ms":"022","took":0,"status":400,"upstream":"-:-","header":-1,"retries":"0","end":"CR"}`)
	if len(hits)+len(notes) != 0 {
		t.Errorf("it became %+v, %q", hits, notes)
	}
}

// HAProxy counts from when the connection came, or from the end of the answer before.
func TestHAProxyWasIdle(t *testing.T) {
	const line = `{"hit":"0-1","s":1795370001,"ms":"022","handshake":1,"idle":%IDLE%,"took":53,"status":200,"upstream":"10.0.0.2:8080","header":52,"retries":"0","end":"--"}`
	for idle, want := range map[string]history.Micros{"0": 1_076_000, "1440": 2_516_000, "-1": 1_076_000} {
		hits, _ := read(t, "haproxy", strings.Replace(line, "%IDLE%", idle, 1))
		if len(hits) != 1 || hits[0].Done != want {
			t.Errorf("idle for %s ms: %+v, want it done at %d", idle, hits, want)
		}
	}
}

func TestAFormThatIsUnknown(t *testing.T) {
	if _, err := NewReading("squid", "e", time.Time{}, nil); err == nil || !strings.Contains(err.Error(), "want envoy, haproxy, nginx, traefik") {
		t.Errorf("error %v", err)
	}
}

// No line, however broken, stops the reading, and every record can be written.
func FuzzTake(f *testing.F) {
	for _, form := range Forms() {
		raw, err := os.ReadFile(filepath.Join("testdata", form+".log"))
		if err != nil {
			f.Fatal(err)
		}
		for line := range strings.Lines(string(raw)) {
			f.Add(form, line)
		}
	}
	f.Fuzz(func(t *testing.T, form, line string) {
		if _, known := forms[form]; !known {
			return
		}
		hits, _ := read(t, form, line, line)
		for i := range hits {
			if hits[i].Hit == "" {
				t.Errorf("%q became a request without a hit", line)
			}
			if _, err := history.AppendRecord(nil, &history.Record{Proxied: &hits[i]}); err != nil {
				t.Error(err)
			}
		}
	})
}
