package history

// A Mechanism is a way to lose a hit, by its name. What each takes to be found is
// package report/explain's; the names stand here so that a suite can say which one
// it provokes.
type Mechanism = string

// The mechanisms.
const (
	Application    Mechanism = "application"
	Gateway        Mechanism = "gateway"
	CutAnswer      Mechanism = "truncated"
	InFlightKilled Mechanism = "in-flight-killed"
	InFlightCut    Mechanism = "in-flight-cut"
	IdleRace       Mechanism = "idle-race"
	NotReady       Mechanism = "not-ready"
	NoEndpoint     Mechanism = "no-endpoint"
	GoneAddress    Mechanism = "gone-address"
	LateEndpoint   Mechanism = "late-endpoint"
	StaleEntry     Mechanism = "stale-entry"
	NeverServed    Mechanism = "never-served"
	Overload       Mechanism = "overload"
	Unexplained    Mechanism = "unexplained"
)

// Mechanisms lists them in the order in which they are asked.
func Mechanisms() []Mechanism {
	return []Mechanism{
		Application, Gateway, CutAnswer, InFlightKilled, InFlightCut, IdleRace, NotReady, NoEndpoint, GoneAddress, LateEndpoint, StaleEntry,
		NeverServed, Overload, Unexplained,
	}
}
