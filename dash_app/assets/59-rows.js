/* The rows of a table: each stretch asks for itself, and the answer goes to the stretch that asked. */
"use strict";

window.dtRows = (() => {
  const setProps = (id, props) => window.dash_clientside.set_props(id, props);
  const byId = (id) => document.getElementById(id);
  const config = byId("_dash-config");
  const site = config ? JSON.parse(config.textContent).requests_pathname_prefix : "/";

  let noun = null; // of which things
  let wanted = () => ""; // what they are to fit, as the address says it
  let round = null; // who asks for the same: an answer to an earlier round shows nothing
  let told = null;
  let asking = 0;
  let owed = null; // the grid that is to follow what was typed meanwhile

  function begin() {
    round?.abort();
    round = new AbortController();
    owed = null;
  }
  /* a grid whose order changes asks anew by itself: tell whether it does */
  function order(api) {
    const sort = new URLSearchParams(wanted()).get("sort") || "";
    const colId = sort.replace(/^-/, "");
    const way = sort && (sort.startsWith("-") ? "desc" : "asc");
    const [sorted] = api.getColumnState().filter((column) => column.sort);
    if ((sorted?.colId || "") === colId && (sorted?.sort || "") === way) return false;
    api.applyColumnState({ state: [{ colId, sort: way || null }], defaultState: { sort: null } });
    return api.getColumn(colId) !== null || sorted !== undefined;
  }
  function show(api) {
    begin();
    if (api.getDisplayedRowCount()) api.ensureIndexVisible(0, "top");
    if (!order(api)) api.purgeInfiniteCache();
  }
  function hurry() {
    if (owed) show(owed);
  }

  function sortOf(block) {
    const [sorted] = block.sortModel;
    return sorted && (sorted.sort === "desc" ? "-" : "") + sorted.colId;
  }

  async function ask(block, signal) {
    const to = new URLSearchParams(wanted());
    const sort = sortOf(block);
    if (sort) to.set("sort", sort);
    const answer = await fetch(`${site}_rows/${noun}/${block.startRow}?${to}`, { signal });
    if (answer.status === 503) setProps("outage", { hidden: false, "data-missed": "yes" });
    if (!answer.ok) throw new Error(`rows: ${answer.status}`);
    return answer.json();
  }

  function tell(found) {
    if (!byId("outage").hidden) setProps("outage", { hidden: true });
    if (found.toast) setProps("toasts", { children: [found.toast] });
    if (found.told !== told) setProps("table-told", { children: found.told });
    told = found.told;
    const empty = byId("table-empty");
    if (found.empty || empty.childElementCount) setProps("table-empty", { children: found.empty || [] });
  }

  const source = {
    async getRows(block) {
      const { signal } = round;
      asking += 1;
      const found = await ask(block, signal).catch(() => null);
      asking -= 1;
      if (found && !signal.aborted && byId("table-empty")) {
        tell(found);
        block.successCallback(found.rows, found.total);
      } else block.failCallback(); // a grid asks for two at a time: each must end
      if (!asking) hurry();
    },
  };

  /* the component gives each grid a source of its own, which must come before ours to stay away */
  function take(api) {
    if (api.isDestroyed()) return;
    if (api.getGridOption("datasource")) api.setGridOption("datasource", source);
    else setTimeout(take, 5, api);
  }

  return {
    /* a grid has come */
    serve(api, of, fitting) {
      noun = of;
      wanted = fitting;
      told = null;
      begin();
      order(api);
      take(api);
    },

    /* something else is to be shown, from its first row on */
    show,

    /* the same while somebody types: at once if nothing is under way, else after it */
    keepUp(api) {
      if (!api) return;
      if (asking) owed = api;
      else show(api);
    },

    /* nothing more is typed: do not wait for what is under way */
    hurry,
  };
})();
