/* The page Quality in the browser: the address is its state, what is ticked is counted, what is typed is guarded. */
"use strict";

(() => {
  const nothing = () => window.dash_clientside.no_update;
  const setProps = (id, props) => window.dash_clientside.set_props(id, props);
  const byId = (id) => document.getElementById(id);
  const here = () => document.querySelector(".dt-page.qu");
  const DRAWER = ["new", "correction"];
  const FIELDS = { sensor: "quality-sensor", measure: "quality-measure", from: "quality-from", to: "quality-to" };
  const OF_KIND = { value: "correct", by: "shift", factor: "rescale", offset: "rescale" };
  const news = window.dtNews("readings");
  let listed = null; // of which readings the cards tell

  function go(change) {
    const to = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(change)) {
      if (value) to.set(name, value);
      else to.delete(name);
    }
    const search = to.size ? `?${to}` : "";
    if (search !== location.search) setProps("url", { search });
  }
  function split(search) {
    const rest = new URLSearchParams(search || "");
    const opened = new URLSearchParams();
    for (const name of DRAWER) {
      if (rest.has(name)) opened.set(name, rest.get(name));
      rest.delete(name);
    }
    return { rest: rest.toString(), opened };
  }
  function settleFields(search) {
    const given = new URLSearchParams(search || "");
    for (const [name, id] of Object.entries(FIELDS)) {
      const field = byId(id);
      const wanted = given.get(name) || "";
      if (field && field !== document.activeElement && field.value !== wanted) setProps(id, { value: wanted });
    }
  }
  const ticked = () => document.querySelectorAll(".qu-box input:checked").length;

  /* a drawer is left by its buttons and by Escape; where it came from is where one stands again */
  let before = null;
  function leave() {
    if (!byId("quality-drawer")?.childElementCount) return;
    go({ new: null, correction: null });
    before?.isConnected && before.focus();
    before = null;
  }
  document.addEventListener("click", (event) => {
    if (event.target.closest?.(".qu-close")) leave();
    const opener = here() && event.target.closest?.("a[href*='new='], a[href*='correction=']");
    if (opener) before = opener;
  });
  document.addEventListener("keydown", (event) => {
    const inside = event.target.closest?.("#quality-drawer");
    if (!inside) return;
    if (event.key === "Escape" && !document.querySelector("dialog[open], .modal.show")) leave();
    if (event.key === "Enter" && event.target.tagName === "INPUT") byId("quality-seen")?.click();
  });
  function watch() {
    const drawer = byId("quality-drawer");
    if (!drawer || drawer.watched) return;
    drawer.watched = true;
    new MutationObserver(() => {
      const field = drawer.querySelector("input, select");
      if (!drawer.childElementCount) return;
      if (field) field.focus();
      else drawer.focus();
    }).observe(drawer, { childList: true });
  }

  window.dash_clientside.quality = {
    /* what the server is asked to draw; never under somebody's hand */
    compose(search, changes, _retried, refresh, there) {
      if (!there) { listed = null; return nothing(); }
      const { rest } = split(search);
      const causes = window.dash_clientside.callback_context.triggered;
      const moved = causes.length && causes.every((cause) => cause.prop_id.startsWith("url"));
      if (!news.draws(changes, () => ticked() || document.querySelector(".modal.show"))) return nothing();
      if (moved && listed === rest) return nothing(); // only the drawer has opened or closed
      listed = rest;
      settleFields(search);
      return { search: rest, refresh, asked: Date.now() };
    },

    /* what belongs into the drawer, and nothing as long as that stays: what was typed would be lost */
    follow(search, there) {
      if (!there) return nothing();
      watch();
      const { opened } = split(search);
      const given = new URLSearchParams(search || "");
      if (opened.has("new")) for (const name of ["sensor", "measure"]) if (given.get(name)) opened.set(name, given.get(name));
      const drawer = byId("quality-drawer");
      const asked = opened.has("new") ? `new=${opened.get("new")}` : opened.toString();
      if (!drawer || drawer.asked === asked) return nothing();
      drawer.asked = asked;
      return opened.toString();
    },

    typed(sensor, measure, from, to) {
      if (here()) {
        const said = { sensor: (sensor || "").trim(), measure: (measure || "").trim(), from, to };
        const given = new URLSearchParams(location.search);
        const other = Object.entries(said).some(([name, value]) => (given.get(name) || "") !== (value || ""));
        if (other) go({ ...said, skip: null });
      }
      return nothing();
    },

    choose(values, ids) {
      const chosen = ids.filter((_, place) => values[place]).map((id) => Number(id.key));
      const told = document.querySelector(".qu-meant");
      if (told) {
        told.dataset.all ||= told.textContent;
        told.textContent = chosen.length ? `${chosen.length} chosen` : told.dataset.all;
      }
      return chosen;
    },

    tick(all, ids) {
      return ids.map(() => Boolean(all));
    },

    /* another form has not been previewed; and each kind has fields of its own */
    changed(values, ids) {
      if (!byId("quality-preview")) return null; // the drawer has been closed
      const typed = Object.fromEntries(ids.map((id, place) => [id.key, values[place]]));
      for (const [name, kind] of Object.entries(OF_KIND)) {
        setProps({ page: "quality", part: "room", key: name }, { hidden: typed.kind !== kind });
      }
      setProps("quality-preview", { children: [] });
      setProps("quality-make", { hidden: true });
      setProps("quality-seen", { className: "btn btn-primary" });
      return null;
    },
  };
})();
