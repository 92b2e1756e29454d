package scenarios

import "zarif/document"

// A Fault is one thing that is wrong with what the user gave: a file, or arguments.
type Fault = document.Fault

// Faults are all faults of all files, by file in the order given and then by line.
type Faults = document.Faults
