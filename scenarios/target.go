package scenarios

import (
	"net/url"
	"strings"

	"zarif/report/history"
)

// where reads what a stream connects to. A URL of the user's is told no work
// unless the file says some.
func (f fields) where(s *Stream) {
	f.choice("vantage", "vantage", &s.Vantage, vantages()...)
	if f.text("path", &s.Path) {
		f.spot("path").checkPath(s.Path)
	}
	if !f.text("url", &s.URL) {
		return
	}
	at := f.spot("url")
	if s.Vantage != history.VantageHost && (s.Vantage != "" || !f.has("vantage")) {
		at.fault("only a stream of the vantage host can have a url", "vantage: host")
	}
	if f.has("path") {
		at.fault("a url has its own path", "either url or path")
	}
	work := f.has("work") || s.Work != DefaultWork
	if !work {
		s.Work = 0
	}
	s.URL = at.checkURL(s.URL, work)
}

func (p place) checkPath(path string) {
	const want = "a path such as / or /items?id=1"
	u, err := url.ParseRequestURI(path)
	switch {
	case !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//"):
		p.fault(quote(path)+" does not begin with one slash", want)
	case err != nil || !plain(path) || u.Host != "":
		p.fault(quote(path)+" is no path", want+", with everything else percent-encoded")
	default:
		p.checkQuery(u.RawQuery, true)
	}
}

// checkURL gives the URL back with a path.
func (p place) checkURL(raw string, work bool) string {
	const want = "a full URL such as http://127.0.0.1:8080/"
	u, err := url.Parse(raw)
	switch {
	case err != nil || !plain(raw):
		p.fault(quote(raw)+" is no URL", want)
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "", u.Opaque != "", u.User != nil:
		p.fault(quote(raw)+" is not of the form http://host:port/path", want)
	default:
		p.checkQuery(u.RawQuery, work)
		if u.Path == "" {
			u.Path = "/"
			return u.String()
		}
	}
	return raw
}

// checkQuery refuses what is said by fields of its own.
func (p place) checkQuery(raw string, work bool) {
	query, err := url.ParseQuery(raw)
	if err != nil {
		p.fault("the query "+quote(raw)+" cannot be read", "name=value pairs joined by &")
		return
	}
	if query.Has("work") && work {
		p.fault("the query says work", "the field work, such as work: 50ms")
	}
	if query.Has("fault") {
		p.fault("the query says fault", "the fields faults and faultEvery")
	}
}

// plain reports whether s can go on the wire as it is.
func plain(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`#"<>\^{|}`+"`", r) })
}
