package kube

import "zarif/cluster/podlog/podlogtest"

// Names of what tests of logs share that leave room in a table.
type tape = podlogtest.Tape

var (
	epoch, at, entry, aLog = podlogtest.Epoch, podlogtest.At, podlogtest.Entry, podlogtest.Log
	told, wantTold         = podlogtest.Told, podlogtest.WantTold
)
