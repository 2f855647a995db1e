// The treemap: squarified (Bruls, Huizing, van Wijk 2000), drawn anew for each level. Data is a tree [name, packed, plain, children, note].
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("sizes").textContent);
  const svg = document.getElementById("map");
  const path = document.getElementById("crumbs");
  const back = document.getElementById("back");
  const tip = document.getElementById("tip");
  let width = 1200, height = 560; // of the map, in pixels of the page: text keeps its size on a narrow screen
  const measure = () => {
    width = Math.max(280, Math.round(svg.getBoundingClientRect().width));
    height = Math.round(Math.min(560, Math.max(320, width * .8)));
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("height", height);
  };
  const NAME = 0, PACKED = 1, PLAIN = 2, CHILDREN = 3, NOTE = 4;
  let trail = [data];
  let column = PACKED;

  const show = bytes => {
    const units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let unit = 0;
    while (bytes >= 999.5 && unit < units.length - 1) { bytes /= 1024; unit++; }
    return (unit === 0 || bytes >= 99.95 ? bytes.toFixed(0) : bytes >= 9.995 ? bytes.toFixed(1) : bytes.toFixed(2)) + " " + units[unit];
  };
  const children = node => (node[CHILDREN] || []).filter(c => c[column] > 0).sort((a, b) => b[column] - a[column]);

  // rows along the shorter side, each as long as its rectangles get squarer
  const squarify = (nodes, x, y, w, h) => {
    const total = nodes.reduce((sum, n) => sum + n[column], 0);
    const areas = nodes.map(n => n[column] / total * w * h);
    const placed = [];
    let start = 0;
    while (start < nodes.length) {
      const side = Math.min(w, h);
      let end = start, sum = 0, worst = Infinity;
      while (end < nodes.length) {
        const next = sum + areas[end];
        const thick = next / side;
        const ratio = Math.max(thick * thick / areas[end], areas[start] / (thick * thick));
        if (ratio > worst) { break; }
        worst = ratio; sum = next; end++;
      }
      const thick = sum / side;
      let at = 0;
      for (let i = start; i < end; i++) {
        const long = areas[i] / thick;
        placed.push(w >= h ? [nodes[i], x, y + at, thick, long] : [nodes[i], x + at, y, long, thick]);
        at += long;
      }
      if (w >= h) { x += thick; w -= thick; } else { y += thick; h -= thick; }
      start = end;
    }
    return placed;
  };

  const element = (name, attributes, parent) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) { made.setAttribute(key, value); }
    parent.appendChild(made);
    return made;
  };
  const describe = (node, whole) =>
    `${node[NAME]}: ${show(node[PACKED])} packed${node[PLAIN] ? `, ${show(node[PLAIN])} plain` : ""}, ` +
    `${(100 * node[column] / whole).toFixed(1)} % of ${trail[trail.length - 1][NAME]}${node[NOTE] ? ` — ${node[NOTE]}` : ""}`;

  // text that does not fit its rectangle is cut, or left out
  const label = (text, kind, x, y, room, parent) => {
    const most = Math.floor(room / 7.2);
    if (most < 3) { return; }
    const made = element("text", { x, y, class: kind }, parent);
    made.textContent = text.length <= most ? text : text.slice(0, most - 1) + "…";
  };

  const draw = focus => {
    const node = trail[trail.length - 1];
    const nodes = children(node);
    const whole = nodes.reduce((sum, n) => sum + n[column], 0);
    measure();
    svg.replaceChildren();
    squarify(nodes, 0, 0, width, height).forEach(([child, x, y, w, h], i) => {
      const below = children(child);
      const canOpen = below.length > 0;
      const group = element("g", { role: canOpen ? "button" : "img", tabindex: i === 0 ? 0 : -1, "data-name": child[NAME], "aria-label": describe(child, whole) }, svg);
      const colour = trail.length === 1 ? i % 8 : colourOf(trail[1]);
      element("rect", { x, y, width: Math.max(0, w), height: Math.max(0, h), rx: 2, class: `c${colour}` }, group);
      if (w > 60 && h > 40 && canOpen) { // a hint of what is inside
        squarify(below.slice(0, 40), x + 3, y + 34, w - 6, h - 37).forEach(([inner, bx, by, bw, bh]) => {
          element("rect", { x: bx, y: by, width: Math.max(0, bw), height: Math.max(0, bh), class: `c${colour}`, "fill-opacity": .55, style: "stroke-width:1;pointer-events:none" }, group);
          if (bh > 18) { label(inner[NAME].slice(inner[NAME].lastIndexOf("/") + 1), "size", bx + 4, by + 14, bw - 6, group); }
        });
      }
      if (h > 17) { label(child[NAME], "name", x + 5, y + 14, w - 8, group); }
      if (h > 34) { label(show(child[column]), "size", x + 5, y + 29, w - 8, group); }
      const say = () => { tip.textContent = describe(child, whole); };
      group.addEventListener("mouseenter", say);
      group.addEventListener("focus", say);
      if (canOpen) { group.addEventListener("click", () => open(child)); }
    });
    crumbs();
    back.disabled = trail.length === 1;
    const first = [...svg.querySelectorAll("g[tabindex]")].find(g => g.dataset.name === focus) || svg.querySelector("g[tabindex]");
    tip.textContent = `${node[NAME]}: ${show(node[PACKED])} packed${node[PLAIN] ? `, ${show(node[PLAIN])} plain` : ""}`;
    if (focus !== undefined && first) { makeCurrent(first); }
  };
  const colourOf = part => Math.max(0, children(data).indexOf(part)) % 8;
  const open = node => { trail.push(node); draw(null); };
  const up = count => {
    if (trail.length === 1) { return; }
    const from = trail[count][NAME];
    trail = trail.slice(0, count);
    draw(from);
  };
  const crumbs = () => {
    path.replaceChildren();
    trail.forEach((node, i) => {
      const button = document.createElement("button");
      button.textContent = node[NAME];
      button.disabled = i === trail.length - 1;
      if (button.disabled) { button.setAttribute("aria-current", "location"); }
      button.addEventListener("click", () => up(i + 1));
      path.appendChild(button);
    });
  };
  const makeCurrent = group => {
    svg.querySelectorAll("g[tabindex]").forEach(g => g.setAttribute("tabindex", g === group ? 0 : -1));
    group.focus();
  };

  // one stop of the tab key; arrows move to the nearest rectangle in that direction
  svg.addEventListener("keydown", event => {
    const current = document.activeElement.closest ? document.activeElement.closest("g[tabindex]") : null;
    if (!current) { return; }
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      current.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    } else if (event.key === "Escape" || event.key === "Backspace") {
      event.preventDefault();
      up(trail.length - 1);
    } else if (event.key.startsWith("Arrow")) {
      event.preventDefault();
      const centre = g => { const b = g.firstChild.getBBox(); return [b.x + b.width / 2, b.y + b.height / 2]; };
      const [cx, cy] = centre(current);
      const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      let best = null, least = Infinity;
      svg.querySelectorAll("g[tabindex]").forEach(g => {
        const [x, y] = centre(g);
        const along = (x - cx) * dx + (y - cy) * dy;
        const aside = Math.abs((x - cx) * dy) + Math.abs((y - cy) * dx);
        if (along > 1 && along + 2 * aside < least) { least = along + 2 * aside; best = g; }
      });
      if (best) { makeCurrent(best); }
    }
  });
  back.addEventListener("click", () => up(trail.length - 1));
  document.querySelectorAll("button[data-column]").forEach(button => button.addEventListener("click", () => {
    column = button.dataset.column === "plain" ? PLAIN : PACKED;
    document.querySelectorAll("button[data-column]").forEach(b => b.setAttribute("aria-pressed", b === button));
    trail = [data];
    draw();
  }));
  addEventListener("resize", () => {
    if (Math.round(svg.getBoundingClientRect().width) !== width) { draw(); }
  });
  draw();
})();
