package supervisor

import "golang.org/x/sys/unix"

// monotonic reads the clock that all processes of the machine share, in ns.
func monotonic() int64 {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &t) != nil {
		return 0
	}
	return t.Nano()
}
