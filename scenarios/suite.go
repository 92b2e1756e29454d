package scenarios

// A Suite is a named list of scenarios with what is expected of them.
type Suite struct {
	Name    string
	Doc     string
	Entries []Entry
	// File and Line tell where it is written.
	File string
	Line int
}

// An Entry is one scenario of a suite.
type Entry struct {
	Scenario string
	Expect   map[string]string // stream → none, some or any; every stream is there
	// Provokes is stream → the mechanism that must lose some of its hits; streams of
	// which nobody said one are not there.
	Provokes map[string]string
	// Besides are the mechanisms that may lose hits beside it, in every stream that
	// provokes one.
	Besides []string
}

// What can be expected of a stream.
const (
	ExpectNone = "none" // nothing dropped
	ExpectSome = "some" // at least one hit dropped
	ExpectAny  = "any"  // nothing is expected; what comes is reported
)

func expectations() []string { return []string{ExpectNone, ExpectSome, ExpectAny} }
