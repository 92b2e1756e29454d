package disrupt

import (
	"context"
	"fmt"
	"syscall"

	"zarif/cluster"
)

// killedCode is the exit code of a process that SIGKILL ended: 128 + 9.
const killedCode = 137

func kill() Disruption {
	return Disruption{
		Name:     "kill",
		Doc:      "Kills one container's main process with SIGKILL from outside its PID namespace.",
		Restarts: 1,
		Left:     butOne,
		Do: func(ctx context.Context, s Subject, acting Acting) (func(context.Context) error, error) {
			signaller, err := capability[Signaller](s, "signal a process from outside its PID namespace")
			if err != nil {
				return nil, err
			}
			pod, err := victim(ctx, s)
			if err != nil {
				return nil, err
			}
			acting("signal", "pod", pod.Name, "signal", "SIGKILL")
			if err := signaller.Signal(ctx, pod, syscall.SIGKILL); err != nil {
				return nil, fmt.Errorf("kill the process of pod %s: %w", pod.Name, err)
			}
			return nil, s.Await(ctx, fmt.Sprintf("pod %s to be ready again after exit code %d", pod.Name, killedCode), func(now cluster.State) bool {
				p, ok := now.Pod(pod.UID)
				return ok && now.Settled() && p.Restarts == pod.Restarts+1 &&
					p.ExitCode != nil && *p.ExitCode == killedCode
			})
		},
	}
}
