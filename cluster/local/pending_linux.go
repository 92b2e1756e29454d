package local

import "golang.org/x/sys/unix"

// pendingBytes asks how much a pipe holds.
const pendingBytes = unix.TIOCINQ
