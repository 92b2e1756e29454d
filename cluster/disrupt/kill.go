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
			var ended cluster.Pod
			err = s.Await(ctx, fmt.Sprintf("pod %s to be ready again after a restart", pod.Name), func(now cluster.State) bool {
				p, ok := now.Pod(pod.UID)
				ended = p
				return ok && now.Settled() && p.Restarts > pod.Restarts
			})
			if err != nil {
				return nil, err
			}
			return nil, killed(ended, pod.Restarts+1)
		},
	}
}

// killed says whether the process ended as it was made to. The kubelet reports a
// restart and what had ended before it together, so what is not there then never
// comes: it may have removed the old container before it told of it.
func killed(p cluster.Pod, restarts int32) error {
	switch {
	case p.Restarts != restarts:
		return fmt.Errorf("pod %s was restarted %d times: want %d", p.Name, p.Restarts, restarts)
	case p.ExitCode == nil:
		return fmt.Errorf("pod %s was restarted, and its status does not say how its process had ended: want exit code %d", p.Name, killedCode)
	case *p.ExitCode != killedCode:
		return fmt.Errorf("the process of pod %s ended with exit code %d: want %d", p.Name, *p.ExitCode, killedCode)
	}
	return nil
}
