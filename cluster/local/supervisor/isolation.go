package supervisor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Isolation says whether runs can be isolated on this machine, by isolating one: nil, or
// why not and what would change that, in words for a user. An errors.ErrUnsupported is
// about the machine; any other error about the attempt.
func Isolation(ctx context.Context, binary string) error {
	binary, err := filepath.Abs(binary)
	if err != nil {
		return fmt.Errorf("try a PID namespace: %w", err)
	}
	output, theirs, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("try a PID namespace: %w", err)
	}
	defer output.Close()
	r, err := Start(ctx, Config{Binary: binary, Argv: []string{binary, modeCheck}, Output: theirs, Isolate: true})
	var refused *IsolationError
	if errors.As(err, &refused) {
		return fmt.Errorf("%w: %s", refused, cure(os.ReadFile))
	}
	if err != nil {
		return fmt.Errorf("try a PID namespace: %w", err)
	}
	defer r.Close()
	said, _ := io.ReadAll(io.LimitReader(output, 4<<10))
	if exit := r.Exit(); exit.Code != 0 {
		return fmt.Errorf("try a PID namespace: %s ended with code %d: %s", binary, exit.Code, firstLine(said))
	}
	return nil
}

// cure names what forbids namespaces to an ordinary user, as far as it can be read.
func cure(read func(string) ([]byte, error)) string {
	is := func(file, value string) bool {
		text, err := read(file)
		return err == nil && strings.TrimSpace(string(text)) == value
	}
	switch {
	case is("/proc/sys/user/max_user_namespaces", "0"):
		return "user namespaces are switched off; `sysctl user.max_user_namespaces=10000`, as root, permits them"
	case is("/proc/sys/kernel/unprivileged_userns_clone", "0"):
		return "user namespaces are for root only; `sysctl kernel.unprivileged_userns_clone=1`, as root, permits them to all"
	case is("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1"):
		return "AppArmor restricts user namespaces; `sysctl kernel.apparmor_restrict_unprivileged_userns=0`, as root, lifts that"
	}
	return "it takes Linux with user namespaces, or CAP_SYS_ADMIN; inside a container, its seccomp profile must permit unshare(2)"
}

// firstLine is what fits into a message.
func firstLine(text []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	return line
}
