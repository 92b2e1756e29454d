// panels: hits by outcome, lost hits one by one, and latency, over one axis.

// countsOf adds the chosen streams up; latencies are those of the slowest one.
function countsOf(m, stream) {
  const of = m.bins.streams.filter((_, i) => stream < 0 || i === stream);
  const sum = (name) => {
    if (!of.some((s) => s[name])) return null;
    return m.x.map((_, i) => of.reduce((n, s) => n + (s[name] ? s[name][i] : 0), 0));
  };
  const worst = (name, every = 1) =>
    m.x.map((_, i) => {
      const all = of.map((s) => (s[name] ? s[name][Math.floor(i / every)] : null)).filter((v) => v != null);
      return all.length ? Math.max(...all) : null;
    });
  const counts = {};
  for (const o of outcomes) counts[o] = sum(o);
  return { ...counts, p50: worst("p50"), p99: worst("p99", m.bins.coarse), max: worst("max") };
}

// base is what all panels have in common.
function base(view, height, y, hooks) {
  const p = view.palette;
  const font = "11px system-ui, sans-serif";
  return {
    width: view.width,
    height,
    pxAlign: 0,
    padding: [8, 18, y.last ? 0 : 7, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { show: false },
      drag: { x: true, y: false, dist: 5, setScale: true },
      sync: { key: view.key, setSeries: false, filters: { pub: (type) => type === "mousemove" || type === "mouseleave", sub: () => true } },
    },
    scales: { x: { time: false, range: (u, min, max) => [min, max] }, y: y.scale },
    axes: [
      {
        stroke: p.ink, font, size: y.last ? 24 : 0, grid: { stroke: p.rule, width: 1 }, ticks: { show: false },
        values: (u, splits) => splits.map((v) => (y.last ? axisText(v, splits) : null)),
      },
      {
        stroke: p.ink, font, size: view.gutter, gap: 6, grid: { stroke: p.rule, width: 1, show: !y.rows }, ticks: { show: false },
        splits: y.splits, values: y.values,
      },
    ],
    hooks: {
      drawClear: [(u) => backdrop(u, view, y.first)],
      draw: [...(hooks.draw || []), (u) => chosenLine(u, view)],
      setCursor: [(u) => view.pointed(u)],
      setScale: [(u, key) => key === "x" && view.zoomed(u)],
    },
  };
}

function axisText(v, splits) {
  const step = splits.length > 1 ? splits[1] - splits[0] : 1;
  const digits = step < 0.01 ? 3 : step < 0.1 ? 2 : step < 1 ? 1 : 0;
  return (v < 0 ? "−" : v > 0 ? "+" : "") + Math.abs(v).toFixed(digits) + " s";
}

// backdrop shades the disruption, and has a line where a window or an act begins.
function backdrop(u, view, named) {
  const { ctx, bbox } = u;
  const p = view.palette;
  const at = (t) => u.valToPos(t, "x", true);
  const clip = (x) => Math.max(bbox.left, Math.min(bbox.left + bbox.width, x));
  ctx.save();
  ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textBaseline = "top";
  for (const w of view.model.windows) {
    const from = clip(at(w.from)), to = clip(w.to === Infinity ? bbox.left + bbox.width : at(w.to));
    if (w.name === "disruption") {
      ctx.fillStyle = p.window;
      ctx.fillRect(from, bbox.top, to - from, bbox.height);
    }
    const name = w.name === "warmup" ? "warm-up" : w.name;
    if (named && to - from > ctx.measureText(name).width + 8) {
      ctx.fillStyle = p.quiet;
      ctx.fillText(name, from + 4, bbox.top + 2);
    }
    line(u, view, w.from, p.quiet, [4, 4]);
  }
  for (const m of view.model.marks) line(u, view, m.at, p.ink, [1, 3]);
  ctx.restore();
}

// line is vertical, through the whole panel.
function line(u, view, t, colour, dash, width = 1) {
  const { ctx, bbox } = u;
  const x = u.valToPos(t, "x", true);
  if (x < bbox.left || x > bbox.left + bbox.width) return;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = width * devicePixelRatio;
  ctx.setLineDash(dash.map((d) => d * devicePixelRatio));
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}

