package scenarios

import (
	"crypto/x509"
	"encoding/pem"
	"net/url"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"golang.org/x/net/http/httpguts"

	"zarif/report/history"
)

const (
	plainHTTP  = "http"
	secureHTTP = "https"
)

// ownHeaders are not for a file to say.
var ownHeaders = map[string]string{
	"host": "the field host", "content-length": "the field body", "transfer-encoding": "the field body",
	"connection": "the field connection", "zarif-hit": "another header, since zarif counts by this one",
}

// addressed reads what a stream says to whoever leads its requests to the target.
func (f fields) addressed(s *Stream) {
	if f.text("host", &s.Host) {
		u, err := url.Parse(secureHTTP + "://" + s.Host)
		if err != nil || u.Host != s.Host || u.Hostname() == "" || !plain(s.Host) {
			f.spot("host").fault(quote(s.Host)+" is no host", "a name such as shop.example, with a port if need be")
		}
	}
	at, ok := f.at["headers"]
	if !ok {
		return
	}
	const want = "a mapping of names to values, such as {X-Tenant: blue}"
	if at.node.Kind != yaml.MappingNode || len(at.node.Content) == 0 {
		at.wrong(want)
		return
	}
	s.Headers = map[string]string{}
	for i := 0; i+1 < len(at.node.Content); i += 2 {
		name, value := at, at
		name.node, value.node = at.node.Content[i], at.node.Content[i+1]
		value.path = at.field(short(name.node.Value))
		name.path = value.path
		name.header(value, s.Headers)
	}
}

// header reads one of them.
func (p place) header(value place, into map[string]string) {
	name := p.node.Value
	var text string
	if !value.text("text", &text) {
		return
	}
	instead, own := ownHeaders[strings.ToLower(name)]
	same := func(other string) bool { return strings.EqualFold(other, name) }
	switch {
	case p.node.Kind != yaml.ScalarNode || !httpguts.ValidHeaderFieldName(name):
		p.fault(quote(name)+" is no name of a header", "letters, digits and dashes")
	case own:
		p.fault("this header is not for a file to say", instead)
	case slices.ContainsFunc(namesOf(into), same):
		p.fault("given twice", "one of the two")
	case !httpguts.ValidHeaderFieldValue(text):
		value.fault("the value cannot be sent", "printable characters")
	default:
		into[name] = text
	}
}

func namesOf(headers map[string]string) (names []string) {
	for name := range headers {
		names = append(names, name)
	}
	return names
}

// secured reads what a stream wants of a TLS server.
func (f fields) secured(s *Stream, fixture *Fixture) {
	if f.choice("scheme", "scheme", &s.Scheme, plainHTTP, secureHTTP) && f.has("url") {
		f.spot("scheme").fault("a url says its own scheme", "none")
	}
	if s.Scheme == plainHTTP {
		s.Scheme = ""
	}
	if f.text("ca", &s.CA) {
		f.spot("ca").checkCA(s.CA)
	}
	f.boolean("insecureSkipVerify", &s.InsecureSkipVerify)
	secure := s.Scheme == secureHTTP || strings.HasPrefix(s.URL, secureHTTP+"://")
	for _, name := range []string{"ca", "insecureSkipVerify"} {
		if f.has(name) && !secure {
			f.spot(name).fault("there is no certificate without TLS", "scheme: https")
		}
	}
	switch {
	case s.CA != "" && s.InsecureSkipVerify:
		f.spot("ca").fault("no certificate is looked at", "either ca or insecureSkipVerify")
	case s.Scheme != secureHTTP || f.has("url"):
	case fixture != nil:
		f.spot("scheme").fault("fixtures speak plain HTTP", "none")
	case s.InsecureSkipVerify:
	case s.Host == "":
		f.spot("host").fault("connections go to an address, and certificates are for names", "host with a name that is in the certificate, or insecureSkipVerify: true")
	case s.CA == "" && s.Vantage != history.VantageHost:
		f.spot("ca").fault("the load agent trusts no certificate by itself", "ca with what vouches for the server's, or insecureSkipVerify: true")
	}
}

// checkCA wants certificates, and nothing that is secret.
func (p place) checkCA(text string) {
	const want = "certificates in PEM, each from BEGIN CERTIFICATE to END CERTIFICATE"
	found := 0
	for rest := []byte(text); ; found++ {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			p.fault("there is a "+block.Type+" in it", want)
			return
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			p.fault("a certificate in it cannot be read", want)
			return
		}
	}
	if found == 0 {
		p.fault("there is no certificate in it", want)
	}
}
