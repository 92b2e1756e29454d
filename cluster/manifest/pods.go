package manifest

import (
	"fmt"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// defaultGrace is the API's terminationGracePeriodSeconds.
const defaultGrace = 30 * time.Second

func graceOf(pod corev1.PodSpec) time.Duration {
	if s := pod.TerminationGracePeriodSeconds; s != nil {
		return time.Duration(*s) * time.Second
	}
	return defaultGrace
}

// preStopOf is what a container does before its signal, as a reader would say it.
func preStopOf(c corev1.Container) string {
	if c.Lifecycle == nil || c.Lifecycle.PreStop == nil {
		return ""
	}
	switch hook := c.Lifecycle.PreStop; {
	case hook.Sleep != nil:
		return fmt.Sprintf("sleep %d", hook.Sleep.Seconds)
	case hook.Exec != nil:
		if m := sleeps.FindStringSubmatch(strings.Join(hook.Exec.Command, " ")); m != nil {
			return "sleep " + m[1]
		}
		return "exec " + strings.Join(hook.Exec.Command, " ")
	case hook.HTTPGet != nil:
		return "GET " + hook.HTTPGet.Path
	}
	return ""
}

// sleeps matches a hook that does nothing but sleep, of whole seconds, through a
// shell or not.
var sleeps = regexp.MustCompile(`^(?:(?:/bin/|/usr/bin/)?(?:sh|bash|ash|dash) -c )?(?:/bin/|/usr/bin/)?sleep (\d+)s?$`)

// sorted yields a mapping in the order of its keys.
func sorted(of map[string]string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, key := range slices.Sorted(maps.Keys(of)) {
			if !yield(key, of[key]) {
				return
			}
		}
	}
}
