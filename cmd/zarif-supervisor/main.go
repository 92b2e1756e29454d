// Command zarif-supervisor holds the processes of one container of the local cluster
// and takes them away when zarif is done with it, or dead. zarif starts and drives it.
package main

import (
	"os"

	"zarif/cluster/local/supervisor"
)

func main() { os.Exit(supervisor.Main(os.Args[1:])) }
