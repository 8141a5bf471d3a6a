/* A place over time: what its plan, its map and its space share. Values at a step, colours, legend, slider, play, list. */
"use strict";

window.dtLapse = (() => {
  const setProps = (id, props) => window.dash_clientside.set_props(id, props);
  const byId = (id) => document.getElementById(id);
  const config = byId("_dash-config");
  const site = config ? JSON.parse(config.textContent).requests_pathname_prefix : "/";
  const PACE = 400;
  const LONG = 60; // lines; of more only those are laid out that are seen
  let scene = null;
  let at = 0;
  let playing = 0;
  let looks = []; // what of the page has to know of each step

  function make(tag, kind = "", text = null, given = {}) {
    const element = document.createElement(tag);
    if (kind) element.className = kind;
    if (text !== null) element.textContent = text;
    for (const [name, value] of Object.entries(given)) element.setAttribute(name, value);
    return element;
  }
  function icon(name, label, kind, act) {
    const button = make("button", `btn btn-light btn-icon ${kind}`, null, { type: "button", "aria-label": label });
    button.append(make("span", `dt-icon i-${name}`, null, { "aria-hidden": "true" }));
    button.addEventListener("click", act);
    return button;
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
  let form = null; // to make one for each number takes longer than all else of a step
  function printed(value) {
    const text = form.format(value);
    return /[1-9]/.test(text) ? text.replace("-", "\u2212") : text.replace("-", "");
  }
  const withUnit = (value) => printed(value) + (scene.unit ? `\u00a0${scene.unit}` : "");

  /* colours: light to dark over the scale of all steps */
  let scale = [];
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const parts = (hex) => [1, 3, 5].map((from) => parseInt(hex.slice(from, from + 2), 16));
  const readColours = () => { scale = [0, 1, 2, 3, 4, 5].map((i) => parts(style(`--dt-q${i}`))); };
  function colourOf(value) {
    const share = Math.max(0, Math.min(4.999, ((value - scene.low) / (scene.high - scene.low)) * 5));
    const [from, part] = [Math.floor(share), share % 1];
    return scale[from].map((c, i) => Math.round(c * (1 - part) + scale[from + 1][i] * part));
  }
  const lightness = ([r, g, b]) => [r, g, b].map((c) => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; })
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ink = (colour) => (lightness(colour) > 0.18 ? "#000" : "#fff");
  const css = (colour) => (colour ? `rgb(${colour.join(",")})` : "");

  /* what a mark says at a step: measured, forecast, or what was measured last */
  function said(mark, step) {
    const measured = mark.measured[step];
    if (measured !== null && measured !== undefined) return { value: measured, kind: "measured" };
    if (step >= scene.now) {
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

  /* a mark that is a link, or a button, with its value in a circle */
  function buildMark(mark, button = false) {
    const element = button ? make("button", "pn-mark", null, { type: "button" }) : make("a", "pn-mark", null, { href: mark.href });
    element.dataset.kind = mark.kind;
    element.dataset.name = mark.name;
    element.append(make("span", "pn-value"), make("span", "pn-name", mark.title));
    element.mark = mark;
    mark.element = element;
    return element;
  }
  /* a step touches what it changes and nothing else: hundreds of marks are laid out anew in one go */
  function say(element, text) {
    if (element.firstChild) element.firstChild.data = text;
    else element.append(text);
  }
  function kindOf(element, now) {
    if (element.kind === now.kind) return;
    if (element.kind) element.classList.remove(element.kind);
    element.classList.add(now.kind);
    element.kind = now.kind;
  }
  function paintMark(mark, now, colour) {
    const value = mark.element.firstChild;
    kindOf(mark.element, now);
    mark.element.setAttribute("aria-label", sentence(mark, now));
    say(value, now.value === null ? "" : printed(now.value));
    value.style.background = now.kind === "last" ? "" : css(colour);
    value.style.color = colour && now.kind !== "last" ? ink(colour) : "";
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
    const button = icon("play", "Play", "pn-play", () => (playing ? stop() : play()));
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
    now.addEventListener("click", () => { stop(); show(scene.now); remember(); });
    card.append(button, shown, track);
    return card;
  }

  /* every mark with its value; `beside` says what else stands in its line */
  function buildList(where, beside = () => null) {
    const card = make("section", "dt-card pn-list", null, { "aria-label": "Values" });
    const list = make("ul", "pl-series");
    for (const mark of scene.marks) {
      const line = make("li");
      line.mark = mark;
      const name = make("span", "pl-which");
      const rest = [mark.kind === "sensor" ? mark.name : `${mark.of} ${mark.of === 1 ? "sensor" : "sensors"}`];
      if (where && mark.x === null) rest.push(`not ${where}`);
      name.append(make("a", "", mark.title, { href: mark.href }), make("span", "dt-faint", rest.join(" · ")));
      const last = make("span", "pl-last");
      last.append(make("b"), make("span", "dt-faint"));
      const dot = make("i", "pn-dot");
      line.append(dot, name, last);
      const more = beside(mark);
      if (more) line.append(more);
      mark.line = { dot, value: last.firstChild, told: last.lastChild };
      list.append(line);
    }
    card.classList.toggle("long", scene.marks.length > LONG);
    card.append(list);
    return card;
  }
  function paintLine({ line: { dot, value, told } }, now, colour) {
    dot.style.background = now.kind === "last" ? "" : css(colour);
    kindOf(dot, now);
    say(value, now.value === null ? "\u2013" : withUnit(now.value));
    say(told, now.kind === "forecast" && now.low != null ? `${printed(now.low)} to ${printed(now.high)}` : WORDS[now.kind]);
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
    for (const mark of scene.marks) {
      const now = said(mark, at);
      mark.now = now;
      mark.colour = now.value === null ? null : colourOf(now.value);
      const key = `${now.kind} ${now.value} ${now.low} ${now.high} ${mark.colour}`;
      for (const [part, paint] of [[mark.line, paintLine], [mark.element, paintMark]]) {
        if (!part || part.key === key) continue;
        part.key = key;
        paint(mark, now, mark.colour);
      }
    }
    for (const look of looks) look();
    byId("plan-room").dataset.step = at;
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

  /* a scene is set out anew; its step is the one of the address, or now */
  function take(given) {
    stop();
    scene = given;
    looks = [];
    if (!scene) return;
    readColours();
    form = new Intl.NumberFormat("en-US", { minimumFractionDigits: scene.digits, maximumFractionDigits: scene.digits });
    const wanted = Date.parse(new URLSearchParams(location.search).get("t"));
    const found = scene.times.findIndex((time) => Date.parse(time) >= wanted);
    at = Number.isNaN(wanted) || found < 0 ? scene.now : found;
  }

  /* put parts into the page's room, and let the keyboard stand where it stood */
  function fill(parts) {
    const room = byId("plan-room");
    const had = standing(room);
    for (const mark of scene.marks) mark.element = mark.line = null;
    looks = [];
    room.replaceChildren(...parts());
    show(at);
    wanted = had;
    refocus();
  }
  let wanted = "";
  function refocus() {
    const found = wanted && byId("plan-room").querySelector(wanted);
    if (!found) return; // what is drawn later asks again
    wanted = "";
    found.focus();
  }
  function standing(room) {
    const element = room.contains(document.activeElement) && document.activeElement;
    if (!element) return "";
    if (element.dataset.name) return `.pn-mark[data-name="${CSS.escape(element.dataset.name)}"]`;
    return [".pn-slider", ".pn-play", ".pn-view"].find((each) => element.matches(each)) || "";
  }

  new MutationObserver(() => { if (scene && byId("plan-room")?.childElementCount) { readColours(); show(at); } })
    .observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });

  return {
    site, make, icon, go, setProps, style, css, ink, printed, withUnit, colourOf, sentence,
    buildMark, buildLegend, buildTime, buildList, take, fill, refocus, show, stop,
    word: (now) => WORDS[now.kind],
    onStep: (look) => looks.push(look),
    busy: () => Boolean(playing),
    views: {}, // by the name that the address has for them: each builds its parts
  };
})();
