// lives: each pod's life under the hits, on the same axis. The thick bar is its
// container, and what it was at then; the thin one its endpoint being ready.
const rowHeight = 30;

function livesPanel(view) {
  const pods = view.model.pods;
  const n = Math.max(1, pods.length);
  const opts = base(view, 30 + n * rowHeight, {
    rows: true,
    last: true,
    scale: { range: () => [0, n] },
    splits: () => pods.map((_, i) => n - i - 0.5),
    values: (u) => pods.map((p) => fitted(u, `${p.role} ${view.model.short(p.name)}`, view.gutter)),
  }, { draw: [(u) => pods.forEach((p, i) => life(u, view, p, i))] });
  opts.series = [{}, { show: false }];
  return [opts, [view.model.x, view.model.x.map(() => null)]];
}

function life(u, view, pod, i) {
  const { ctx, bbox } = u;
  const p = view.palette, dpr = devicePixelRatio;
  const top = bbox.top + (i * bbox.height) / view.model.pods.length;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  const x = (t) => (t === Infinity ? bbox.left + bbox.width : t === -Infinity ? bbox.left : u.valToPos(t, "x", true));
  const box = (from, to, y, high, fill) => {
    ctx.fillStyle = fill;
    ctx.fillRect(x(from), top + y * dpr, Math.max(x(to) - x(from), dpr), high * dpr);
  };
  const at = (kind) => (moment(pod, kind) || { at: undefined }).at;
  for (const r of pod.ran) {
    const ready = Math.min(at("ready") ?? -Infinity, r.to), deleted = Math.max(at("deleted") ?? Infinity, r.from);
    if (ready > r.from) box(r.from, ready, 4, 11, p.waiting);
    box(Math.max(ready, r.from), Math.min(deleted, r.to), 4, 11, p.up);
    if (deleted < r.to) {
      box(deleted, r.to, 4, 11, p.ending);
      hatch(ctx, x(deleted), top + 4 * dpr, x(r.to) - x(deleted), 11 * dpr, p.ink);
    }
  }
  for (const s of pod.serving) box(s.from, s.to, 17, 4, p.serving);
  for (const m of pod.moments) sign(ctx, m, x(m.at), x(m.at + m.within), top, p, leftOf(pod, m));
  ctx.restore();
}

function hatch(ctx, left, top, wide, high, colour) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, wide, high);
  ctx.clip();
  ctx.strokeStyle = colour;
  ctx.globalAlpha = 0.45;
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  for (let x = left - high; x < left + wide; x += 6 * devicePixelRatio) {
    ctx.moveTo(x, top + high);
    ctx.lineTo(x + high, top);
  }
  ctx.stroke();
  ctx.restore();
}

// signs of what happened to a pod: a letter on a line, so that they can be told apart.
const signs = { deleted: "D", preStop: "P", SIGTERM: "T", exited: "X", "endpoint not ready": "E" };

// leftOf says whether a letter stands before its line: of two that may come at once
// that of the earlier one does.
function leftOf(pod, m) {
  const not = moment(pod, "endpoint not ready"), term = moment(pod, "SIGTERM");
  if (m === not) return Boolean(term) && not.at < term.at;
  if (m === term) return !not || term.at <= not.at;
  return m.kind !== "exited";
}

function sign(ctx, m, x, until, top, p, before) {
  const letter = signs[m.kind];
  if (!letter) return;
  const dpr = devicePixelRatio, low = m.kind === "endpoint not ready";
  const from = top + (low ? 14 : 1) * dpr, to = top + (low ? 24 : 18) * dpr;
  ctx.strokeStyle = ctx.fillStyle = p.ink;
  ctx.lineWidth = 1.5 * dpr;
  ctx.beginPath();
  ctx.moveTo(x, from);
  ctx.lineTo(x, to);
  if (until - x > 3 * dpr) {
    // Exited at any moment between two: a bracket.
    ctx.moveTo(x, top + 2 * dpr);
    ctx.lineTo(until, top + 2 * dpr);
    ctx.lineTo(until, top + 6 * dpr);
  }
  ctx.stroke();
  ctx.font = `bold ${9 * dpr}px system-ui, sans-serif`;
  ctx.textAlign = before ? "right" : "left"; // the four that may come at once have a corner each
  ctx.textBaseline = "alphabetic";
  const y = top + (m.kind === "deleted" || m.kind === "exited" ? 13 : 28) * dpr;
  const shift = (before ? -3 : 3) * dpr;
  ctx.lineWidth = 3 * dpr;
  ctx.strokeStyle = p.paper;
  ctx.strokeText(letter, x + shift, y);
  ctx.fillText(letter, x + shift, y);
}

// phases in their order; the last one that has come is what a pod is at.
const phases = ["created", "ready", "deleted", "SIGTERM", "exited"];

// phaseAt is what the pod was at, at a moment: "SIGTERM +0.120 s". When it exited may
// be known to lie between two moments only.
function phaseAt(pod, t) {
  let last = null;
  for (const kind of phases) {
    const m = moment(pod, kind);
    if (m && m.at <= t && (!last || m.at >= last.at)) last = m;
  }
  if (!last) return "before it was created";
  const latest = last.at + last.within;
  if (last.within >= 0.001 && t <= latest) return `perhaps ${last.kind}`;
  if (last.within >= 0.001) return `${last.kind} ${after(t - latest)} to ${after(t - last.at)}`;
  return last.kind === "ready" || last.kind === "created" ? last.kind : `${last.kind} ${after(t - last.at)}`;
}

// leaving are the pods that were on their way out at some moment between from and to,
// or had gone less than two seconds before.
function leaving(m, from, to) {
  return m.pods.filter((p) => {
    const began = moment(p, "deleted") || (p.takenAway && moment(p, "exited"));
    const exited = moment(p, "exited");
    return began && began.at <= to && (!exited || exited.at + exited.within + 2 >= from);
  });
}
