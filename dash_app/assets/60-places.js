/* The tree of places in the browser: walked by keyboard, folded, and rearranged. */
"use strict";

(() => {
  const nothing = () => window.dash_clientside.no_update;
  const setProps = (id, props) => window.dash_clientside.set_props(id, props);
  const byId = (id) => document.getElementById(id);
  const folded = new Set();
  let focused = ""; // the place on which the keyboard stands
  let carried = null; // the place that is being moved
  let dragged = null;
  let pause = 0;

  const tree = () => document.querySelector(".pl-tree");
  const items = () => [...document.querySelectorAll(".pl-item")];
  const shown = () => items().filter((item) => !item.parentElement.closest(".pl-item[aria-expanded='false']"));
  const itemOf = (place) => items().find((item) => item.dataset.place === place);
  const group = (item) => item.querySelector(":scope > [role=group]");
  const nameOf = (item) => item.querySelector(".pl-row b").textContent;
  const mayEdit = () => tree()?.dataset.edits === "1";

  function fold(item, shut) {
    const inner = group(item);
    if (!inner) return;
    inner.hidden = shut;
    item.setAttribute("aria-expanded", String(!shut));
    if (shut) folded.add(item.dataset.place);
    else folded.delete(item.dataset.place);
  }

  function stand(item, { focus = true } = {}) {
    for (const each of items()) each.tabIndex = each === item ? 0 : -1;
    if (!item) return;
    focused = item.dataset.place;
    if (focus) item.focus();
  }

  /* the address is the state: whoever changes it draws */
  function go(change) {
    const to = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(change)) {
      if (value) to.set(name, value);
      else to.delete(name);
    }
    const search = to.size ? `?${to}` : "";
    if (search !== location.search) setProps("url", { search });
  }
  const look = (item) => { if (!item.dataset.root) go({ at: item.dataset.place }); };

  /* moving: what is carried is put down on another place, or on the root */
  function inItself(place, item) {
    return Boolean(item.closest(`.pl-item[data-place="${CSS.escape(place)}"]:not([data-root])`));
  }
  function carry(item) {
    if (!mayEdit() || !item || item.dataset.root) return;
    carried = item.dataset.place;
    showCarried();
    stand(item);
  }
  function showCarried() {
    const box = byId("places-carried");
    const item = carried && itemOf(carried);
    if (box) {
      box.hidden = !item;
      box.firstElementChild.textContent = item ? `Moving ${nameOf(item)}: choose where it shall stand.` : "";
    }
    for (const each of items()) each.classList.toggle("carried", each === item);
    if (!item) carried = null;
  }
  function drop(place, item) {
    const moved = itemOf(place);
    carried = null;
    showCarried();
    if (!moved || inItself(place, item) || moved.dataset.parent === item.dataset.place) return;
    send({ place, before: moved.dataset.parent, into: item.dataset.place });
  }
  function send(move) {
    focused = move.place;
    folded.delete(move.into);
    setProps("places-move", { data: { back: false, ...move, asked: Date.now() } });
  }

  document.addEventListener("click", (event) => {
    const undo = event.target.closest(".pl-undo");
    if (undo) send({ ...undo.dataset, back: true });
    if (event.target.closest(".pl-drop")) { carried = null; showCarried(); }
    if (event.target.closest(".pl-carry")) carry(itemOf(new URLSearchParams(location.search).get("at") || ""));
    if (event.target.closest(".pl-open-all")) items().forEach((item) => fold(item, false));
    if (event.target.closest(".pl-close-all")) items().forEach((item) => { if (!item.dataset.root) fold(item, true); });
    const item = event.target.closest(".pl-item");
    if (!item || event.target.closest("a")) return;
    stand(item);
    if (carried) drop(carried, item);
    else if (event.target.closest(".pl-fold")) fold(item, item.getAttribute("aria-expanded") === "true");
    else look(item);
  });

  const KEYS = {
    ArrowDown: (list, at) => stand(list[at + 1] || list[at]),
    ArrowUp: (list, at) => stand(list[at - 1] || list[at]),
    Home: (list) => stand(list[0]),
    End: (list) => stand(list[list.length - 1]),
    ArrowRight: (list, at) => {
      const item = list[at];
      if (item.getAttribute("aria-expanded") === "false") fold(item, false);
      else if (group(item)) stand(list[at + 1]);
    },
    ArrowLeft: (list, at) => {
      const item = list[at];
      if (item.getAttribute("aria-expanded") === "true") fold(item, true);
      else stand(item.parentElement.closest(".pl-item") || item);
    },
    Enter: (list, at) => { if (carried) drop(carried, list[at]); else look(list[at]); },
    m: (list, at) => carry(list[at]),
    Escape: () => { carried = null; showCarried(); },
  };
  KEYS[" "] = KEYS.Enter;
  document.addEventListener("keydown", (event) => {
    const item = event.target;
    if (!item.matches?.(".pl-item") || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    const list = shown();
    act(list, list.indexOf(item));
  });

  /* by the mouse */
  function mark(item) {
    for (const each of document.querySelectorAll(".pl-row.over")) each.classList.remove("over");
    item?.querySelector(".pl-row").classList.add("over");
  }
  document.addEventListener("dragstart", (event) => {
    const item = event.target.closest?.(".pl-row[draggable]")?.closest(".pl-item");
    if (!item || event.target.closest("a")) return;
    dragged = item.dataset.place;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", nameOf(item));
  });
  document.addEventListener("dragover", (event) => {
    const item = dragged && event.target.closest?.(".pl-item");
    mark(item && !inItself(dragged, item) ? item : null);
    if (item && !inItself(dragged, item)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    const item = dragged && event.target.closest?.(".pl-item");
    if (!item) return;
    event.preventDefault();
    drop(dragged, item);
  });
  document.addEventListener("dragend", () => { dragged = null; mark(null); });

  const news = window.dtNews("readings", "registry");
  function settleField(words) {
    const field = byId("places-find");
    if (!field || field === document.activeElement || field.value === words) return;
    setProps("places-find", { value: words });
  }

  window.dash_clientside.places = {
    /* what the server is asked to draw; never under somebody's hand */
    compose(search, changes, _retried, refresh, here) {
      if (!here || !news.draws(changes, () => carried || dragged)) return nothing();
      settleField(new URLSearchParams(search || "").get("q") || "");
      const version = refresh ? `${changes?.tag}-${refresh}` : changes?.tag ?? null;
      return { search: search || "", version, asked: Date.now() };
    },

    typed(words) {
      clearTimeout(pause);
      pause = setTimeout(() => { if (byId("places-find")) go({ q: (words || "").trim() }); }, 250);
      return nothing();
    },

    /* the tree has come: fold it as it was, and stand where one stood */
    settle() {
      requestAnimationFrame(() => {
        const had = document.activeElement?.closest(".pl-tree");
        const looked = new URLSearchParams(location.search).get("q");
        for (const item of items()) if (group(item)) fold(item, !looked && folded.has(item.dataset.place));
        stand(itemOf(focused) || shown()[0], { focus: Boolean(had) });
        showCarried();
      });
      return nothing();
    },
  };
})();
