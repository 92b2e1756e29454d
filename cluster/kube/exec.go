package kube

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/httpstream"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/remotecommand"
	utilexec "k8s.io/client-go/util/exec"
)

// place runs commands in the load agent's container.
type place struct {
	d              *Deployed
	namespace, pod string
}

// An ExitError is a command that ran and ended with a code that is not 0.
type ExitError struct {
	Argv   []string
	Code   int
	Stderr string // its last few kilobytes
	err    error
}

func (e *ExitError) Error() string {
	text := fmt.Sprintf("%s: exit code %d", strings.Join(e.Argv, " "), e.Code)
	if s := strings.TrimSpace(e.Stderr); s != "" {
		text += ": " + s
	}
	return text
}

// Unwrap gives client-go's own error.
func (e *ExitError) Unwrap() error { return e.err }

// Exec runs argv in the agent's container until it ends or ctx does. A command
// that ended by itself with another code than 0 is an *ExitError; any other error
// means that the connection to it is lost, and it may still run.
func (p *place) Exec(ctx context.Context, argv []string, stdin io.Reader, stdout, stderr io.Writer) error {
	kept := &tail{most: 4 << 10, then: stderr}
	request := p.d.k.client.CoreV1().RESTClient().Post().
		Resource("pods").Namespace(p.namespace).Name(p.pod).SubResource("exec").
		VersionedParams(&corev1.PodExecOptions{
			Container: "agent", Command: argv, Stdin: stdin != nil, Stdout: stdout != nil, Stderr: true,
		}, scheme.ParameterCodec)
	executor, err := executorFor(p.d.k.rest, request.URL())
	if err != nil {
		return fmt.Errorf("run %s in the load agent: %w", argv[0], err)
	}
	err = executor.StreamWithContext(ctx, remotecommand.StreamOptions{Stdin: stdin, Stdout: stdout, Stderr: kept})
	var code utilexec.ExitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &code) && code.Exited():
		return &ExitError{Argv: argv, Code: code.ExitStatus(), Stderr: string(kept.bytes), err: err}
	}
	return fmt.Errorf("run %s in the load agent: %w", argv[0], err)
}

// executorFor speaks WebSocket, and SPDY to servers and proxies that do not.
func executorFor(config *rest.Config, u *url.URL) (remotecommand.Executor, error) {
	webSocket, err := remotecommand.NewWebSocketExecutor(config, "GET", u.String())
	if err != nil {
		return nil, err
	}
	spdy, err := remotecommand.NewSPDYExecutor(config, "POST", u)
	if err != nil {
		return nil, err
	}
	return remotecommand.NewFallbackExecutor(webSocket, spdy, func(err error) bool {
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	})
}

// tail passes on what is written and keeps the end of it.
type tail struct {
	most  int
	then  io.Writer // may be nil
	bytes []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.bytes = append(t.bytes, b...)
	if over := len(t.bytes) - t.most; over > 0 {
		t.bytes = append(t.bytes[:0], t.bytes[over:]...)
	}
	if t.then == nil {
		return len(b), nil
	}
	return t.then.Write(b)
}
