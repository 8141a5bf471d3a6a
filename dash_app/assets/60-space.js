/* A place in three dimensions: boxes and points in their colours, turned and picked by hand. three.js comes with the first one. */
"use strict";

(() => {
  const lapse = window.dtLapse;
  const pins = window.dtPins;
  const { make } = lapse;
  const byId = (id) => document.getElementById(id);
  const FEW = 24; // so many have their values beside them; of more the one that is picked
  const CLOSE = 40; // pixels
  const TURN = Math.PI / 12;
  const KEYS_TOLD = "Arrows turn it, plus and minus enlarge it, 0 shows all, n and p pick the next and the one before.";
  const EMPTY = "M40 96L88 20L404 62L352 158Z M59 66L368 113 M73 43L387 85 M106 106L145 28 M178 118L208 36 M250 132L274 45 M303 145L340 53";
  const BOX = "M176 56L268 68L252 112L158 98Z M176 56V16M268 68V28M252 112V66M158 98V54M176 16L268 28L252 66L158 54Z";
  const UPLOAD = { path: "_shape", accept: ".glb,model/gltf-binary", large: "A shape may have at most 16 MiB." };
  let scene = null;
  let shape = null; // as it was kept last
  let editing = false;
  let stage = null; // asked for once; it has one canvas for as long as the dashboard is open, since browsers give few
  let brought = { digest: null }; // the shape that was asked for last
  let seen = { place: null };
  let parts = null;
  const placed = () => scene.marks.filter((mark) => mark.x !== null);
  const buildUpload = (text, kind) => pins.buildUpload(text, kind, { ...UPLOAD, place: scene.place });

  function build(given) {
    scene = given;
    if (editing && scene.others.length) scene.marks.push(...scene.others.splice(0));
    const list = lapse.buildList(shape ? "in the shape" : "in space", (mark) => editing && buildPinButton(mark));
    if (!placed().length && !shape) return [buildEmpty(), lapse.buildTime(), list];
    const card = make("section", "dt-card pn-card", null, { "aria-label": "3D" });
    if (!drawsSpace()) {
      const box = make("div", "dt-empty");
      box.append(make("h2", "", "This browser draws nothing in 3D"),
        make("p", "", "It has no WebGL 2, or it is switched off. The list has every value, at the time that the slider shows."));
      card.append(box, lapse.buildLegend());
      return [card, lapse.buildTime(), list];
    }
    const view = make("div", "pn-view sp-view", null, { tabindex: "0", role: "group", "aria-label": `3D. ${KEYS_TOLD}` });
    const labels = make("div", "mp-marks");
    const picked = make("div", "sp-picked", null, { role: "status" });
    const buttons = make("div", "btn-group sp-buttons", null, { role: "group", "aria-label": "View" });
    const south = make("button", "btn btn-light", "From the south", { type: "button" });
    south.addEventListener("click", fit);
    buttons.append(lapse.icon("left", "Turn left", "", () => turn(TURN, 0)), south, lapse.icon("right", "Turn right", "", () => turn(-TURN, 0)),
      lapse.icon("minus", "Reduce", "", () => enlarge(0.8)), lapse.icon("plus", "Enlarge", "", () => enlarge(1.25)));
    view.append(labels, picked, buttons);
    const note = make("p", "dt-meta mp-note");
    card.append(view, note, lapse.buildLegend());
    parts = { view, labels, picked, note, marks: placed(), pick: parts?.pick && scene.marks.find((mark) => mark.name === parts.pick.name) || null };
    if (parts.marks.length <= FEW) for (const mark of parts.marks) labels.append(lapse.buildMark(mark));
    for (const event of ["focusin", "pointerover"]) {
      list.addEventListener(event, ({ target }) => { const { mark } = target.closest("li") || {}; if (mark && !editing) choose(mark); });
    }
    list.addEventListener("click", ({ target }) => { const { mark } = target.closest("li") || {}; if (mark && editing && !target.closest("a, button")) choose(mark); });
    window.dtHands(view, { drag, enlarge, press, keys: KEYS });
    lapse.onStep(paint);
    start(parts);
    return [card, lapse.buildTime(), list];
  }
  function buildEmpty() {
    const card = make("section", "dt-card pn-card", null, { "aria-label": "3D" });
    const box = make("div", "dt-empty");
    const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    drawing.setAttribute("viewBox", "30 10 384 156");
    drawing.setAttribute("aria-hidden", "true");
    drawing.setAttribute("class", "sp-empty");
    for (const [d, kind] of [[EMPTY, "ground"], [BOX, "box"]]) {
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.setAttribute("d", d);
      path.setAttribute("class", kind);
      drawing.append(path);
    }
    box.append(drawing, make("h2", "", "Nothing to show in 3D yet"), make("p", "", scene.may_edit
      ? "Give places in it the coordinates x, y and z, in one unit of length: how far east, north and up. With a width, depth and height as well, a place is a box on that point. Or bring a shape, as .glb, and pin sensors in it."
      : "An editor can give places in it the coordinates x, y and z, or bring a shape."));
    if (scene.may_edit) {
      box.append(make("code", "mp-lines", "x: 4\ny: 2.5\nz: 0\nwidth: 2\ndepth: 1\nheight: 3"),
        make("a", "btn btn-primary", "Edit coordinates", { href: `/locations?within=${encodeURIComponent(scene.place)}` }), " ", buildUpload("Bring a shape", "btn btn-light"));
    }
    card.append(box);
    return card;
  }

  let able = null;
  function drawsSpace() {
    able ??= Boolean(document.createElement("canvas").getContext("webgl2"));
    return able;
  }
  async function start(mine) {
    mine.note.textContent = "Bringing what it takes to draw…";
    try {
      const address = new URL(lapse.site + byId("plan-room").dataset.three.slice(1), location.href);
      stage ||= import(address).then((three) => window.dtStage(three, lapse.style));
      mine.stage = await stage;
      mine.shape = await bringShape(mine.stage);
    } catch {
      stage = null;
      mine.note.textContent = "What it takes to draw this did not come. The list has every value.";
      return;
    }
    if (parts !== mine || !mine.view.isConnected) return;
    mine.view.prepend(mine.stage.canvas);
    const { every } = mine.stage.setOut(mine.marks, mine.shape);
    mine.ready = true;
    const unit = scene.length || (shape ? "m" : "");
    const wrong = shape && !mine.shape ? " The shape cannot be drawn; export it anew." : "";
    mine.note.textContent = `One square: ${Number(every.toPrecision(3))}${unit ? `\u00a0${unit}` : ""}. Drag to turn, with Shift to move; the wheel enlarges.${wrong}`;
    new ResizeObserver(arrange).observe(mine.view);
    paint();
  }
  async function bringShape(drawer) {
    if (!shape) return null;
    if (brought.digest === shape.digest) return brought.shape;
    const answer = await fetch(`${lapse.site}_shape?location=${encodeURIComponent(shape.location)}&v=${shape.digest}`);
    if (!answer.ok) throw new Error(`shape: ${answer.status}`);
    const found = await drawer.shapeOf(await answer.arrayBuffer()).catch(() => null);
    brought.shape?.traverse((thing) => { thing.geometry?.dispose(); });
    brought = { digest: shape.digest, shape: found };
    return found;
  }
  const size = () => [parts.view.clientWidth, parts.view.clientHeight];
  const ready = () => parts?.ready && parts.view.isConnected && parts.view.clientWidth > 0;
  function paint() {
    if (!ready()) return;
    parts.stage.paint();
    paintPicked();
    draw();
  }

  /* what somebody has picked: its name, its value, and the way to it */
  function choose(mark) {
    if (!ready() || parts.pick === mark) return;
    parts.pick = mark;
    paintPicked();
    draw();
  }
  function paintPicked() {
    const mark = parts.pick;
    parts.stage.choose(parts.marks.includes(mark) ? mark : null);
    parts.picked.hidden = !mark;
    if (!mark) return;
    const told = mark.now.value === null ? "no value" : `${lapse.withUnit(mark.now.value)}, ${lapse.word(mark.now)}`;
    parts.picked.replaceChildren(make("a", "", mark.title, { href: mark.href }), make("span", "", told));
    if (editing && mark.pinned) parts.picked.append(make("span", "dt-meta", "Press where it is, or move it by arrows and Page up, Page down."));
  }
  function press(at) {
    if (!ready()) return;
    const spot = editing && parts.pick?.pinned && parts.stage.pointAt(at, ...size());
    if (spot) place(parts.pick, spot);
    else choose(parts.stage.markAt(at, ...size()));
  }
  function next(way) {
    const { marks, pick } = parts;
    const from = marks.indexOf(pick);
    choose(marks[from < 0 ? (way > 0 ? 0 : marks.length - 1) : (from + way + marks.length) % marks.length]);
  }

  /* pinning to the shape: what is picked goes where somebody presses, or by keys */
  const collect = () => shape && {
    shape,
    pins: scene.marks.filter((mark) => mark.pinned).map((mark) => ({ [mark.kind]: mark.name, x: mark.x, y: mark.z, z: -mark.y })),
  };
  function place(mark, spot) {
    [mark.x, mark.y, mark.z] = spot.map((each) => Math.round(each * 1e4) / 1e4);
    parts.stage.setOut(parts.marks, parts.shape);
    paint();
    pins.later(collect);
  }
  function buildPinButton(mark) {
    const button = make("button", "btn btn-light btn-sm", mark.pinned ? "Take out" : "Put in",
      { type: "button", "aria-label": `${mark.pinned ? "Take out of the shape" : "Put into the shape"}: ${mark.title}` });
    button.addEventListener("click", () => {
      if (!ready()) return;
      mark.pinned = !mark.pinned;
      [mark.x, mark.y, mark.z] = mark.pinned ? parts.stage.middle() : [null, null, null];
      parts.pick = mark.pinned ? mark : null;
      lapse.rebuild();
      parts.view.focus();
      pins.later(collect);
    });
    button.disabled = mark.kind === "location" && mark.x !== null && !mark.pinned; // where it is its coordinates say
    return button;
  }
  function step(across, up) {
    const { pick } = parts;
    if (!editing || !pick?.pinned || !ready()) return false;
    const far = Math.max(...parts.stage.spans()) / 100;
    place(pick, [pick.x + across[0] * far, pick.y + across[1] * far, pick.z + up * far]);
    return true;
  }

  /* where one looks from: how far around, how high, how far away */
  function fit() {
    Object.assign(seen, { place: scene.place, around: -0.35, up: 0.6, across: [0, 0, 0], near: 1 });
    draw();
  }
  function turn(around, up) {
    seen.around += around;
    seen.up = Math.max(0.02, Math.min(Math.PI / 2 - 0.01, seen.up + up));
    draw();
  }
  function drag(right, down, { across }) {
    if (!across) return turn(-right / 150, down / 150);
    if (!ready()) return;
    const share = parts.stage.pixel();
    const [sine, cosine] = [Math.sin(seen.around), Math.cos(seen.around)];
    seen.across[0] += (-right * cosine - down * sine) * share;
    seen.across[1] += (-right * sine + down * cosine) * share;
    draw();
  }
  function enlarge(times) {
    seen.near = Math.max(0.2, Math.min(40, seen.near * times));
    draw();
  }
  const KEYS = {
    ArrowLeft: () => step([-1, 0], 0) || turn(TURN, 0), ArrowRight: () => step([1, 0], 0) || turn(-TURN, 0),
    ArrowUp: () => step([0, 1], 0) || turn(0, TURN / 2), ArrowDown: () => step([0, -1], 0) || turn(0, -TURN / 2),
    PageUp: () => step([0, 0], 1), PageDown: () => step([0, 0], -1),
    "+": () => enlarge(1.25), "=": () => enlarge(1.25), "-": () => enlarge(0.8), 0: fit, n: () => next(1), p: () => next(-1),
  };
  function arrange() {
    if (!ready()) return;
    if (seen.place !== scene.place) fit();
    else draw();
  }
  let due = 0;
  function draw() {
    cancelAnimationFrame(due);
    due = requestAnimationFrame(() => { if (ready() && seen.place) drawNow(); });
  }
  function drawNow() {
    parts.stage.look(seen, ...size());
    const taken = [];
    for (const mark of parts.marks) {
      if (!mark.element) continue;
      const [right, down, deep] = parts.stage.onScreen(mark, ...size());
      const free = deep < 1 && taken.every(([x, y]) => Math.hypot(x - right, y - down) >= CLOSE);
      if (free) taken.push([right, down]);
      mark.element.classList.toggle("d-none", !free);
      mark.element.style.left = `${right}px`;
      mark.element.style.top = `${down - 34}px`;
      mark.element.classList.toggle("left", right > parts.view.clientWidth * 0.75);
    }
    for (const { element } of parts.marks) { // a name that another label would cover stands back
      if (!element) continue;
      const [right, down] = [parseFloat(element.style.left), parseFloat(element.style.top) + 34];
      element.classList.toggle("bare", taken.some(([x, y]) => x > right && x < right + 150 && Math.abs(y - down) < 30));
    }
    parts.view.dataset.drawn = String(parts.marks.length);
  }

  lapse.views["3d"] = {
    build,
    tools: () => (scene.may_edit && shape && drawsSpace()
      ? [buildUpload("Change shape", "btn btn-light"), pins.buildEdit("Edit pins", editing, () => { editing = !editing; lapse.rebuild(); })] : []),
    editing: () => editing,
    kept: (given) => { if (given?.shape && given.shape.location === shape?.location) shape = given.shape; },
    take(given) { shape = given.shape; },
    leave() { editing = false; },
  };
})();
