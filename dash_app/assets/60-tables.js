/* What tables do in the browser: bring the grid, follow the address, guard what is being typed. */
"use strict";

(() => {
  const PAUSE = 150;
  const nothing = () => window.dash_clientside.no_update;
  const setProps = (id, props) => window.dash_clientside.set_props(id, props);
  const byId = (id) => document.getElementById(id);
  const config = byId("_dash-config");
  const site = config ? JSON.parse(config.textContent).requests_pathname_prefix : "/";
  function grid() {
    try {
      return window.dash_ag_grid?.getApi("table-grid");
    } catch {
      return undefined; // it is not there yet
    }
  }

  /* the grid's script is asked for once, with the first table */
  let script = null;
  function bring(address) {
    script ||= new Promise((resolve, reject) => {
      const tag = document.createElement("script");
      tag.src = site + address.slice(1);
      tag.onload = resolve;
      tag.onerror = () => { script = null; reject(new Error("the grid's script did not come")); };
      document.head.append(tag);
    });
    return script;
  }

  /* cells: React writes texts as texts, whatever they hold */
  const cells = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  const element = (...parts) => window.React.createElement(...parts);
  /* what a phone, which shows one column, says beneath it: the texts of the next ones */
  const MOST = 3;
  function under(cell) {
    const others = (cell.api.getColumns() || []).filter((column) => column !== cell.column);
    const texts = others.map((column) => cell.data[column.getColId()]);
    return texts.filter((text) => text && typeof text === "string").slice(0, MOST);
  }
  cells.tableLink = (cell) => {
    if (!cell.data) return null;
    const to = new URLSearchParams(drawn);
    to.set("open", cell.data.key);
    const href = `${location.pathname}?${to}`;
    return element("a", { href, className: "tb-open", tabIndex: -1 }, cell.value,
      element("span", { className: "tb-under" }, under(cell).join(" · ")));
  };
  cells.tableFlag = (cell) => {
    if (!cell.data) return null;
    const [dot, words] = cell.value ? ["ok", "Yes"] : ["off", "No"];
    return element("span", { className: "dt-state" }, element("i", { className: `dt-dot ${dot}` }), words);
  };

  /* the address is the state: whoever changes it draws */
  function go(change) {
    const to = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(change)) {
      if (value === null || value === "" || value === "*") to.delete(name);
      else to.set(name, value);
    }
    const search = to.size ? `?${to}` : "";
    if (search === location.search) return;
    written = search;
    setProps("url", { search });
  }
  let written = null; // what we wrote comes back to us, and may be older than what is typed by then

  const WAYS = ["open", "new"];
  function rest(search) {
    const left = new URLSearchParams(search || "");
    for (const name of WAYS) left.delete(name);
    left.sort();
    return left.toString();
  }
  let drawn = ""; // which rows are there: while somebody types, the address comes after them
  let registry = null; // which version of the registry they are of

  /* other rows, or the same anew */
  function again() {
    const api = grid();
    if (api) window.dtRows.show(api);
  }

  /* other rows are wanted: they come at once, the address when nothing more is typed */
  let typing = 0;
  function aim(change, pause) {
    const to = new URLSearchParams(drawn);
    for (const [name, value] of Object.entries(change)) {
      if (value === "" || value === "*") to.delete(name);
      else to.set(name, value);
    }
    clearTimeout(typing);
    typing = setTimeout(() => {
      if (!byId("table-find")) return;
      go(change);
      window.dtRows.hurry();
    }, pause);
    if (rest(to) === drawn) return;
    drawn = rest(to);
    window.dtRows.keepUp(grid());
  }

  function showState(search) {
    const given = new URLSearchParams(search || "");
    const find = byId("table-find");
    if (find && find !== document.activeElement && find.value !== (given.get("q") || "")) {
      setProps("table-find", { value: given.get("q") || "" });
    }
    for (const field of document.querySelectorAll(".dt-toolbar input[id*='\"part\":\"typed\"']")) {
      const id = JSON.parse(field.id);
      const wanted = given.get(id.key) || "";
      if (field !== document.activeElement && field.value !== wanted) setProps(id, { value: wanted });
    }
    for (const select of document.querySelectorAll(".dt-toolbar select[id*='\"part\":\"filter\"']")) {
      const id = JSON.parse(select.id);
      const wanted = given.get(id.key) || "*";
      if (select.value !== wanted) setProps(id, { value: wanted });
    }
  }

  /* a grid is as high as its rows, up to the foot of the window */
  function fit() {
    const room = byId("table-room");
    const api = grid();
    if (!room || !api) return;
    const empty = byId("table-empty");
    room.hidden = Boolean(empty && empty.childElementCount);
    const phone = window.matchMedia("(max-width: 767.98px)").matches;
    const row = phone ? 52 : 36;
    const rows = Math.max(api.getDisplayedRowCount(), 1);
    const left = window.innerHeight - room.getBoundingClientRect().top - window.scrollY - (phone ? 120 : 72);
    room.style.height = `${Math.max(Math.min(rows * row + 39, left), 120)}px`;
  }

  function onGrid(api) {
    if (api.tableWatched) return;
    api.tableWatched = true;
    const phone = window.matchMedia("(max-width: 767.98px)");
    const size = () => {
      const chosen = byId("table-columns")?.querySelectorAll("input:checked") || [];
      setColumns([...chosen].map((box) => box.value));
      fit();
    };
    phone.addEventListener("change", size);
    api.addEventListener("modelUpdated", fit);
    api.addEventListener("sortChanged", () => {
      const [sorted] = api.getColumnState().filter((column) => column.sort);
      const sort = sorted ? (sorted.sort === "desc" ? "-" : "") + sorted.colId : null;
      const to = new URLSearchParams(drawn);
      if (sort) to.set("sort", sort);
      else to.delete("sort");
      drawn = rest(to); // the grid asks by itself
      go({ sort });
    });
    size();
    window.dtRows.serve(api, noun, () => drawn);
  }
  function setColumns(chosen) {
    const api = grid();
    if (!api) return;
    const phone = window.matchMedia("(max-width: 767.98px)").matches;
    const every = api.getColumns() || [];
    every.forEach((column, place) => {
      api.setColumnsVisible([column.getColId()], phone ? place === 0 : chosen.includes(column.getColId()));
    });
  }
  addEventListener("resize", fit);

  /* what is typed into the drawer is kept until it is saved or given up */
  let first = null;
  const controls = () => [...document.querySelectorAll("#table-form input, #table-form select, #table-form textarea")];
  const valueOf = (control) => (/^(checkbox|radio)$/.test(control.type) ? String(control.checked) : control.value);
  const snapshot = () => controls().map((control) => `${control.id}=${valueOf(control)}`);
  function changes() {
    if (!first || !byId("table-form")) return 0;
    const now = snapshot();
    const before = new Set(first);
    const after = new Set(now);
    return Math.max(now.filter((each) => !before.has(each)).length, first.filter((each) => !after.has(each)).length);
  }
  function count() {
    const told = document.querySelector("#table-drawer .tb-count");
    const many = changes();
    if (told) told.textContent = many ? `${many} ${many === 1 ? "change" : "changes"}` : "";
  }
  document.addEventListener("input", (event) => {
    if (event.target.closest("#table-form")) count();
  });

  let pending = null;
  function guard(act) {
    if (!changes()) return act();
    pending = act;
    byId("table-leave")?.showModal();
  }
  function leaveEdit() {
    first = null;
    go({ open: null, new: null });
  }
  document.addEventListener("click", (event) => {
    const dialog = event.target.closest("#table-leave");
    if (dialog) {
      if (event.target.closest(".tb-stay")) dialog.close();
      if (event.target.closest(".tb-discard")) {
        dialog.close();
        first = null;
        const act = pending;
        pending = null;
        act?.();
      }
      return;
    }
    if (event.target.closest("#table-drawer .tb-close")) return guard(leaveEdit);
    const link = event.target.closest("#app a[href], #find a[href]");
    if (!link || link.download || link.closest("#table-form") || !changes()) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    guard(() => link.click());
  }, true);
  document.addEventListener("click", (event) => {
    if (event.target.closest(".tb-open") && !event.defaultPrevented) event.preventDefault();
    const file = event.target.closest("#table-export");
    if (file) file.href = fileOf(file);
  });
  addEventListener("popstate", (event) => {
    written = null;
    if (!changes()) return;
    event.stopImmediatePropagation();
    const to = location.href;
    history.pushState(null, "", here);
    guard(() => { history.pushState(null, "", to); dispatchEvent(new PopStateEvent("popstate")); });
  }, true);
  addEventListener("beforeunload", (event) => {
    if (changes()) event.preventDefault();
  });
  let here = location.href;

  function fileOf(link) {
    const to = new URLSearchParams(drawn);
    const shown = grid()?.getAllDisplayedColumns().map((column) => column.getColId()) || [];
    to.set("columns", shown.filter((name) => !name.startsWith("ag-Grid")).join(","));
    return `${site}_table/${link.dataset.noun}?${to}`;
  }

  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("#table-form");
    const sends = event.key === "Enter" && event.target.tagName === "INPUT";
    const saves = event.key === "s" && (event.ctrlKey || event.metaKey);
    if (form && (sends || saves)) {
      event.preventDefault();
      byId("table-save")?.click();
    }
    const open = event.target.closest?.("#table-drawer");
    if (event.key === "Escape" && open && !document.querySelector("dialog[open], .modal.show")) guard(leaveEdit);
    if (event.key === "Enter" && event.target.matches?.(".ag-cell[col-id]")) {
      event.target.querySelector(".tb-open")?.click();
    }
  });

  /* a block from a spreadsheet goes into the cells from the focused one on */
  const MOST_ROWS = 500;
  function pasted(text, api, at) {
    const columns = api.getAllDisplayedColumns();
    const first = columns.indexOf(at.column);
    const lines = text.replace(/\r/g, "").replace(/\n$/, "").split("\n").slice(0, MOST_ROWS);
    return lines.flatMap((line, down) => {
      const node = api.getDisplayedRowAtIndex(at.rowIndex + down);
      if (!node?.data) return [];
      return line.split("\t").flatMap((value, right) => {
        const column = columns[first + right];
        if (!column || !column.isCellEditable(node)) return [];
        return [{ rowId: node.id, colId: column.getColId(), value, data: node.data }];
      });
    });
  }
  document.addEventListener("paste", (event) => {
    const cell = event.target.closest?.("#table-grid .ag-cell");
    const api = grid();
    const at = api?.getFocusedCell();
    if (!cell || !at || api.getEditingCells().length) return;
    const edits = pasted(event.clipboardData.getData("text/plain"), api, at);
    if (!edits.length) return;
    event.preventDefault();
    setProps("table-grid", { cellValueChanged: edits });
  });

  function watchDrawer() {
    const drawer = byId("table-drawer");
    if (!drawer || drawer.watched) return;
    drawer.watched = true;
    new MutationObserver(() => {
      const form = byId("table-form");
      if (form && form.drawn) return;
      first = form ? snapshot() : null;
      document.body.toggleAttribute("data-drawer", Boolean(form));
      here = location.href;
      if (!form) return;
      form.drawn = true;
      setTimeout(() => {
        if (!changes()) first = snapshot();
        const field = form.querySelector("input:not([readonly]), select, textarea");
        if (new URLSearchParams(location.search).has("new")) field?.focus();
        else if (!document.activeElement?.closest(".ag-root")) drawer.focus();
      });
    }).observe(drawer, { childList: true });
  }

  /* what is looked for: the rows follow each letter */
  const PART = /"part":"(filter|typed)"/;
  document.addEventListener("input", (event) => {
    if (!event.target.closest(".dt-toolbar") || !byId("table-find")) return;
    const fields = [...document.querySelectorAll(".dt-toolbar [id]")].filter((each) => PART.test(each.id));
    const change = Object.fromEntries(fields.map((each) => [JSON.parse(each.id).key, each.value.trim()]));
    change.q = byId("table-find").value.trim();
    aim(change, event.target.tagName === "SELECT" ? 0 : PAUSE);
  });

  let noun = null;
  window.dash_clientside.tables = {
    async load(address, of) {
      if (!address) return nothing();
      clearTimeout(typing);
      noun = of;
      drawn = rest(location.search);
      written = null;
      registry = null;
      first = null;
      document.body.removeAttribute("data-drawer");
      watchDrawer();
      await bring(address);
      window.dash_ag_grid.getApiAsync("table-grid").then((api) => { if (api) onGrid(api); });
      return Date.now();
    },

    /* the address has changed: draw other rows, open or close the drawer */
    follow(search, changed, _retried, here) {
      if (!here) return nothing();
      const [cause] = window.dash_clientside.callback_context.triggered;
      const retried = cause?.prop_id.startsWith("outage");
      watchDrawer();
      showState(search);
      const wanted = rest(search);
      const ours = search === written;
      written = null;
      if (!ours && drawn !== wanted) {
        clearTimeout(typing);
        drawn = wanted;
        again();
      } else if (retried && byId("table-grid")) grid()?.refreshInfiniteCache();
      else if (retried) setProps("table-ready", { data: Date.now() }); // its grid has not come yet
      if (changed && registry !== null && registry !== changed.registry) grid()?.refreshInfiniteCache();
      registry = changed?.registry ?? registry;
      const given = new URLSearchParams(search || "");
      const next = { open: given.get("open"), new: given.has("new"), at: here };
      // what Dash holds may be a step behind: a form that is drawn twice loses what was typed
      const drawer = byId("table-drawer");
      const asked = JSON.stringify([location.pathname, next]);
      if (drawer.asked === asked && !(retried && !byId("table-form"))) return nothing();
      drawer.asked = asked;
      return next;
    },

    select(rows) {
      const bar = byId("table-selection");
      if (bar) {
        bar.hidden = !rows?.length;
        const told = bar.querySelector(".tb-selected");
        if (told) told.textContent = `${rows?.length || 0} selected`;
        setTimeout(fit);
      }
      return (rows || []).map((row) => row.thing);
    },

    /* something was stored: show it */
    settle(result) {
      const api = grid();
      if (!result || !api) return nothing();
      for (const each of result.rows || []) {
        const node = api.getRowNode(each.key);
        if (node && each.row.key === each.key) node.setData(each.row); // another key is another row
      }
      if (result.deselect) api.deselectAll();
      if (result.refresh) api.refreshInfiniteCache();
      return nothing();
    },

    columns(chosen) {
      setColumns(chosen || []);
      return nothing();
    },
  };
})();
