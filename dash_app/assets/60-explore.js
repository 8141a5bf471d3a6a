/* Explore in the browser: what to ask the server for, zooming, the legend's switches, the link. */
"use strict";

(() => {
  const DEBOUNCE = 150;
  const STEPS = 400;
  const nothing = () => window.dash_clientside.no_update;
  const setProps = (id, props) => window.dash_clientside.set_props(id, props);
  let timer = 0;
  let stepped = 0; // when the wheel, fingers or keys moved the range last: they go on, a drag has ended
  let asked = Date.now();

  let seen = null;

  /* news is drawn at once, but never under the hand of somebody who drags */
  function isNews(changes) {
    if (!changes || (seen?.readings === changes.readings && seen?.runs === changes.runs)) return false;
    if (document.querySelector(".dragcover, .ex-card.busy")) {
      setTimeout(() => setProps("changes", { data: { ...changes } }), 2000);
      return false;
    }
    seen = changes;
    return true;
  }

  const hides = (trace, hidden) => (trace.meta?.switches || []).some((name) => hidden.includes(name));

  /* the search among the series is a plain field: one that is drawn again loses letters */
  function makeSearch() {
    const room = document.getElementById("explore-search-room");
    if (!room || room.firstChild) return;
    const input = document.createElement("input");
    Object.assign(input, { type: "search", placeholder: "Name, place or measure", autocomplete: "off", maxLength: 100 });
    let pause = 0;
    input.addEventListener("input", () => {
      clearTimeout(pause);
      pause = setTimeout(() => setProps("explore-search", { data: input.value }), 150);
    });
    room.append(input);
  }

  let memory = null; // what is drawn, as the server told

  /* heard from plotly.js itself: what Dash says of it comes later */
  function watchChart() {
    if (!document.getElementById("explore-graph")) return;
    const plot = document.querySelector("#explore-graph .js-plotly-plot");
    if (!plot?.on) setTimeout(watchChart, 50);
    if (!plot?.on || plot.dataset.watched) return;
    plot.dataset.watched = "yes";
    plot.on("plotly_relayout", (change) => zoom(change));
    plot.on("plotly_doubleclick", () => {
      clearTimeout(timer);
      setProps("explore-zoom", { data: { reset: Date.now() } });
    });
  }

  /* the wheel with Ctrl, two fingers, and keys: the range of the chart, in milliseconds */
  const plotOf = () => document.querySelector("#explore-stage:not([hidden]) .js-plotly-plot");
  const area = (plot) => plot.querySelector(".nsewdrag")?.getBoundingClientRect();
  const onAxis = (ms) => new Date(ms).toISOString().slice(0, 19);

  function rangeOf(plot) {
    if (document.querySelector("#explore-shown input:checked")?.value !== "chart") return null;
    const range = plot?._fullLayout?.xaxis?.range;
    return range && range.map((time) => Date.parse(`${String(time).replace(" ", "T").slice(0, 23)}Z`));
  }

  function zoomTo(plot, start, end) {
    if (end - start < 60000) return;
    const range = { "xaxis.range": [onAxis(start), onAxis(end)] };
    stepped = Date.now();
    window.Plotly.relayout(plot, range);
    zoom(range); // the chart may be so new that nobody listens to it yet
  }

  function zoomAt(plot, share, factor) {
    const range = rangeOf(plot);
    if (!range) return;
    const still = range[0] + share * (range[1] - range[0]);
    zoomTo(plot, still - (still - range[0]) * factor, still + (range[1] - still) * factor);
  }

  function panBy(plot, share) {
    const range = rangeOf(plot);
    if (!range) return;
    const step = share * (range[1] - range[0]);
    zoomTo(plot, range[0] + step, range[1] + step);
  }

  const shareAt = (box, x) => Math.min(Math.max((x - box.left) / box.width, 0), 1);

  function onWheel(event) {
    const plot = event.target.closest?.("#explore-graph") && plotOf();
    const box = plot && area(plot);
    if (!box) return;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      zoomAt(plot, shareAt(box, event.clientX), Math.exp(Math.max(-1, Math.min(1, event.deltaY / 300))));
    } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      panBy(plot, (event.deltaX || event.deltaY) / box.width);
    }
  }
  document.addEventListener("wheel", onWheel, { passive: false });

  let pinch = null;
  const middle = (touches) => (touches[0].clientX + touches[1].clientX) / 2;
  const spread = (touches) => Math.max(Math.hypot(touches[0].clientX - touches[1].clientX, touches[0].clientY - touches[1].clientY), 10);

  document.addEventListener("touchstart", (event) => {
    const plot = event.touches.length === 2 && event.target.closest?.("#explore-graph") && plotOf();
    const range = plot && rangeOf(plot);
    pinch = range ? { plot, range, box: area(plot), spread: spread(event.touches), middle: middle(event.touches) } : null;
    if (pinch) event.preventDefault();
  }, { passive: false, capture: true });
  document.addEventListener("touchmove", (event) => {
    if (!pinch || event.touches.length !== 2) return;
    event.preventDefault();
    event.stopPropagation();
    const { plot, range, box } = pinch;
    const factor = pinch.spread / spread(event.touches);
    const still = range[0] + shareAt(box, pinch.middle) * (range[1] - range[0]);
    const start = still - shareAt(box, middle(event.touches)) * (range[1] - range[0]) * factor;
    zoomTo(plot, start, start + (range[1] - range[0]) * factor);
  }, { passive: false, capture: true });
  document.addEventListener("touchend", () => { pinch = null; }, { capture: true });

  document.addEventListener("keydown", (event) => {
    const plot = event.target.id === "explore-stage" && plotOf();
    if (!plot || event.ctrlKey || event.metaKey || event.altKey) return;
    const acts = {
      "+": () => zoomAt(plot, 0.5, 0.5), "-": () => zoomAt(plot, 0.5, 2),
      ArrowLeft: () => panBy(plot, -0.25), ArrowRight: () => panBy(plot, 0.25),
      0: () => setProps("explore-zoom", { data: { reset: Date.now() } }),
    };
    if (!acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  });

  function switched(hidden, name, only, names) {
    if (only) {
      const others = names.filter((other) => other !== name && !["forecast", "bands", "range", "earlier"].includes(other));
      const isolated = others.length && others.every((other) => hidden.includes(other)) && !hidden.includes(name);
      return isolated ? [] : others;
    }
    return hidden.includes(name) ? hidden.filter((other) => other !== name) : [...hidden, name];
  }

  function onSwitch(event) {
    const button = event.target.closest?.(".ex-switch");
    if (!button) return;
    const legend = [...button.parentElement.querySelectorAll(".ex-switch")];
    const hidden = legend.filter((other) => other.getAttribute("aria-pressed") === "false").map((other) => other.dataset.group);
    const next = switched(hidden, button.dataset.group, event.type === "dblclick", legend.map((other) => other.dataset.group));
    for (const other of legend) other.setAttribute("aria-pressed", String(!next.includes(other.dataset.group)));
    setProps("explore-hidden", { data: next });
  }
  document.addEventListener("click", onSwitch);
  document.addEventListener("dblclick", onSwitch);

  /* pictures of the chart, with its legend and what it is about */
  const SOLID = ["measured", "forecast", "earlier", "state", "scatter", "shares"];
  async function savePicture(format) {
    const plot = plotOf();
    if (!plot) return;
    const names = new Set();
    const data = plot.data.map((trace) => {
      const name = trace.meta?.kind === "earlier" || trace.meta?.kind === "forecast" ? trace.name : trace.name || trace.meta?.series;
      const told = SOLID.includes(trace.meta?.kind) && trace.visible !== false && !names.has(name);
      if (told) names.add(name);
      return { ...trace, showlegend: told };
    });
    const height = (plot.layout.height || 460) + 110;
    const layout = {
      ...plot.layout, width: 1400, height, showlegend: true,
      legend: { orientation: "h", yref: "container", y: 0.01, yanchor: "bottom" },
      title: { text: `${document.title.split(" · ")[0]}<br><sup>${document.getElementById("explore-span").textContent}. ${document.getElementById("explore-foot").textContent}</sup>`, x: 0.03 },
      margin: { ...plot.layout.margin, t: 90, b: 90 },
    };
    const link = document.createElement("a");
    link.href = await window.Plotly.toImage({ data, layout, config: {} }, { format, width: 1400, height, scale: format === "png" ? 2 : 1 });
    link.download = `dtbase.${format}`;
    link.click();
  }

  document.addEventListener("click", (event) => {
    const picture = event.target.closest(".ex-picture");
    if (picture) savePicture(picture.dataset.format);
    if (event.target.closest("#explore-share")) document.getElementById("explore-code").showModal();
    const copy = event.target.closest(".ex-copy-code");
    if (copy) navigator.clipboard?.writeText(document.getElementById(copy.dataset.of).textContent).then(() => {
      copy.textContent = "Copied";
      setTimeout(() => { copy.textContent = "Copy"; }, 2000);
    });
    if (event.target.closest(".ex-take .ex-choice")) event.target.closest("details").open = false;
  });

  /* the address: what only changes a word of it is written here, as dash_app/explore/view.py writes it */
  const USUAL = { range: "7d", res: "auto", view: "chart" };
  const ORDER = ["sensor", "s", "range", "from", "to", "res", "cmp", "view", "fc", "norm", "axes", "agg"];
  const quoted = (text) =>
    encodeURIComponent(text)
      .replace(/%2F/g, "/").replace(/%3A/g, ":").replace(/%40/g, "@").replace(/%3D/g, "=").replace(/%20/g, "+")
      .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  const stamp = (ms) => `${new Date(ms).toISOString().slice(0, 16)}Z`;

  function pairsAt(search, memory) {
    const pairs = [...new URLSearchParams(search)];
    if (pairs.some(([name]) => name === "s") || !memory) return pairs;
    const chosen = [...new URLSearchParams(memory.search)].filter(([name]) => name === "s");
    return [...chosen, ...pairs.filter(([name]) => name !== "sensor")];
  }

  function addressOf(pairs, said) {
    const names = Object.keys(said);
    const kept = pairs.filter(([name]) => !names.includes(name));
    const more = Object.entries(said).filter(([name, value]) => value && value !== USUAL[name]);
    const place = ([name]) => ORDER.indexOf(name);
    const all = [...kept, ...more].filter((pair) => place(pair) >= 0).sort((a, b) => place(a) - place(b));
    return all.length ? `?${all.map(([name, value]) => `${name}=${quoted(value)}`).join("&")}` : "";
  }

  /* what an act makes the address say; undefined where only the server knows */
  function saidBy(act, memory) {
    const between = (start, end) => (end - start < 60000 ? {} : { from: stamp(start), to: stamp(end) });
    const drawn = [memory.start, memory.end].map(Date.parse);
    const later = (share) => between(...drawn.map((time) => time + share * (drawn[1] - drawn[0])));
    const onClock = (text) => Date.parse(`${String(text).replace(" ", "T").slice(0, 23)}Z`) - memory.offset_seconds * 1000;
    const ways = {
      "explore-range": (value) => ({ range: value, from: "", to: "" }),
      "explore-bucket": (value) => ({ res: value }),
      "explore-shown": (value) => ({ view: value }),
      "explore-look": (on) => ({ fc: on.includes("fc") ? "" : "off", norm: on.includes("norm") ? "1" : "", axes: on.includes("axes") ? "1" : "" }),
      "explore-earlier": () => later(-0.5),
      "explore-later": () => later(0.5),
      "explore-zoom": (zoom) => (zoom.reset ? { from: "", to: "" } : between(onClock(zoom.start), onClock(zoom.end))),
      say: (_clicks, key) => {
        const [name, value] = [key.slice(0, key.indexOf("=")), key.slice(key.indexOf("=") + 1)];
        return name === "range" ? { range: value, from: "", to: "" } : { [name]: value };
      },
    };
    return ways[act.of.part || act.of]?.(act.value, act.of.key);
  }

  /* an act, and not a part that has just appeared */
  function actOf(cause) {
    if (!cause) return null;
    const name = cause.prop_id.slice(0, cause.prop_id.lastIndexOf("."));
    const of = name.startsWith("{") ? JSON.parse(name) : name;
    const always = ["station", "aggregate"].includes(of.part) || of === "explore-look";
    return always || cause.value ? { of, value: cause.value ?? [], at: Date.now() } : null;
  }

  let told = null; // what compose was told last, but for the address
  let ahead = null; // the address that was asked for before compose heard of it
  function closePops() {
    for (const open of document.querySelectorAll(".ex details.dt-pop[open]")) open.open = false;
  }
  function requestOf(search, quiet) {
    document.body.toggleAttribute("data-quiet", quiet);
    asked = Date.now();
    const phone = window.matchMedia("(max-width: 599.98px)").matches;
    const typing = Boolean(document.querySelector(".ex details.dt-pop[open]"));
    return { search: search || "", ...told, phone, asked, typing };
  }

  /* write what an act says into the address; false where only the server knows */
  function lead(act, search, memory) {
    const said = saidBy(act, memory || {});
    if (!said) return false;
    const now = search || "";
    const next = addressOf(pairsAt(now, memory), said);
    if (next === addressOf(pairsAt(now, memory), {})) return true;
    setProps("url", { search: next });
    if (!told) return true;
    closePops();
    ahead = next;
    setProps("explore-request", { data: requestOf(next, false) });
    return true;
  }

  /* a drag over the chart becomes the range; what goes on in steps does so once it rests */
  function zoom(change) {
    const start = change["xaxis.range[0]"] ?? change["xaxis.range"]?.[0];
    const end = change["xaxis.range[1]"] ?? change["xaxis.range"]?.[1];
    if (!start || !end) return;
    clearTimeout(timer);
    const act = { of: "explore-zoom", value: { start, end } };
    timer = setTimeout(() => memory && lead(act, location.search, memory), Date.now() - stepped > STEPS ? 0 : DEBOUNCE);
  }

  /* Dash draws a chart once more when somebody has moved its range, with all as it is already */
  const holds = (drawn, asked) => {
    if (asked === null || typeof asked !== "object") return asked === drawn;
    if (!drawn || (Array.isArray(asked) && asked.length !== drawn.length)) return false;
    return Object.keys(asked).every((name) => holds(drawn[name], asked[name]));
  };
  const isDrawn = (plot, figure) =>
    Boolean(plot.data && figure?.layout) && plot.data === figure.data
    && Object.keys(plot.layout).every((name) => name in figure.layout) && holds(plot.layout, figure.layout);
  if (window.Plotly) {
    const { react } = window.Plotly;
    window.Plotly.react = (plot, figure, ...more) => (isDrawn(plot, figure) ? Promise.resolve(plot) : react(plot, figure, ...more));
  }

  window.dash_clientside.explore = {
    act(...given) {
      const [search, memory] = given.slice(-2);
      const act = actOf(window.dash_clientside.callback_context.triggered[0]);
      if (!act) return nothing();
      if (!memory && !act.of.part) return nothing(); // nothing is drawn that it could start from
      return lead(act, search, memory) ? nothing() : act;
    },

    /* what the server is asked to draw */
    compose(search, theme, refresh, retried, again, changes) {
      const causes = window.dash_clientside.callback_context.triggered; // a page may come with news
      const [cause] = causes;
      if (cause?.prop_id.includes("again") && !again) return nothing(); // it has only appeared
      setTimeout(makeSearch);
      const quiet = Boolean(seen) && causes.length > 0 && causes.every((each) => each.prop_id.startsWith("changes"));
      if (cause?.prop_id.startsWith("url")) closePops();
      if (quiet && !isNews(changes)) return nothing();
      const since = ahead;
      ahead = null;
      told = { theme, refresh };
      if (since !== null && since === search && causes.every((each) => each.prop_id === "url.search")) return nothing();
      seen = changes || seen;
      return requestOf(search, quiet);
    },

    /* the legend hides and shows without asking the server */
    hide(hidden, figure) {
      if (!figure) return nothing();
      const data = figure.data.map((trace) => ({ ...trace, visible: !hides(trace, hidden || []) }));
      return { ...figure, data };
    },

    drawn(_figure, told) {
      memory = told;
      setTimeout(watchChart);
      return nothing();
    },

    /* forecasts are followed, and no more asked for, while some are on their way */
    poll(pending) {
      const waiting = Boolean(pending && pending.length);
      if (document.getElementById("explore-forecast")) {
        setTimeout(() => setProps("explore-forecast", { disabled: waiting }));
      }
      return !waiting;
    },

    copy(clicks) {
      if (!clicks) return nothing();
      const button = document.getElementById("explore-copy");
      const said = (text) => {
        const label = button.querySelector(".ex-copy-text");
        label.textContent = text;
        setTimeout(() => { label.textContent = "Copy link"; }, 2000);
      };
      if (navigator.clipboard) {
        navigator.clipboard.writeText(location.href).then(() => said("Copied"), () => window.prompt("The link", location.href));
      } else {
        window.prompt("The link", location.href);
      }
      return nothing();
    },
  };
})();
