// list: every dropped and every masked hit of a trial, one by one.
const pageSize = 100;

const knownBy = {
  answer: "by its answer",
  log: "by the pod's log",
  connection: "last answered on the connection",
  "": "",
};

class List {
  constructor(view) {
    this.view = view;
    this.page = 0;
    this.filter = { stream: "", cause: "" };
    const n = view.model.lost.length;
    this.details = make("details", { class: "hits" }, make("summary", { text: `${number(n)} lost ${n === 1 ? "hit" : "hits"}, one by one` }));
    this.details.addEventListener("toggle", () => this.details.open && !this.table && this.build());
  }

  build() {
    const { model } = this.view;
    const select = (label, name, values) =>
      make("label", { text: label + " " },
        make("select", { onchange: (e) => { this.filter[name] = e.target.value; this.page = 0; this.fill(); } },
          make("option", { value: "", text: "all" }), ...values.map((v) => make("option", { value: v, text: v }))));
    const unique = (of) => [...new Set(model.lost.map(of))].sort();
    this.body = make("tbody");
    this.explained = model.lost.some((h) => h.why);
    const heads = ["scheduled", "ended after", "hit", "stream", "outcome", ...(this.explained ? ["why"] : []), "pod", "the pod was at"];
    this.table = make("table", { class: "hit-list" },
      make("caption", { text: `Times are from when ${model.zeroIs}. The pod was at: when the hit was scheduled → when it ended.` }),
      make("thead", {}, make("tr", {}, ...heads.map((h) => make("th", { scope: "col", text: h })))), this.body);
    this.status = make("span", { role: "status" });
    const turn = (by, text) => make("button", { type: "button", text, onclick: () => { this.page += by; this.fill(); } });
    this.back = turn(-1, "Previous 100");
    this.next = turn(1, "Next 100");
    this.details.append(
      make("div", { class: "tools" }, select("stream", "stream", unique((h) => h.streamName)), select("outcome", "cause", unique(rowName)), this.back, this.next, this.status),
      make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Lost hits" }, this.table));
    this.fill();
  }

  chosen() {
    const { stream, cause } = this.filter;
    return this.view.model.lost.filter((h) => (!stream || h.streamName === stream) && (!cause || rowName(h) === cause));
  }

  fill() {
    const hits = this.chosen();
    const from = this.page * pageSize, to = Math.min(from + pageSize, hits.length);
    this.body.replaceChildren(...hits.slice(from, to).map((h) => this.row(h)));
    this.back.disabled = from === 0;
    this.next.disabled = to === hits.length;
    this.status.textContent = hits.length ? `${number(from + 1)}–${number(to)} of ${number(hits.length)}` : "none";
  }

  row(h) {
    const cell = (text, kind) => make("td", { text, class: kind });
    const when = make("button", { type: "button", class: "moment", title: this.view.clock(h.at) + " · show it in the timeline", text: after(h.at), onclick: () => this.view.show(h) });
    const outcome = cell((h.masked ? "masked: " : "") + h.cause + (h.fault ? ` (asked for ${h.fault})` : "") + (h.by ? ` · answered by ${h.by}` : ""), h.masked ? "masked" : "dropped");
    const pod = h.pod
      ? make("td", {}, h.pod, make("span", { class: "quiet known", text: " " + (knownBy[h.known] ?? h.known) }))
      : cell("unknown", "quiet");
    return make("tr", { "data-hit": h.id, tabindex: "-1" }, make("td", {}, when), cell(h.end > h.at ? span(h.end - h.at) : "–"), cell(h.id), cell(h.streamName), outcome, this.explained && cell(h.why || "–"), pod, cell(this.at(h), "text"));
  }

  // at says where the hit's pod stood; of a hit whose pod is unknown, who was on the way out.
  at(h) {
    const { model } = this.view;
    const pod = h.pod && model.pods.find((p) => p.name === h.pod);
    if (pod) {
      const began = phaseAt(pod, h.at), ended = phaseAt(pod, h.end);
      const same = began.split(" +")[0];
      return began === ended ? began : `${began} → ${ended.startsWith(same + " +") ? ended.slice(same.length + 1) : ended}`;
    }
    const out = leaving(model, h.at, h.end);
    return out.length ? "on their way out then: " + out.map((p) => `${model.short(p.name)} (${phaseAt(p, h.at)})`).join(", ") : "no pod was on its way out";
  }

  // open shows the row of h and gives it the focus.
  open(h) {
    this.details.open = true;
    if (!this.table) this.build();
    if (!this.chosen().includes(h)) {
      this.filter = { stream: "", cause: "" };
      for (const s of this.details.querySelectorAll("select")) s.value = "";
    }
    this.page = Math.floor(this.chosen().indexOf(h) / pageSize);
    this.fill();
    const row = this.body.querySelector(`[data-hit="${CSS.escape(h.id)}"]`);
    row.focus();
    row.scrollIntoView({ block: "center" });
  }
}

// podTable is the lives as a table, for who does not see the picture.
function podTable(view) {
  const kinds = ["created", "ready", "deleted", "preStop", "SIGTERM", "endpoint not ready", "exited", "last new connection"];
  const shown = kinds.filter((k) => view.model.pods.some((p) => moment(p, k)));
  const text = (p, kind) => {
    const m = moment(p, kind);
    return m ? after(m.at) + (m.within >= 0.001 ? ` to ${after(m.at + m.within)}` : "") : "–";
  };
  const known = (n) => (n === undefined || n === null ? "–" : number(n));
  const rows = view.model.pods.map((p) =>
    make("tr", {}, make("th", { scope: "row", text: p.name }), make("td", { text: p.role }), make("td", { text: p.node || "–" }),
      ...shown.map((k) => make("td", { text: text(p, k) })), make("td", { class: "text", text: p.ending || "–" }),
      make("td", { text: known(p.answered) }), make("td", { text: known(p.late) })));
  const heads = ["pod", "role", "node", ...shown, "its end", "hits answered", "hits after its deletion"];
  return make("details", { class: "pods" }, make("summary", { text: "Pods' lives as a table" }),
    make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Pods' lives" },
      make("table", { class: "pod-table" }, make("caption", { text: `Seconds from when ${view.model.zeroIs}; – is unknown or did not happen.` }),
        make("thead", {}, make("tr", {}, ...heads.map((h) => make("th", { scope: "col", text: h })))), make("tbody", {}, ...rows))));
}
