package supervisor

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
)

func TestCure(t *testing.T) {
	const (
		most     = "/proc/sys/user/max_user_namespaces"
		debian   = "/proc/sys/kernel/unprivileged_userns_clone"
		apparmor = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns"
	)
	cases := []struct {
		name  string
		files map[string]string
		says  string
	}{
		{"switched off", map[string]string{most: "0\n"}, "user.max_user_namespaces=10000"},
		{"for root", map[string]string{most: "9000\n", debian: "0\n"}, "unprivileged_userns_clone=1"},
		{"restricted", map[string]string{most: "9000\n", debian: "1\n", apparmor: "1\n"}, "apparmor_restrict_unprivileged_userns=0"},
		{"elsewhere", map[string]string{most: "9000\n", apparmor: "0\n"}, "seccomp"},
		{"another system", nil, "Linux"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := cure(func(file string) ([]byte, error) {
				if text, ok := c.files[file]; ok {
					return []byte(text), nil
				}
				return nil, fs.ErrNotExist
			})
			if !strings.Contains(got, c.says) {
				t.Errorf("%q does not say %q", got, c.says)
			}
		})
	}
}

func TestIsolationErrorIsUnsupported(t *testing.T) {
	err := fmt.Errorf("start: %w", faultOf(&IsolationError{Doing: "make a PID namespace", Err: fs.ErrPermission}).err())
	var isolation *IsolationError
	if !errors.Is(err, errors.ErrUnsupported) || !errors.As(err, &isolation) {
		t.Errorf("%v", err)
	}
}

func TestIsolationOfNothing(t *testing.T) {
	needsIsolation(t)
	if err := Isolation(t.Context(), "/no/such/supervisor"); err == nil || errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("without a supervisor: %v", err)
	}
}
