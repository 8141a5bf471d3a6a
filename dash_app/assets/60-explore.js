/* Explore in the browser: what to ask the server for, zooming, the legend's switches, the link. */
"use strict";

(() => {
  const DEBOUNCE = 250;
  const nothing = () => window.dash_clientside.no_update;
  const setProps = (id, props) => window.dash_clientside.set_props(id, props);
  let timer = 0;
  let asked = Date.now();

  let seen = null;

  /* news is drawn at once, but never under the hand of somebody who drags */
  function isNews(changes) {
    if (!changes || !document.getElementById("explore-graph")) return false;
    const first = !seen;
    if (!first && seen.readings === changes.readings && seen.runs === changes.runs) return false;
    if (document.querySelector(".dragcover, .ex-card.busy")) {
      setTimeout(() => setProps("changes", { data: { ...changes } }), 2000);
      return false;
    }
    seen = changes;
    return !first;
  }

  const hides = (trace, hidden) => (trace.meta?.switches || []).some((name) => hidden.includes(name));

  function watchDoubleClicks() {
    const plot = document.querySelector("#explore-graph .js-plotly-plot");
    if (!plot || plot.dataset.watched || !plot.on) return;
    plot.dataset.watched = "yes";
    plot.on("plotly_doubleclick", () => {
      clearTimeout(timer);
      setProps("explore-zoom", { data: { reset: Date.now() } });
    });
  }

  function switched(hidden, name, only, names) {
    if (only) {
      const others = names.filter((other) => other !== name && !["forecast", "bands", "range"].includes(other));
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

  window.dash_clientside.explore = {
    /* what the server is asked to draw */
    compose(search, theme, refresh, retried, again, changes) {
      const [cause] = window.dash_clientside.callback_context.triggered;
      if (cause?.prop_id.includes("again") && !again) return nothing(); // it has only appeared
      const quiet = Boolean(cause?.prop_id.startsWith("changes"));
      if (quiet && !isNews(changes)) return nothing();
      seen = changes || seen;
      document.body.toggleAttribute("data-quiet", quiet);
      asked = Date.now();
      const phone = window.matchMedia("(max-width: 599.98px)").matches;
      const typing = Boolean(document.querySelector(".ex details.dt-pop[open]"));
      return { search: search || "", theme, phone, refresh, asked, typing };
    },

    /* a drag over the chart becomes the range, once it rests */
    zoom(change) {
      clearTimeout(timer);
      const start = change?.["xaxis.range[0]"] ?? change?.["xaxis.range"]?.[0];
      const end = change?.["xaxis.range[1]"] ?? change?.["xaxis.range"]?.[1];
      if (start && end) {
        timer = setTimeout(() => setProps("explore-zoom", { data: { start, end } }), DEBOUNCE);
      }
      return nothing();
    },

    /* the legend hides and shows without asking the server */
    hide(hidden, figure) {
      if (!figure) return nothing();
      const data = figure.data.map((trace) => ({ ...trace, visible: !hides(trace, hidden || []) }));
      return { ...figure, data };
    },

    drawn() {
      setTimeout(watchDoubleClicks);
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
