package loadgen

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"strings"

	"zarif/report/history"
)

// secureFor is what a stream wants of a TLS server; nil: its URL is a plain one.
// Only HTTP/1.1 is spoken, which needs no negotiation.
func secureFor(s *history.Stream, u *url.URL) (*tls.Config, error) {
	if u.Scheme != "https" {
		return nil, nil
	}
	c := &tls.Config{ServerName: serverName(s, u), InsecureSkipVerify: s.InsecureSkipVerify}
	if s.CA != "" {
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM([]byte(s.CA)) {
			return nil, errors.New("ca: want certificates in PEM")
		}
	}
	return c, nil
}

// serverName is what the server's certificate must be for, and what it is asked for.
func serverName(s *history.Stream, u *url.URL) string {
	if s.Host == "" {
		return u.Hostname()
	}
	if host, _, err := net.SplitHostPort(s.Host); err == nil {
		return host
	}
	return strings.Trim(s.Host, "[]")
}
