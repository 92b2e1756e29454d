// unpack: what the page carries of a trial, as numbers that can be drawn. Times
// become seconds from the moment that the axis counts from.
async function unpack(text) {
  const raw = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  const bytes = Uint8Array.from(raw, (c) => c.charCodeAt(0));
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return modelOf(JSON.parse(await new Response(plain).text()));
}

function modelOf(d) {
  const seconds = (us) => (us - d.zero) / 1e6;
  const ends = (bar) => ({
    from: bar.from === undefined ? -Infinity : seconds(bar.from),
    to: bar.to === undefined ? Infinity : seconds(bar.to),
  });
  const m = {
    began: Date.parse(d.started) + d.zero / 1000, // of the axis, in ms since 1970
    zeroIs: d.zeroIs === "disruption" ? "the disruption began" : "the trial was started",
    windows: d.windows.map((w) => ({ name: w.name, ...ends(w) })),
    marks: d.marks.map((x) => ({ at: seconds(x.at), text: x.text })),
    preStop: d.preStop || "",
    bins: d.bins,
    width: d.bins.width / 1e6,
    x: Array.from({ length: d.bins.n }, (_, i) => seconds(d.bins.from + i * d.bins.width)),
    pods: d.pods.map((p) => ({
      ...p,
      moments: p.moments.map((x) => ({ kind: x.kind, at: seconds(x.at), within: (x.within || 0) / 1e6 })),
      ran: p.ran.map(ends),
      serving: p.serving.map(ends),
    })),
    lost: lostOf(d, seconds),
  };
  m.short = shortNames(m.pods.map((p) => p.name));
  m.pods.sort((a, b) => order(a) - order(b) || (a.name < b.name ? -1 : 1));
  m.range = [m.x.length ? m.x[0] : seconds(0), m.x.length ? m.x[m.x.length - 1] + m.width : seconds(0) + 1];
  return m;
}

// order puts old pods first, in the order in which they went away.
function order(pod) {
  const at = moment(pod, "deleted") || moment(pod, "exited") || moment(pod, "created");
  return (pod.role === "new" ? 1e6 : 0) + (at ? at.at : -1e5);
}

function moment(pod, kind) {
  return pod.moments.find((m) => m.kind === kind);
}

function lostOf(d, seconds) {
  const of = d.lost;
  const hits = [];
  let at = 0;
  for (let i = 0; i < of.seq.length; i++) {
    at += of.at[i];
    hits.push({
      id: `${of.stream[i]}-${of.seq[i]}`,
      stream: of.stream[i],
      streamName: d.bins.streams[of.stream[i]].name,
      at: seconds(at),
      end: seconds(at + of.took[i]),
      masked: of.masked[i] === 1,
      cause: d.words[of.cause[i]],
      pod: d.words[of.pod[i]],
      known: d.words[of.known[i]],
      by: d.words[of.by[i]],
      fault: d.words[of.fault[i]],
      why: d.words[of.why[i]],
    });
  }
  hits.sort((a, b) => a.at - b.at || a.stream - b.stream);
  hits.forEach((h, i) => (h.place = i));
  return hits;
}

// shortNames are the ends of names, behind the last hyphen where that tells them
// apart, else behind what all of them begin with.
function shortNames(names) {
  const end = (name) => name.slice(name.lastIndexOf("-") + 1);
  if (new Set(names.map(end)).size === names.length && names.every((n) => n.includes("-"))) return (name) => "…" + end(name);
  let same = names.length > 1 ? names[0] : "";
  for (const name of names) {
    while (!name.startsWith(same)) same = same.slice(0, -1);
  }
  same = same.slice(0, same.lastIndexOf("-") + 1);
  return (name) => (same && name.startsWith(same) ? "…" + name.slice(same.length) : name);
}