function chosenLine(u, view) {
  if (view.chosen) line(u, view, view.chosen.at, view.palette.ink, [], 1.5);
}

function hitsPanel(view) {
  const c = view.counts;
  const shown = outcomes.filter((o) => c[o]);
  const bars = uPlot.paths.bars({ size: [1, Infinity], align: 1, gap: 0 });
  const stacks = [];
  let below = view.model.x.map(() => 0);
  for (const o of shown) {
    below = below.map((n, i) => n + c[o][i]);
    stacks.unshift({ outcome: o, values: below.map((n, i) => (c[o][i] ? n : null)) });
  }
  const most = Math.max(1, ...below);
  const opts = base(view, 130, { first: true, scale: { range: () => [0, most * 1.18] } }, {});
  opts.series = [{}, ...stacks.map((s) => ({ paths: bars, width: 0, points: { show: false }, fill: (u) => patterned(u.ctx, s.outcome, view.palette) }))];
  return [opts, [view.model.x, ...stacks.map((s) => s.values)]];
}

function latencyPanel(view) {
  const { p50, p99, max } = view.counts;
  const all = [...p50, ...max].filter((v) => v != null);
  const low = 10 ** Math.floor(Math.log10(Math.min(...all, 1000))), high = 10 ** Math.ceil(Math.log10(Math.max(...all, 1) * 1.05));
  const decades = [];
  for (let v = low; v <= high * 1.01; v *= 10) decades.push(v);
  const p = view.palette;
  const opts = base(view, 110, {
    scale: { distr: 3, range: () => [low, high] },
    splits: () => decades,
    values: (u, splits) => splits.map((v) => (v < 1000 ? v + " ms" : v / 1000 + " s")),
  }, {});
  opts.series = [
    {},
    { stroke: p.max, paths: () => null, points: { show: true, size: 4, width: 0, fill: p.max, stroke: p.max } },
    { stroke: p.p99, width: 1.5, dash: [5, 3], paths: uPlot.paths.stepped({ align: 1 }), points: { show: false } },
    { stroke: p.p50, width: 2, points: { show: false } },
  ];
  return [opts, [view.model.x, max, p99, p50]];
}

// lostPanel has a row per cause and a stroke per hit.
function lostPanel(view) {
  const hits = view.hits();
  const rows = [...new Set(hits.map(rowName))].sort();
  const n = Math.max(1, rows.length);
  const opts = base(view, 12 + n * 20, {
    rows: true,
    scale: { range: () => [0, n] },
    splits: () => rows.map((_, i) => n - i - 0.5),
    values: (u) => rows.map((r) => fitted(u, `${r} ${number(hits.filter((h) => rowName(h) === r).length)}`, view.gutter)),
  }, { draw: [(u) => strokes(u, view, hits, rows)] });
  opts.series = [{}, { show: false }];
  return [opts, [view.model.x, view.model.x.map(() => null)]];
}

function rowName(h) {
  return (h.masked ? "masked " : "") + h.cause;
}

function strokes(u, view, hits, rows) {
  const { ctx, bbox } = u;
  const high = bbox.height / Math.max(1, rows.length);
  ctx.save();
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.globalAlpha = hits.length > 400 ? 0.7 : 1;
  for (const masked of [false, true]) {
    ctx.strokeStyle = masked ? view.palette.masked : view.palette.dropped;
    ctx.beginPath();
    for (const h of hits) {
      const x = u.valToPos(h.at, "x", true);
      if (h.masked !== masked || x < bbox.left || x > bbox.left + bbox.width) continue;
      const top = bbox.top + rows.indexOf(rowName(h)) * high;
      ctx.moveTo(x, top + high * 0.15);
      ctx.lineTo(x, top + high * 0.85);
    }
    ctx.stroke();
  }
  ctx.restore();
}

// fitted is text that keeps its end where it is too wide.
function fitted(u, text, gutter) {
  const { ctx } = u;
  ctx.save();
  ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
  const room = (gutter - 8) * devicePixelRatio;
  let cut = text;
  while (ctx.measureText(cut).width > room && text.length > 3) {
    text = text.slice(1);
    cut = "…" + text;
  }
  ctx.restore();
  return cut;
}
