/* A place's plan: marks with their values at a step of time, stepped through and pinned by hand. */
"use strict";

(() => {
  const nothing = () => window.dash_clientside.no_update;
  const setProps = (id, props) => window.dash_clientside.set_props(id, props);
  const byId = (id) => document.getElementById(id);
  const config = byId("_dash-config");
  const site = config ? JSON.parse(config.textContent).requests_pathname_prefix : "/";
  const PACE = 400;
  let scene = null;
  let plan = null; // the floor plan as it was kept last
  let at = 0;
  let playing = 0;
  let editing = false;
  let waiting = 0; // for more before it is sent
  let sending = false;
  let unsent = false;

  function make(tag, kind = "", text = null, given = {}) {
    const element = document.createElement(tag);
    if (kind) element.className = kind;
    if (text !== null) element.textContent = text;
    for (const [name, value] of Object.entries(given)) element.setAttribute(name, value);
    return element;
  }
  function go(change) {
    const to = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(change)) {
      if (value) to.set(name, value);
      else to.delete(name);
    }
    if (`?${to}` !== location.search) setProps("url", { search: `?${to}` });
  }

  /* numbers as dash_app/words.py prints them */
  function printed(value) {
    const text = value.toLocaleString("en-US", { minimumFractionDigits: scene.digits, maximumFractionDigits: scene.digits });
    return /[1-9]/.test(text) ? text.replace("-", "\u2212") : text.replace("-", "");
  }
  const withUnit = (value) => printed(value) + (scene.unit ? `\u00a0${scene.unit}` : "");

  /* colours: light to dark over the scale of all steps */
  let scale = [];
  function readColours() {
    const style = getComputedStyle(document.documentElement);
    scale = [0, 1, 2, 3, 4, 5].map((i) => {
      const hex = style.getPropertyValue(`--dt-q${i}`).trim();
      return [1, 3, 5].map((from) => parseInt(hex.slice(from, from + 2), 16));
    });
  }
  function colourOf(value) {
    const share = Math.max(0, Math.min(4.999, ((value - scene.low) / (scene.high - scene.low)) * 5));
    const [from, part] = [Math.floor(share), share % 1];
    return scale[from].map((c, i) => Math.round(c * (1 - part) + scale[from + 1][i] * part));
  }
  const lightness = ([r, g, b]) => [r, g, b].map((c) => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; })
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);

  /* what a mark says at a step: measured, forecast, or what was measured last */
  function said(mark, step) {
    const measured = mark.measured[step];
    if (measured !== null && measured !== undefined) return { value: measured, kind: "measured" };
    if (step > scene.now || mark.predicted[step] != null && step >= scene.now) {
      const value = mark.predicted[step];
      if (value != null) return { value, kind: "forecast", low: mark.lower[step], high: mark.upper[step] };
      for (let back = Math.min(step, scene.now); back >= 0; back -= 1) {
        if (mark.measured[back] != null) return { value: mark.measured[back], kind: "last", from: back };
      }
    }
    return { value: null, kind: "none" };
  }
  const WORDS = { measured: "measured", forecast: "forecast", last: "last measured", none: "no value" };
  function sentence(mark, now) {
    return now.value === null ? `${mark.title}, no value` : `${mark.title}, ${withUnit(now.value)}, ${WORDS[now.kind]}`;
  }

  function build() {
    const room = byId("plan-room");
    if (!room || !scene) return;
    const had = standing(room);
    room.replaceChildren(buildPlan(), buildTime(), buildList());
    buildTools();
    show(at);
    if (had) room.querySelector(had)?.focus();
  }

  /* on what the keyboard stands, so that it stands there again */
  function standing(room) {
    const element = room.contains(document.activeElement) && document.activeElement;
    if (!element) return "";
    if (element.dataset.name) return `.pn-mark[data-name="${CSS.escape(element.dataset.name)}"]`;
    return element.matches(".pn-slider") ? ".pn-slider" : element.matches(".pn-play") ? ".pn-play" : "";
  }

  function buildPlan() {
    const card = make("section", "dt-card pn-card", null, { "aria-label": "Plan" });
    if (!plan) return fillEmpty(card);
    const sheet = make("div", "pn-sheet");
    sheet.style.aspectRatio = `${plan.width} / ${plan.height}`;
    sheet.style.maxWidth = `calc(70vh * ${plan.width / plan.height})`;
    const src = `${site}_floor-plan?location=${encodeURIComponent(plan.location)}&v=${plan.digest}`;
    sheet.append(make("img", "", null, { src, alt: "", draggable: "false" }));
    for (const mark of scene.marks) if (mark.x !== null) sheet.append(buildMark(mark));
    card.append(sheet, buildLegend());
    return card;
  }
  function fillEmpty(card) {
    const box = make("div", "dt-empty");
    box.append(make("h2", "", "No plan yet"), make("p", "", scene.may_edit
      ? "Bring a picture of this place, as PNG, JPEG or SVG, and pin its sensors to it."
      : "An editor can bring a picture of this place and pin its sensors to it."));
    if (scene.may_edit) box.append(buildUpload("Bring a picture", "btn btn-primary"));
    card.append(box);
    return card;
  }
  function buildMark(mark) {
    const element = editing ? make("button", "pn-mark", null, { type: "button" }) : make("a", "pn-mark", null, { href: mark.href });
    element.dataset.kind = mark.kind;
    element.dataset.name = mark.name;
    element.append(make("span", "pn-value"), make("span", "pn-name", mark.title));
    element.mark = mark;
    mark.element = element;
    put(mark);
    return element;
  }
  function put(mark) {
    mark.element.style.left = `${mark.x * 100}%`;
    mark.element.style.top = `${mark.y * 100}%`;
    mark.element.classList.toggle("left", mark.x > 0.8);
  }
  function buildLegend() {
    const legend = make("div", "pn-legend");
    const unit = scene.unit ? `, ${scene.unit}` : "";
    const ticks = make("div", "pn-ticks");
    for (let i = 0; i <= 5; i += 1) ticks.append(make("span", "", printed(scene.low + (scene.high - scene.low) * i / 5)));
    legend.append(make("span", "dt-label", scene.measure + unit), make("div", "pn-scale"), ticks,
      make("span", "dt-meta", "Dashed: forecast. Open: last measured."));
    legend.hidden = !scene.times.length;
    return legend;
  }

  function buildTime() {
    const card = make("section", "dt-card pn-time", null, { "aria-label": "Time" });
    if (!scene.times.length) {
      card.append(make("p", "dt-meta mb-0", "Nothing is measured here yet."));
      return card;
    }
    const button = make("button", "btn btn-light btn-icon pn-play", null, { type: "button", "aria-label": "Play" });
    button.append(make("span", "dt-icon i-play", null, { "aria-hidden": "true" }));
    const shown = make("div", "pn-shown");
    shown.append(make("div", "dt-label", "Shown"), make("b", "pn-when"), make("span", "dt-chip pn-kind"));
    const slider = make("input", "form-range pn-slider", null,
      { type: "range", min: 0, max: scene.times.length - 1, value: at, "aria-label": "Time that is shown" });
    const track = make("div", "pn-track");
    const now = make("button", "pn-now", "Now", { type: "button" });
    now.style.left = `${(scene.now / Math.max(scene.times.length - 1, 1)) * 100}%`;
    track.append(slider, now);
    slider.addEventListener("input", () => { stop(); show(Number(slider.value)); });
    slider.addEventListener("change", () => remember());
    button.addEventListener("click", () => (playing ? stop() : play()));
    now.addEventListener("click", () => { stop(); show(scene.now); remember(); });
    card.append(button, shown, track);
    return card;
  }
  function buildList() {
    const card = make("section", "dt-card pn-list", null, { "aria-label": "Values" });
    const list = make("ul", "pl-series");
    for (const mark of scene.marks) {
      const line = make("li");
      const name = make("span", "pl-which");
      const rest = [mark.kind === "sensor" ? mark.name : `${mark.of} ${mark.of === 1 ? "sensor" : "sensors"}`];
      if (plan && mark.x === null) rest.push("not on the plan");
      name.append(make("a", "", mark.title, { href: mark.href }), make("span", "dt-faint", rest.join(" · ")));
      const last = make("span", "pl-last");
      last.append(make("b"), make("span", "dt-faint"));
      const dot = make("i", "pn-dot");
      line.append(dot, name, last);
      if (editing) line.append(buildPinButton(mark));
      mark.line = { dot, value: last.firstChild, told: last.lastChild };
      list.append(line);
    }
    card.append(list);
    return card;
  }

  function show(step) {
    at = Math.max(0, Math.min(step, Math.max(scene.times.length - 1, 0)));
    const slider = document.querySelector(".pn-slider");
    if (slider) {
      slider.value = at;
      slider.setAttribute("aria-valuetext", scene.labels[at]);
      document.querySelector(".pn-when").textContent = scene.labels[at];
      const kind = document.querySelector(".pn-kind");
      kind.textContent = at > scene.now ? "Forecast" : at === scene.now ? "Now" : "Measured";
      kind.classList.toggle("accent", at > scene.now);
    }
    for (const mark of scene.marks) showMark(mark, said(mark, at));
    byId("plan-room").dataset.step = at;
  }
  function showMark(mark, now) {
    const colour = now.value === null ? null : colourOf(now.value);
    const css = colour ? `rgb(${colour.join(",")})` : "";
    if (mark.line) {
      mark.line.dot.style.background = now.kind === "last" ? "" : css;
      mark.line.dot.className = `pn-dot ${now.kind}`;
      mark.line.value.textContent = now.value === null ? "\u2013" : withUnit(now.value);
      mark.line.told.textContent = now.kind === "forecast" && now.low != null
        ? `${printed(now.low)} to ${printed(now.high)}` : now.value === null ? "no value" : WORDS[now.kind];
    }
    if (!mark.element) return;
    const value = mark.element.firstChild;
    mark.element.classList.remove("measured", "forecast", "last", "none");
    mark.element.classList.add(now.kind);
    mark.element.setAttribute("aria-label", sentence(mark, now));
    value.textContent = now.value === null ? "" : printed(now.value);
    value.style.background = now.kind === "last" ? "" : css;
    value.style.color = colour && now.kind !== "last" ? (lightness(colour) > 0.18 ? "#000" : "#fff") : "";
  }

  function play() {
    if (at >= scene.times.length - 1) show(0);
    const button = document.querySelector(".pn-play");
    button.setAttribute("aria-label", "Pause");
    button.classList.add("on");
    playing = setInterval(() => {
      if (!scene || !byId("plan-room") || at >= scene.times.length - 1) return stop();
      show(at + 1);
    }, PACE);
  }
  function stop() {
    if (!playing) return;
    clearInterval(playing);
    playing = 0;
    const button = document.querySelector(".pn-play");
    button?.setAttribute("aria-label", "Play");
    button?.classList.remove("on");
    if (scene && byId("plan-room")) remember();
  }
  const remember = () => go({ t: at === scene.now ? "" : scene.times[at] });

  /* bringing a picture */
  function buildUpload(text, kind) {
    const label = make("label", kind);
    const input = make("input", "visually-hidden", null, { type: "file", accept: "image/png,image/jpeg,image/svg+xml" });
    input.addEventListener("change", () => { if (input.files[0]) bring(input.files[0], label); });
    label.append(make("span", "", text), input);
    return label;
  }
  async function bring(file, label) {
    const told = byId("plan-told");
    told.textContent = "";
    label.classList.add("disabled");
    const token = /(?:^|; )_csrf_token=([^;]*)/.exec(document.cookie)?.[1] || "";
    try {
      const answer = await fetch(`${site}_floor-plan?location=${encodeURIComponent(scene.place)}`,
        { method: "POST", body: file, headers: { "X-CSRFToken": decodeURIComponent(token), "Content-Type": "application/octet-stream" } });
      if (answer.status === 401) location.reload();
      else if (answer.ok) setProps("plan-refresh", { data: Date.now() });
      else told.textContent = answer.status === 413 ? "A picture may have at most 8 MiB." : await answer.text();
    } catch {
      told.textContent = "The dashboard does not answer. Try again in a minute.";
    } finally {
      label.classList.remove("disabled");
    }
  }
  function buildTools() {
    const room = byId("plan-tools");
    room.replaceChildren();
    if (!scene.may_edit || !plan) return;
    const edit = make("button", `btn btn-light pn-edit${editing ? " active" : ""}`, editing ? "Done" : "Edit plan",
      { type: "button", "aria-pressed": String(editing) });
    edit.addEventListener("click", () => { editing = !editing; flush(); build(); });
    room.append(buildUpload("Change picture", "btn btn-light"), edit);
  }

  /* pinning: by the mouse, by a finger, by the arrows */
  function buildPinButton(mark) {
    const there = mark.x !== null;
    const button = make("button", "btn btn-light btn-sm", there ? "Take off" : "Put on",
      { type: "button", "aria-label": `${there ? "Take off" : "Put on the plan"}: ${mark.title}` });
    button.addEventListener("click", () => {
      [mark.x, mark.y] = there ? [null, null] : [0.5, 0.5];
      build();
      mark.element?.focus();
      later();
    });
    return button;
  }
  function move(mark, x, y) {
    const within = (share) => Math.round(Math.max(0, Math.min(1, share)) * 1e4) / 1e4;
    [mark.x, mark.y] = [within(x), within(y)];
    put(mark);
  }
  document.addEventListener("pointerdown", (event) => {
    const element = editing && event.target.closest?.(".pn-mark");
    if (!element) return;
    const box = element.parentElement.getBoundingClientRect();
    const from = [event.clientX - element.mark.x * box.width, event.clientY - element.mark.y * box.height];
    let moved = false;
    const drag = (to) => {
      moved = true;
      move(element.mark, (to.clientX - from[0]) / box.width, (to.clientY - from[1]) / box.height);
    };
    const end = () => {
      element.removeEventListener("pointermove", drag);
      element.removeEventListener("pointerup", end);
      element.removeEventListener("pointercancel", end);
      if (moved) later();
    };
    element.setPointerCapture(event.pointerId);
    element.addEventListener("pointermove", drag);
    element.addEventListener("pointerup", end);
    element.addEventListener("pointercancel", end);
  });
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  document.addEventListener("keydown", (event) => {
    const element = editing && event.target.closest?.(".pn-mark");
    const arrow = element && ARROWS[event.key];
    if (!arrow) return;
    event.preventDefault();
    const far = event.shiftKey ? 0.002 : 0.01;
    move(element.mark, element.mark.x + arrow[0] * far, element.mark.y + arrow[1] * far);
    later();
  });
  function later() {
    clearTimeout(waiting);
    waiting = setTimeout(flush, 300);
    unsent = true;
  }
  function flush() {
    clearTimeout(waiting);
    if (!unsent || sending || !plan) return;
    unsent = false;
    sending = true;
    const pins = scene.marks.filter((mark) => mark.x !== null)
      .map((mark) => ({ [mark.kind]: mark.name, x: mark.x, y: mark.y }));
    setProps("plan-pins", { data: { plan, pins, asked: Date.now() } });
    setTimeout(() => { if (sending) { sending = false; setProps("plan-refresh", { data: Date.now() }); } }, 10000);
  }

  const news = window.dtNews("readings", "runs", "registry");
  let drawn = "";
  window.dash_clientside.plan = {
    /* what the server is asked for; the step that is seen is ours alone */
    compose(search, changes, _retried, refresh, here) {
      if (!here) { stop(); scene = null; drawn = ""; editing = false; return nothing(); }
      if (!news.draws(changes, () => editing || playing)) return nothing();
      const given = new URLSearchParams(search || "");
      given.delete("t");
      const wanted = `${given} ${news.of(changes)} ${refresh} ${_retried}`;
      if (wanted === drawn && byId("plan-room")?.childElementCount) return nothing();
      drawn = wanted;
      return { search: search || "", version: refresh ? `${changes?.tag}-${refresh}` : changes?.tag ?? null, asked: Date.now() };
    },

    /* somebody has chosen; what the server fills in is no choice */
    look(measure, range, shown) {
      if (shown && measure && (measure !== shown.key || range !== shown.range)) go({ m: measure, r: range });
      return nothing();
    },

    /* what was asked for has come, or what was pinned is kept */
    draw(fetched, kept) {
      const causes = window.dash_clientside.callback_context.triggered;
      if (causes.some((cause) => cause.prop_id.startsWith("plan-kept"))) {
        sending = false;
        if (kept && plan && kept.plan.location === plan.location) plan = kept.plan;
        flush();
        return nothing();
      }
      if (fetched && scene && fetched.place === scene.place && (unsent || sending)) {
        drawn = ""; // what was pinned is newer than this
        return nothing();
      }
      stop();
      scene = fetched;
      plan = fetched?.plan ?? null;
      sending = false;
      if (!scene) { byId("plan-room")?.replaceChildren(); byId("plan-tools")?.replaceChildren(); return nothing(); }
      readColours();
      const wanted = Date.parse(new URLSearchParams(location.search).get("t"));
      const found = scene.times.findIndex((time) => Date.parse(time) >= wanted);
      at = Number.isNaN(wanted) || found < 0 ? scene.now : found;
      build();
      return nothing();
    },
  };
  new MutationObserver(() => { if (scene && byId("plan-room")) { readColours(); show(at); } })
    .observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
})();
