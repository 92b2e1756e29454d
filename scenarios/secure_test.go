package scenarios

import (
	"encoding/pem"
	"maps"
	"net/http/httptest"
	"strings"
	"testing"

	"zarif/report/history"
)

// testCA is a certificate in PEM, indented as a block of YAML.
func testCA(t *testing.T, kind string) (text, block string) {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	text = string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: s.Certificate().Raw}))
	return text, "|\n          " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n          ")
}

// streamsOf are those of a scenario with the given fields in its one stream.
func streamsOf(t *testing.T, workload, fields string) ([]history.Stream, error) {
	t.Helper()
	file := "scenarios:\n  - name: s\n    " + workload + "\n    disruption: rollout\n    streams:\n      - name: fresh\n        " +
		strings.ReplaceAll(fields, "\n", "\n        ") + "\n"
	c, err := load(testKnown(), nil, []source{{"mine.yaml", []byte(strings.ReplaceAll(file, "\n                  ", "\n          "))}}, nil)
	if err != nil {
		return nil, err
	}
	s, _ := c.Scenario("s")
	return s.Resolve(Overrides{}), nil
}

const shopThere = "workload: {namespace: shop, target: 'svc/shop:443'}"

func TestSecureStreams(t *testing.T) {
	ca, block := testCA(t, "CERTIFICATE")
	for _, c := range []struct {
		name, fields string
		want         history.Stream
	}{
		{"plain", "scheme: http\nhost: shop.example:8080", history.Stream{URL: "/", Host: "shop.example:8080"}},
		{"headers", "headers: {X-Tenant: blue, Authorization: env:TOKEN}", history.Stream{URL: "/", Headers: map[string]string{"X-Tenant": "blue", "Authorization": "env:TOKEN"}}},
		{"with a certificate", "scheme: https\nhost: shop.example\npath: /healthz\nca: " + block, history.Stream{URL: "/healthz", Scheme: "https", Host: "shop.example", CA: ca}},
		{"whatever it is", "scheme: https\ninsecureSkipVerify: true", history.Stream{URL: "/", Scheme: "https", InsecureSkipVerify: true}},
		{"by a URL", "vantage: host\nurl: https://shop.example/x", history.Stream{URL: "https://shop.example/x"}},
		{"by a URL that is none of its name", "vantage: host\nurl: https://10.1.2.3/\nhost: shop.example\ninsecureSkipVerify: true",
			history.Stream{URL: "https://10.1.2.3/", Host: "shop.example", InsecureSkipVerify: true}},
		{"from this machine, which trusts some", "vantage: host\nscheme: https\nhost: shop.example", history.Stream{URL: "/", Scheme: "https", Host: "shop.example"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			streams, err := streamsOf(t, shopThere, c.fields)
			if err != nil {
				t.Fatal(err)
			}
			s, w := streams[0], c.want
			if s.URL != w.URL || s.Scheme != w.Scheme || s.Host != w.Host || strings.TrimSpace(s.CA) != strings.TrimSpace(w.CA) ||
				s.InsecureSkipVerify != w.InsecureSkipVerify || !maps.Equal(s.Headers, w.Headers) {
				t.Errorf("got %+v\nwant %+v", s, w)
			}
		})
	}
}

func TestSecureFaults(t *testing.T) {
	_, block := testCA(t, "CERTIFICATE")
	_, key := testCA(t, "PRIVATE KEY")
	for _, c := range []struct{ name, workload, fields, want string }{
		{"unknown scheme", shopThere, "scheme: ftp", `scheme: "ftp" is no scheme; want http or https`},
		{"a URL's scheme", shopThere, "vantage: host\nurl: http://a/\nscheme: http", "scheme: a url says its own scheme"},
		{"no name", shopThere, "scheme: https\nca: " + block, "host: connections go to an address, and certificates are for names; want host"},
		{"no authority", shopThere, "scheme: https\nhost: shop.example", "ca: the load agent trusts no certificate by itself; want ca"},
		{"both", shopThere, "scheme: https\nhost: a\ninsecureSkipVerify: true\nca: " + block, "ca: no certificate is looked at"},
		{"plain HTTP with ca", shopThere, "ca: " + block, "ca: there is no certificate without TLS; want scheme: https"},
		{"plain HTTP, insecure", shopThere, "insecureSkipVerify: true", "insecureSkipVerify: there is no certificate without TLS"},
		{"a key", shopThere, "scheme: https\nhost: a\nca: " + key, "ca: there is a PRIVATE KEY in it"},
		{"no PEM", shopThere, "scheme: https\nhost: a\nca: /etc/ca.pem", "ca: there is no certificate in it; want certificates in PEM"},
		{"a fixture", "fixture: go-exit", "scheme: https\ninsecureSkipVerify: true", "scheme: fixtures speak plain HTTP"},
		{"a path as host", shopThere, "host: shop.example/x", `host: "shop.example/x" is no host`},
		{"a URL as host", shopThere, "host: http://shop.example", "is no host"},
		{"a list of headers", shopThere, "headers: [a]", "headers: this is a list; want a mapping"},
		{"no headers", shopThere, "headers: {}", "headers: "},
		{"a number", shopThere, "headers: {X-N: 1}", "headers.X-N: 1 is a number; want text, in quotes"},
		{"Host as a header", shopThere, "headers: {host: a}", "headers.host: this header is not for a file to say; want the field host"},
		{"a length", shopThere, "headers: {Content-Length: '3'}", "want the field body"},
		{"twice", shopThere, "headers: {X-A: a, x-a: b}", "headers.x-a: given twice"},
		{"no name of a header", shopThere, "headers: {'X A': a}", "is no name of a header"},
		{"no value", shopThere, `headers: {X-A: "a\nb"}`, "headers.X-A: the value cannot be sent"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := streamsOf(t, c.workload, c.fields)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v\nwant %q in it", err, c.want)
			}
		})
	}
}
