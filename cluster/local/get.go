package local

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// mostRedirects of one GET are followed.
const mostRedirects = 10

// get asks the pod for something as a kubelet does, on a connection of its own, and
// yields the status of the answer. It follows redirects to the pod itself, and takes
// others for the answer.
//
// Source: pkg/probe/http (http.go, request.go).
func (d *Deployed) get(ctx context.Context, p *pod, h *corev1.HTTPGetAction) (status int, err error) {
	path := h.Path
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+d.portOf(p, h.Port).String()+path, nil)
	if err != nil {
		return 0, err
	}
	for _, header := range h.HTTPHeaders {
		if strings.EqualFold(header.Name, "Host") {
			r.Host = header.Value
		}
		r.Header.Add(header.Name, header.Value)
	}
	for name, value := range map[string]string{"User-Agent": "kube-probe/local", "Accept": "*/*"} {
		r.Header.Set(name, cmp.Or(r.Header.Get(name), value))
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: redirect}
	resp, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	const most = 10 << 10
	_, _ = io.CopyN(io.Discard, resp.Body, most) // the status has said it
	return resp.StatusCode, nil
}

func redirect(to *http.Request, via []*http.Request) error {
	switch {
	case to.URL.Hostname() != via[0].URL.Hostname():
		return http.ErrUseLastResponse
	case len(via) >= mostRedirects:
		return errors.New("too many redirects")
	}
	return nil
}
