// timeline: one trial's panels, what is said under the pointer, and the tools.
let timelines = 0;

class Timeline {
  constructor(element, model) {
    this.element = element;
    this.model = model;
    this.key = "timeline-" + timelines++;
    this.stream = -1;
    this.range = this.usual();
    this.chosen = null;
    this.charts = [];
    this.list = new List(this);
    this.stage = make("div", { class: "stage", tabindex: "0", role: "group", "aria-label": this.label(), onkeydown: (e) => this.keyed(e) });
    this.readout = make("div", { class: "readout" });
    this.said = make("p", { class: "said", role: "status" });
    this.legend = make("p", { class: "legend" });
    element.append(this.tools(), this.stage, this.readout, this.said, this.legend);
    if (model.lost.length) element.append(this.list.details);
    if (model.pods.length) element.append(podTable(this));
    this.draw();
    this.watch = new ResizeObserver(() => requestAnimationFrame(() => this.fit()));
    this.watch.observe(element);
  }

  label() {
    const { lost, pods } = this.model;
    return `Timeline: ${number(lost.length)} lost hits, ${pods.length} pods. Arrow keys: lost hits one by one. Enter: its place in the list. Plus, minus, 0: zoom.`;
  }

  // usual is where something happened, with three seconds before and after it.
  usual() {
    const { lost, pods, windows, range } = this.model;
    const moments = lost.map((h) => h.at);
    for (const p of pods) {
      for (const m of p.moments) {
        if (m.kind === "deleted" || (m.kind === "exited" && p.takenAway)) moments.push(m.at);
      }
    }
    const disruption = windows.find((w) => w.name === "disruption");
    if (!moments.length && disruption) return this.bounded(disruption.from - 3, Math.min(disruption.to, range[1]) + 3);
    return moments.length ? this.bounded(moments.reduce((a, b) => Math.min(a, b)) - 3, moments.reduce((a, b) => Math.max(a, b)) + 3) : [...range];
  }

  bounded(from, to) {
    const [least, most] = this.model.range;
    const wide = Math.max(Math.min(to - from, most - least), Math.min(0.02, most - least));
    const start = Math.max(least, Math.min(from, most - wide));
    return [start, start + wide];
  }

  hits() {
    return this.model.lost.filter((h) => this.stream < 0 || h.stream === this.stream);
  }

  tools() {
    const button = (text, does, title) => make("button", { type: "button", text, title, onclick: does });
    const streams = this.model.bins.streams;
    const choose = make("select", { onchange: (e) => { this.stream = Number(e.target.value); this.draw(); } },
      make("option", { value: "-1", text: "all" }), ...streams.map((s, i) => make("option", { value: String(i), text: s.name })));
    const hits = this.model.lost.length ? [button("‹ lost hit", () => this.step(-1), "previous lost hit"), button("lost hit ›", () => this.step(1), "next lost hit")] : [];
    return make("div", { class: "tools" }, make("label", { text: "stream " }, choose), button("Whole trial", () => this.zoom(this.model.range)),
      button("What happened", () => this.zoom(this.usual())), button("−", () => this.scale(2), "zoom out"), button("+", () => this.scale(0.5), "zoom in"),
      button("◀", () => this.move(-0.5), "earlier"), button("▶", () => this.move(0.5), "later"), ...hits);
  }

  draw() {
    for (const c of this.charts) c.destroy();
    this.stage.replaceChildren();
    this.width = this.room();
    this.gutter = Math.min(150, Math.round(this.width * 0.24));
    this.palette = paletteOf(this.element);
    this.counts = countsOf(this.model, this.stream);
    this.charts = [];
    const panel = (title, [opts, data]) => {
      const at = make("div", { class: "panel", role: "img", "aria-label": title });
      this.stage.append(make("h5", { text: title }), at);
      this.charts.push(new uPlot(opts, data, at));
    };
    if (this.model.x.length) {
      panel(`Hits per ${span(this.model.width)}, by outcome`, hitsPanel(this));
      if (this.hits().length) {
        panel("Lost hits, each one", lostPanel(this));
        this.charts[this.charts.length - 1].over.addEventListener("click", () => this.near && this.choose(this.near, true));
      }
      panel("Latency of ok hits: p50, p99, max", latencyPanel(this));
    }
    panel("Pods", livesPanel(this));
    this.explain();
    this.zoom(this.range);
    this.tell(null);
  }

  explain() {
    const key = (kind, text) => make("span", { class: "key" }, make("i", { class: "swatch " + kind, "aria-hidden": "true" }), text);
    const shown = outcomes.filter((o) => this.counts[o]);
    const letters = Object.entries(signs).filter(([kind]) => this.model.pods.some((p) => moment(p, kind)));
    this.legend.replaceChildren(
      ...shown.map((o) => key(o, o)), key("p50", "p50"), key("p99", `p99 of ${(this.model.width * this.model.bins.coarse).toFixed(0)} s`), key("max", "max"),
      key("waiting", "not ready yet"), key("up", "running"), key("ending", "deleted, still running"), key("serving", "endpoint ready"),
      ...letters.map(([kind, letter]) => make("span", { class: "key" }, make("b", { text: letter }), " " + kind)),
      make("span", { class: "key", text: "dotted lines: the disruption acts, completes" + (this.model.preStop ? " · preStop: " + this.model.preStop : "") }));
  }

  // room is how wide the panels are: on paper as wide as a page of A4 or Letter.
  room() {
    return document.documentElement.classList.contains("printing") ? 640 : Math.max(280, Math.floor(this.element.clientWidth));
  }

