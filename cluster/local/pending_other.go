//go:build !linux

package local

// pendingBytes asks how much a pipe holds: FIONREAD of the BSDs.
const pendingBytes = 0x4004667f
