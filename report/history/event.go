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
	// Where several processes of a container may write, each carries writer, and then
	// tells of that process alone: its exit is not the container's.
	EventAppStart    = "app-start"    // pid, writer
	EventAppReady    = "app-ready"    // it listens; writer
	EventAppSignal   = "app-signal"   // signal, writer
	EventAppShutdown = "app-shutdown" // the part of the application that its framework runs at the end begins; writer
	EventAppDraining = "app-draining"
	EventAppClosed   = "app-closed"  // the listener is closed; writer
	EventAppDrained  = "app-drained" // nothing is in flight any more; writer
	EventAppExit     = "app-exit"    // the writer's last line; code: it exits with it right now, without one its end still takes some time; writer
	EventLogGap      = "log-gap"     // after, before: running numbers around lines that were never received; writer
	EventLogEnd      = "log-end"     // no more lines will come; last (running number; of several writers: their sum), complete ("true": every line ever written is here, which takes a log without gaps that its only writer's exit line ends, or of several writers one that was read to its end after the container had ended), end (see LogEnd…), writers (how many wrote; absent: one that has no name)
)

// How a log ended: the attribute end of EventLogEnd.
const (
	LogEndExit    = "exit"    // with the exit line of its only writer
	LogEndExited  = "exited"  // read to its end after the container had ended, and no such line proves it
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
