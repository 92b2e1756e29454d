// palette: colours and patterns. The colours are the style sheet's; what matters
// has a shape, a pattern or a word as well.
function paletteOf(element) {
  const style = getComputedStyle(element);
  const colour = (name) => style.getPropertyValue("--" + name).trim();
  const p = {};
  for (const name of ["ink", "quiet", "rule", "paper", "ok", "masked", "dropped", "unresolved", "missed", "window", "waiting", "up", "ending", "serving", "p50", "p99", "max"]) {
    p[name] = colour(name);
  }
  return p;
}

const outcomes = ["ok", "masked", "dropped", "unresolved", "missed"]; // as they are stacked, from below

// patterned is a fill that is told apart without its colour.
function patterned(ctx, outcome, p) {
  if (outcome === "ok") return p.ok;
  const size = Math.round(6 * devicePixelRatio);
  const tile = document.createElement("canvas");
  tile.width = tile.height = size;
  const c = tile.getContext("2d");
  c.fillStyle = p[outcome];
  c.fillRect(0, 0, size, size);
  c.strokeStyle = c.fillStyle = p.paper;
  c.lineWidth = Math.max(1, size / 6);
  c.globalAlpha = 0.75;
  c.beginPath();
  if (outcome === "masked") {
    c.arc(size / 2, size / 2, size / 5, 0, 7);
    c.fill();
  } else if (outcome === "unresolved") {
    c.moveTo(0, size / 2);
    c.lineTo(size, size / 2);
    c.stroke();
  } else if (outcome === "missed") {
    c.rect(0, 0, size / 2, size / 2);
    c.fill();
  }
  return ctx.createPattern(tile, "repeat");
}

// make is a DOM element. Text is only ever set as text.
function make(tag, attributes, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name === "text") e.textContent = value;
    else if (name.startsWith("on")) e.addEventListener(name.slice(2), value);
    else if (value === true) e.setAttribute(name, "");
    else if (value !== false && value !== undefined) e.setAttribute(name, value);
  }
  e.append(...children.filter((c) => c));
  return e;
}

// after is a moment on the axis: "+1.234 s".
function after(s, digits = 3) {
  return (s < 0 ? "−" : "+") + Math.abs(s).toFixed(digits) + " s";
}

function span(s) {
  const ms = s * 1000;
  if (ms < 10) return ms.toFixed(1) + " ms";
  return ms < 1000 ? ms.toFixed(0) + " ms" : s.toFixed(s < 10 ? 2 : 1) + " s";
}

function number(n) {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}