  fit() {
    if (this.element.clientWidth && Math.abs(this.room() - this.width) > 1) this.draw();
  }

  zoom(range) {
    this.range = this.bounded(range[0], range[1]);
    this.zooming = true;
    for (const c of this.charts) c.setScale("x", { min: this.range[0], max: this.range[1] });
    this.zooming = false;
    this.tell(null);
  }

  // zoomed hears of a zoom in one chart.
  zoomed(u) {
    const { min, max } = u.scales.x;
    if (this.zooming || (Math.abs(min - this.range[0]) < 1e-9 && Math.abs(max - this.range[1]) < 1e-9)) return;
    queueMicrotask(() => this.zoom([min, max]));
  }

  scale(by) {
    const middle = this.chosen ? this.chosen.at : (this.range[0] + this.range[1]) / 2;
    const half = ((this.range[1] - this.range[0]) * by) / 2;
    this.zoom([middle - half, middle + half]);
  }

  move(by) {
    const step = (this.range[1] - this.range[0]) * by;
    this.zoom([this.range[0] + step, this.range[1] + step]);
  }

  keyed(e) {
    const does = {
      ArrowRight: () => this.step(1), ArrowLeft: () => this.step(-1), "+": () => this.scale(0.5), "=": () => this.scale(0.5), "-": () => this.scale(2),
      0: () => this.zoom(this.model.range), Enter: () => this.chosen && this.list.open(this.chosen),
    }[e.key];
    if (!does || e.target !== this.stage || e.ctrlKey || e.metaKey || e.altKey) return;
    e.preventDefault();
    does();
  }

  step(by) {
    const hits = this.hits();
    if (!hits.length) return;
    let i = this.chosen ? hits.indexOf(this.chosen) + by : hits.findIndex((h) => h.at >= this.range[0]);
    i = Math.max(0, Math.min(hits.length - 1, i));
    this.choose(hits[i], false);
  }

  // choose marks a hit, and with listed goes to its row.
  choose(h, listed) {
    this.chosen = h;
    if (h.at < this.range[0] || h.at > this.range[1]) {
      const half = (this.range[1] - this.range[0]) / 2;
      this.zoom([h.at - half, h.at + half]);
    }
    for (const c of this.charts) c.redraw(false);
    this.tell(h.at);
    this.say(h);
    if (listed) this.list.open(h);
  }

  // show is what a row of the list asks for.
  show(h) {
    if (this.stream >= 0 && h.stream !== this.stream) {
      this.stream = -1;
      this.element.querySelector("select").value = "-1";
      this.draw();
    }
    this.zoom([h.at - 1, h.at + 1]);
    this.choose(h, false);
    this.stage.focus();
    this.stage.scrollIntoView({ block: "nearest" });
  }

  say(h) {
    const went = h.pod ? `pod ${h.pod} (${this.list.at(h)})` : `pod unknown; ${this.list.at(h)}`;
    const text = `Hit ${h.id} of ${h.streamName}, ${h.masked ? "masked: " : ""}${h.cause}, scheduled ${after(h.at)}, ended after ${span(Math.max(0, h.end - h.at))}; ${went}.`;
    const link = make("button", { type: "button", text: "in the list", onclick: () => this.list.open(h) });
    this.said.replaceChildren(text + " ", link);
  }

  // pointed hears where the pointer is in one chart.
  pointed(u) {
    const { left } = u.cursor;
    if (left == null || left < 0) return;
    const t = u.posToVal(left, "x");
    const reach = ((this.range[1] - this.range[0]) * 6) / Math.max(1, u.over.clientWidth);
    this.near = null;
    for (const h of this.hits()) {
      const away = Math.abs(h.at - t);
      if (away <= reach && (!this.near || away < Math.abs(this.near.at - t))) this.near = h;
    }
    this.tell(t);
  }

  clock(t) {
    return new Date(this.model.began + t * 1000).toISOString().replace("T", " ").replace("Z", " UTC");
  }

  // tell says what there is at t.
  tell(t) {
    const { model, counts } = this;
    const part = (name, text) => make("span", { class: "part" }, make("b", { text: name + " " }), text);
    if (t === null) {
      const [from, to] = this.range, [least, most] = model.range;
      this.readout.replaceChildren(part("shown", `${after(from, 1)} to ${after(to, 1)} of ${after(least, 1)} to ${after(most, 1)}, from when ${model.zeroIs}`));
      return;
    }
    const i = Math.floor((t - model.x[0]) / model.width + 1e-9);
    const parts = [part(after(t), this.clock(t).slice(11))];
    for (const o of outcomes) if (counts[o] && counts[o][i]) parts.push(part(o, number(counts[o][i])));
    for (const l of ["p50", "p99", "max"]) if (counts[l][i] != null) parts.push(part(l, counts[l][i] + " ms"));
    const causes = {};
    for (const h of this.hits()) {
      if (h.at >= model.x[i] && h.at < model.x[i] + model.width) causes[rowName(h)] = (causes[rowName(h)] || 0) + 1;
    }
    for (const [name, n] of Object.entries(causes)) parts.push(part(name, n));
    for (const p of leaving(model, t, t)) parts.push(part(model.short(p.name), `${phaseAt(p, t)}, endpoint ${p.serving.some((s) => s.from <= t && t < s.to) ? "ready" : "not ready"}`));
    this.readout.replaceChildren(...parts);
  }
}
