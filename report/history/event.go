package history

// Event types, by source. Attrs that a type carries are named beside it.
const (
	// SourceHarness.
	EventWindow      = "window"      // a window begins; name: warmup, baseline, disruption, recovery, drained
	EventAct         = "act"         // the disruption is about to act; action, and what it acts on (pod, replicas …)
	EventComplete    = "complete"    // the disruption was observed to be complete
	EventIncomplete  = "incomplete"  // it was not; error
	EventHealed      = "healed"      // what it changed is back as it was
	EventExposed     = "exposed"     // the disruption took this pod away
	EventInterrupted = "interrupted" // signal or error
	EventNote        = "note"        // anything a reader should know; text
	EventSkipped     = "skipped"     // the cluster cannot do what the scenario needs, so that it shows nothing; reason

	// SourceAPI.
	EventPodCreated       = "pod-created"        // T from the object (1 s precision); seen: watch arrival in µs
	EventPodScheduled     = "pod-scheduled"      // Node is set
	EventContainerStarted = "container-started"  // container, restarts; 1 s precision
	EventContainerExited  = "container-exited"   // container, exitCode, signal, reason, restarts; 1 s precision
	EventPodReady         = "pod-ready"          // watch arrival
	EventPodNotReady      = "pod-not-ready"      // watch arrival
	EventPodDeleted       = "pod-deleted"        // a deletion timestamp was set; grace (seconds); watch arrival
	EventPodGone          = "pod-gone"           // the object is gone; watch arrival
	EventEndpointReady    = "endpoint-ready"     // watch arrival of the EndpointSlice
	EventEndpointNotReady = "endpoint-not-ready" // ready=false or taken out: what ends new traffic
	EventEndpointGone     = "endpoint-gone"
	EventKubernetes       = "kubernetes-event" // reason, message
	EventWatchBroken      = "watch-broken"     // events may be missing; error

	// SourceNode.
	EventProcessGone = "process-gone" // the node's runtime has no task for the pod's container any more

	// SourcePods: the fixtures' own log, one event per line that is not a request.
	EventAppStart    = "app-start"  // pid
	EventAppReady    = "app-ready"  // it listens
	EventAppSignal   = "app-signal" // signal
	EventAppDraining = "app-draining"
	EventAppClosed   = "app-closed"  // the listener is closed
	EventAppDrained  = "app-drained" // nothing is in flight any more
	EventAppExit     = "app-exit"    // code; the last line of a complete log
	EventLogGap      = "log-gap"     // after, before: running numbers around lines that were never received
	EventLogEnd      = "log-end"     // no more lines will come; last (running number), complete ("true": begins at 1, no gap, exit line seen); end: "exit" (its exit line), "exited" (read to its end without one), "running" (still being written), "cut" (the end is unknown), end (see LogEnd…)
)

// How a log ended: the attribute end of EventLogEnd.
const (
	LogEndExit    = "exit"    // with its exit line
	LogEndExited  = "exited"  // read to its end after the container had ended without one
	LogEndRunning = "running" // the container still ran; every line that it had written was read
	LogEndCut     = "cut"     // lines may be missing at its end
)

// Window names. A window lasts until the next one begins; Drained marks the
// moment when no hit was in flight any more.
const (
	WindowWarmup     = "warmup"
	WindowBaseline   = "baseline"
	WindowDisruption = "disruption"
	WindowRecovery   = "recovery"
	WindowDrained    = "drained"
)
