/* A place's map: its marks over outlines that come with the dashboard, moved and enlarged by hand. */
"use strict";

(() => {
  const lapse = window.dtLapse;
  const { make } = lapse;
  const ROUND = 40075017; // metres around the equator, which are the map's width at no enlargement
  const CLOSE = 44; // pixels; marks that are closer are told together
  const FINE = 40e3; // metres from edge to edge; within so few the outlines say little
  let scene = null;
  let outlines = null; // asked for once
  let seen = { place: null }; // the middle, and how many pixels the whole world would have
  let parts = null;

  /* the projection of Mercator: the world as a square of size 1 */
  const eastOf = (degrees) => degrees / 360 + 0.5;
  const southOf = (degrees) => {
    const sine = Math.sin(Math.max(-85, Math.min(85, degrees)) * Math.PI / 180);
    return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
  };
  const latitudeAt = (y) => Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180 / Math.PI;
  const longitudeAt = (x) => (((x - 0.5) * 360 + 180) % 360 + 360) % 360 - 180;
  const metres = () => ROUND * Math.cos(latitudeAt(seen.y) * Math.PI / 180) / seen.size; // of a pixel

  /* places on both sides of the antimeridian stand side by side: the widest gap is behind them */
  function laid(marks) {
    const spots = marks.map((mark) => ({ marks: [mark], x: eastOf(mark.x), y: southOf(mark.y) })).sort((a, b) => a.x - b.x);
    let [gap, from] = [spots.length ? spots[0].x + 1 - spots.at(-1).x : 1, 0];
    for (let i = 1; i < spots.length; i += 1) if (spots[i].x - spots[i - 1].x > gap) [gap, from] = [spots[i].x - spots[i - 1].x, i];
    for (const spot of spots.slice(0, from)) spot.x += 1;
    return spots;
  }
  const known = () => scene.marks.filter((mark) => mark.x !== null);

  const KEYS = { ArrowLeft: () => shift(-60, 0), ArrowRight: () => shift(60, 0), ArrowUp: () => shift(0, -60), ArrowDown: () => shift(0, 60),
    "+": () => enlarge(2), "=": () => enlarge(2), "-": () => enlarge(0.5), 0: () => fit() };

  function build(given) {
    scene = given;
    if (!known().length) return [buildEmpty(), lapse.buildTime(), lapse.buildList("on the map")];
    const card = make("section", "dt-card pn-card", null, { "aria-label": "Map" });
    const view = make("div", "pn-view mp-view", null, { tabindex: "0", role: "group",
      "aria-label": "Map. Arrows move it, plus and minus enlarge it, 0 shows all." });
    const canvas = make("canvas", "", null, { "aria-hidden": "true" });
    const marks = make("div", "mp-marks");
    const bar = make("div", "mp-bar", null, { "aria-hidden": "true" });
    bar.append(make("i"), make("span"));
    const buttons = make("div", "btn-group-vertical mp-buttons", null, { role: "group", "aria-label": "View" });
    buttons.append(lapse.icon("plus", "Enlarge", "", () => enlarge(2)), lapse.icon("minus", "Reduce", "", () => enlarge(0.5)),
      lapse.icon("fit", "Show all", "", fit));
    view.append(canvas, marks, bar, buttons);
    const note = make("p", "dt-meta mp-note");
    card.append(view, note, lapse.buildLegend());
    parts = { view, canvas, marks, bar, note, spots: laid(known()) };
    new ResizeObserver(() => arrange()).observe(view);
    window.dtHands(view, { drag: (right, down) => shift(-right, -down), enlarge, keys: KEYS });
    lapse.onStep(paint);
    bringOutlines();
    return [card, lapse.buildTime(), lapse.buildList("on the map")];
  }
  function buildEmpty() {
    const card = make("section", "dt-card pn-card", null, { "aria-label": "Map" });
    const box = make("div", "dt-empty");
    const which = scene.place ? "this place, or places in it," : "places";
    box.append(make("h2", "", "Nothing to show on a map yet"), make("p", "", scene.may_edit
      ? `Give ${which} two coordinates: latitude and longitude, in degrees.`
      : `An editor can give ${which} a latitude and a longitude.`));
    if (scene.may_edit) {
      box.append(make("code", "mp-lines", "latitude: 40.6925\nlongitude: -74.1687"),
        make("a", "btn btn-primary", "Edit coordinates", { href: scene.place ? `/locations?open=${encodeURIComponent(scene.place)}` : "/locations" }));
    }
    card.append(box);
    return card;
  }

  /* what is seen: a middle, and a size of the whole world in pixels */
  function arrange() {
    const { view } = parts;
    if (!view.isConnected || !view.clientWidth) return;
    if (seen.place !== scene.place) fit();
    else draw();
  }
  function fit() {
    frame(parts.spots);
    seen.place = scene.place;
    draw();
  }
  function frame(spots) {
    const [xs, ys] = ["x", "y"].map((axis) => spots.map((spot) => spot[axis]));
    const [west, east, north, south] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    seen.x = (west + east) / 2;
    seen.y = (north + south) / 2;
    const { clientWidth: wide, clientHeight: high } = parts.view;
    const least = (east - west || south - north ? 4 : FINE) / ROUND; // alone, a place has its surroundings
    seen.size = Math.min((wide - 180) / Math.max(east - west, least), (high - 110) / Math.max(south - north, least));
    keep();
  }
  function keep() {
    seen.size = Math.max(Math.max(parts.view.clientWidth, 256), Math.min(seen.size, ROUND * 200));
    seen.y = Math.max(0.02, Math.min(0.98, seen.y));
  }
  function enlarge(times, at = [parts.view.clientWidth / 2, parts.view.clientHeight / 2]) {
    const [right, down] = [at[0] - parts.view.clientWidth / 2, at[1] - parts.view.clientHeight / 2];
    const before = seen.size;
    seen.size *= times;
    keep();
    seen.x += right / before - right / seen.size;
    seen.y += down / before - down / seen.size;
    draw();
  }
  function shift(right, down) {
    seen.x += right / seen.size;
    seen.y += down / seen.size;
    keep();
    draw();
  }
  const placed = (spot) => [parts.view.clientWidth / 2 + (spot.x - seen.x) * seen.size, parts.view.clientHeight / 2 + (spot.y - seen.y) * seen.size];

  let due = 0;
  function draw() {
    cancelAnimationFrame(due);
    due = requestAnimationFrame(() => { if (parts.view.isConnected) { drawGround(); drawBar(); drawMarks(); } });
  }

  /* the ground: land, borders, and a grid of degrees */
  async function bringOutlines() {
    outlines ||= fetch(lapse.site + document.getElementById("plan-room").dataset.outlines.slice(1)).then((answer) => {
      if (!answer.ok) throw new Error(`outlines: ${answer.status}`);
      return answer.json();
    }).then(unpacked);
    try {
      parts.ground = await outlines;
      draw();
    } catch {
      outlines = null; // the grid does without
    }
  }
  function unpacked({ parts: share, land, borders }) {
    const line = (steps) => {
      const found = new Float64Array(steps.length);
      let [x, y] = [0, 0];
      for (let i = 0; i < steps.length; i += 2) {
        [x, y] = [x + steps[i], y + steps[i + 1]];
        [found[i], found[i + 1]] = [eastOf(x / share), southOf(y / share)];
      }
      const xs = found.filter((_, i) => i % 2 === 0);
      const ys = found.filter((_, i) => i % 2);
      const edges = (of) => [of.reduce((a, b) => Math.min(a, b)), of.reduce((a, b) => Math.max(a, b))];
      return { found, x: edges(xs), y: edges(ys) };
    };
    return { land: land.map(line), borders: borders.map(line) };
  }
  function drawGround() {
    const { view, canvas, ground } = parts;
    const [wide, high, dense] = [view.clientWidth, view.clientHeight, window.devicePixelRatio || 1];
    if (canvas.width !== Math.round(wide * dense) || canvas.height !== Math.round(high * dense)) {
      canvas.width = Math.round(wide * dense);
      canvas.height = Math.round(high * dense);
    }
    const pen = canvas.getContext("2d");
    pen.setTransform(dense, 0, 0, dense, 0, 0);
    pen.fillStyle = lapse.style(ground ? "--dt-water" : "--dt-land");
    pen.fillRect(0, 0, wide, high);
    const path = (lines) => {
      pen.beginPath();
      for (const turn of [-1, 0, 1]) {
        for (const { found, x, y } of lines) {
          const edges = [[x[0] + turn, y[0]], [x[1] + turn, y[1]]].map(([e, s]) => placed({ x: e, y: s }));
          if (edges[1][0] < 0 || edges[0][0] > wide || edges[1][1] < 0 || edges[0][1] > high) continue;
          for (let i = 0; i < found.length; i += 2) {
            const [right, down] = placed({ x: found[i] + turn, y: found[i + 1] });
            if (i) pen.lineTo(right, down);
            else pen.moveTo(right, down);
          }
        }
      }
    };
    if (ground) {
      pen.lineWidth = 1;
      pen.strokeStyle = lapse.style("--dt-line-strong");
      pen.fillStyle = lapse.style("--dt-land");
      path(ground.land);
      pen.fill("evenodd");
      pen.stroke();
      path(ground.borders);
      pen.setLineDash([4, 3]);
      pen.stroke();
      pen.setLineDash([]);
    }
    drawGrid(pen, wide, high);
    parts.note.textContent = metres() * wide < FINE
      ? "So near, the outlines of land say little: they know about a kilometre. Grid and bar tell distances."
      : "Outlines: Natural Earth.";
  }
  const round = (least) => {
    const unit = 10 ** Math.floor(Math.log10(least));
    return [1, 2, 5, 10].map((times) => times * unit).find((each) => each >= least);
  };
  function drawGrid(pen, wide, high) {
    const every = Math.min(round(140 / seen.size * 360), 30);
    const digits = Math.max(0, Math.ceil(-Math.log10(every)));
    const [west, east] = [-wide / 2, wide / 2].map((right) => (seen.x + right / seen.size - 0.5) * 360);
    const [north, south] = [-high / 2, high / 2].map((down) => latitudeAt(seen.y + down / seen.size));
    pen.strokeStyle = lapse.style("--dt-line-strong");
    pen.fillStyle = lapse.style("--dt-ink-3");
    pen.globalAlpha = 0.55;
    pen.lineWidth = 1;
    pen.font = `11px ${getComputedStyle(document.body).fontFamily}`;
    const said = (degrees, [plus, minus]) => `${Math.abs(degrees).toFixed(digits)}\u00b0${degrees > 1e-9 ? plus : degrees < -1e-9 ? minus : ""}`;
    const lines = [];
    for (let i = Math.ceil(west / every); i * every <= east; i += 1) {
      const right = Math.round(placed({ x: eastOf(i * every), y: 0 })[0]) + 0.5;
      lines.push([right, 0, right, high, said(longitudeAt(eastOf(i * every)), "EW"), right + 4, high - 6]);
    }
    for (let i = Math.ceil(south / every); i * every <= north; i += 1) {
      const down = Math.round(placed({ x: 0, y: southOf(i * every) })[1]) + 0.5;
      lines.push([0, down, wide, down, said(i * every, "NS"), 6, down - 4]);
    }
    pen.beginPath();
    for (const [x, y, toX, toY] of lines) { pen.moveTo(x, y); pen.lineTo(toX, toY); }
    pen.stroke();
    pen.globalAlpha = 1;
    for (const [, , , , text, x, y] of lines) pen.fillText(text, x, y);
  }
  function drawBar() {
    const long = round(metres() * 60);
    parts.bar.firstChild.style.width = `${long / metres()}px`;
    parts.bar.lastChild.textContent = long >= 1000 ? `${long / 1000} km` : long >= 1 ? `${long} m` : `${long * 100} cm`;
  }

  /* marks; those that would cover each other are one, which opens them */
  function drawMarks() {
    const groups = [];
    for (const spot of parts.spots) {
      const at = placed(spot);
      const near = groups.find((group) => Math.hypot(group.at[0] - at[0], group.at[1] - at[1]) < CLOSE);
      if (near) near.spots.push(spot);
      else groups.push({ at, spots: [spot] });
    }
    const key = groups.map((group) => group.spots.map((spot) => spot.marks[0].name).join(" ")).join("\n");
    if (key !== parts.key) {
      parts.key = key;
      const had = parts.marks.contains(document.activeElement) ? document.activeElement.dataset.name : null;
      for (const mark of known()) mark.element = null;
      parts.groups = groups.map((group) => ({ ...group, element: group.spots.length > 1 ? buildGroup(group) : lapse.buildMark(group.spots[0].marks[0]) }));
      parts.marks.replaceChildren(...parts.groups.map((group) => group.element));
      if (had) parts.marks.querySelector(`[data-name="${CSS.escape(had)}"]`)?.focus();
      lapse.refocus();
      lapse.show(Number(document.getElementById("plan-room").dataset.step));
    } else groups.forEach((group, i) => { parts.groups[i].at = group.at; });
    for (const { at, element } of parts.groups) {
      element.style.left = `${at[0]}px`;
      element.style.top = `${at[1]}px`;
      element.classList.toggle("left", at[0] > parts.view.clientWidth * 0.7);
    }
  }
  function buildGroup({ spots }) {
    const element = make("button", "pn-mark mp-group", null, { type: "button", "data-kind": "group", "data-name": spots[0].marks[0].name });
    element.append(make("span", "pn-value", `${spots.length}`), make("span", "pn-name", `${spots.length} places`));
    element.addEventListener("click", () => { frame(spots); draw(); parts.view.focus(); });
    return element;
  }
  function paint() {
    if (!parts?.groups) return;
    const theme = lapse.style("--dt-land");
    if (parts.theme !== theme) { parts.theme = theme; draw(); }
    for (const { spots, element } of parts.groups) {
      if (spots.length < 2) continue;
      const values = spots.map((spot) => spot.marks[0].now.value).filter((value) => value !== null);
      const [low, high] = [Math.min(...values), Math.max(...values)];
      const colour = values.length ? lapse.colourOf(values.reduce((a, b) => a + b) / values.length) : null;
      element.firstChild.style.background = lapse.css(colour);
      element.firstChild.style.color = colour ? lapse.ink(colour) : "";
      const told = values.length ? `${lapse.printed(low)} to ${lapse.withUnit(high)}` : "no value";
      element.setAttribute("aria-label", `${spots.length} places close together, ${told}. Enlarge.`);
    }
  }

  lapse.views.map = { build };
})();
