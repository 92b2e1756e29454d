// page: timelines are unpacked and drawn when they come into view.
const drawn = new Map();

async function drawIn(element) {
  if (drawn.has(element)) return drawn.get(element);
  const promise = unpack(element.dataset.drawing).then((model) => {
    element.replaceChildren();
    return new Timeline(element, model);
  });
  drawn.set(element, promise);
  promise.then((view) => { element.view = view; }, (err) => {
    element.replaceChildren(make("p", { class: "fault", text: "This timeline cannot be drawn: " + err.message + ". It takes a browser of 2023 or later." }));
  });
  return promise;
}

const nearby = new IntersectionObserver((entries) => {
  for (const e of entries) {
    if (!e.isIntersecting) continue;
    nearby.unobserve(e.target);
    drawIn(e.target);
  }
}, { rootMargin: "400px" });
for (const element of document.querySelectorAll("[data-drawing]")) nearby.observe(element);

// What the address names: a scenario, a trial or a hit, "scenario/trial/stream-number".
async function follow() {
  const id = decodeURIComponent(location.hash.slice(1));
  const hit = /^(.+)\/(\d+-\d+)$/.exec(id);
  const at = document.getElementById(hit ? hit[1] : id);
  if (!at) return;
  const trial = at.closest("details.trial") || at.querySelector("details.trial[open], details.trial");
  if (trial) trial.open = true;
  at.scrollIntoView();
  if (!hit || !trial) return;
  const view = await drawIn(trial.querySelector("[data-drawing]"));
  const lost = view.model.lost.find((h) => h.id === hit[2]);
  if (lost) view.choose(lost, true);
}
addEventListener("hashchange", follow);
if (location.hash) follow();

document.querySelector(".tools[hidden]").hidden = false;
document.addEventListener("click", async (e) => {
  const does = e.target.dataset && e.target.dataset.do;
  if (does === "print") {
    await ahead();
    print();
  } else if (does) {
    for (const d of document.querySelectorAll("details.trial")) d.open = does === "open-all";
  }
});

// Colours follow the system, and paper is white.
function redraw() {
  for (const element of drawn.keys()) if (element.view && element.clientWidth) element.view.draw();
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);

// What is open is printed, seen before or not: drawn ahead one by one while there is
// nothing else to do, since printing waits for nothing.
async function ahead() {
  for (const element of document.querySelectorAll("details.trial[open] [data-drawing]")) {
    await drawIn(element).catch(() => {});
    await new Promise((done) => (window.requestIdleCallback ? requestIdleCallback(done) : setTimeout(done, 50)));
  }
}
addEventListener("beforeprint", () => {
  document.documentElement.classList.add("printing");
  redraw();
});
addEventListener("afterprint", () => {
  document.documentElement.classList.remove("printing");
  redraw();
});
addEventListener("load", () => setTimeout(ahead, 500));
