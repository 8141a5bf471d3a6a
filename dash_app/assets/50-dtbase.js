/* What must happen in the browser: theme, clock, log-out, search, small menus; no data. */
"use strict";

window.dash_clientside = window.dash_clientside || {};

/* which versions a page has drawn: it draws for whatever it is asked, but of news only what it has
   not drawn yet, and never under somebody's hand; the first news draws too: the page may be older */
window.dtNews = (...names) => {
  let drawn = null;
  const of = (changes) => changes && names.map((name) => changes[name]).join(" ");
  const draws = (changes, busy = () => false) => {
    const causes = window.dash_clientside.callback_context.triggered;
    const only = causes.length > 0 && causes.every((cause) => cause.prop_id.startsWith("changes"));
    if (only && (busy() || drawn === of(changes))) return false;
    if (changes) drawn = of(changes);
    return true;
  };
  return { of, draws };
};

(() => {
  const root = document.documentElement;
  const setProps = (id, props) => window.dash_clientside.set_props(id, props);

  /* where the site begins: below a path, if it stands behind a proxy */
  const config = document.getElementById("_dash-config");
  const site = config ? JSON.parse(config.textContent).requests_pathname_prefix : "/";

  /* theme */
  function switchTheme() {
    const next = root.dataset.bsTheme === "dark" ? "light" : "dark";
    root.dataset.bsTheme = next;
    document.cookie = `dtbase_theme=${next}; path=/; max-age=31536000; samesite=lax`;
    setProps("theme", { data: next });
  }

  /* pages: follow links of the navigation without loading everything again */
  function go(href) {
    const to = new URL(href, location.origin);
    const within = to.pathname === location.pathname && to.search !== location.search;
    setProps("url", within ? { search: to.search } : { pathname: to.pathname, search: to.search }); // a path makes the page anew
    window.scrollTo(0, 0);
  }
  function follow(event) {
    const link = event.target.closest("#app a[href^='/'], #find a[href^='/']");
    if (!link || link.download || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    for (const open of document.querySelectorAll("dialog[open]")) open.close();
    for (const open of document.querySelectorAll("details.dt-pop[open]")) open.open = false;
    go(link.getAttribute("href"));
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest(".dt-theme-switch")) switchTheme();
    follow(event);
    for (const open of document.querySelectorAll("details.dt-pop[open]")) {
      if (!open.contains(event.target)) open.open = false;
    }
  });

  /* dialogs: find anything, and the keys */
  const dialog = (id) => document.getElementById(id);
  const field = () => document.querySelector("#find-field input");
  const hits = () => [...document.querySelectorAll("#find-list .dt-hit")];

  function makeField() {
    const room = document.getElementById("find-field");
    const input = document.createElement("input");
    const say = {
      type: "text", role: "combobox", autocomplete: "off", maxlength: "100", placeholder: room.dataset.placeholder,
      "aria-label": "Find anything", "aria-expanded": "true", "aria-controls": "find-list", "aria-autocomplete": "list",
    };
    for (const [name, value] of Object.entries(say)) input.setAttribute(name, value);
    input.addEventListener("keydown", walkHits);
    input.addEventListener("input", () => {
      clearTimeout(pause);
      stale = true;
      pause = setTimeout(() => setProps("find-words", { data: input.value }), 150);
    });
    room.append(input);
    new MutationObserver(() => {
      stale = false;
      choose(0);
      if (wanted) hits()[0]?.click();
      wanted = false;
    }).observe(document.getElementById("find-list"), { childList: true });
    return input;
  }

  function openFind() {
    const box = dialog("find");
    if (!box || box.open) return;
    const input = field() || makeField();
    box.showModal();
    input.focus();
    input.select();
    if (!hits().length) setProps("find-words", { data: input.value || " " }); // all pages
    choose(0);
  }

  let pause = 0;
  let stale = false;
  let wanted = false;

  /* forms of ours are sent by their button, also with Enter */
  document.addEventListener("submit", (event) => {
    if (!event.target.matches(".dt-send")) return;
    event.preventDefault();
  });

  function choose(place) {
    const found = hits();
    found.forEach((hit, i) => {
      hit.classList.toggle("on", i === place);
      hit.setAttribute("aria-selected", String(i === place));
    });
    const chosen = found[place];
    if (!chosen) return field().removeAttribute("aria-activedescendant");
    field().setAttribute("aria-activedescendant", chosen.id);
    chosen.scrollIntoView({ block: "nearest" });
  }

  function walkHits(event) {
    const found = hits();
    const at = found.findIndex((hit) => hit.classList.contains("on"));
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps && found.length) {
      event.preventDefault();
      choose((at + steps[event.key] + found.length) % found.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (stale) wanted = true; // whoever types and presses Enter at once means what is about to come
      else found[at]?.click();
    }
  }

  /* keys of every page; what is typed into a field is no key */
  const ROOMS = { o: "", e: "explore", f: "forecasts" };
  let lead = 0;

  function closePops() {
    for (const open of document.querySelectorAll("details.dt-pop[open]")) {
      open.open = false;
      open.querySelector("summary").focus();
    }
  }

  function onKey(event) {
    if (event.key === "Escape") return closePops();
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && !/^(radio|checkbox)$/.test(event.target.type);
    if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open], .modal.show")) return;
    const led = Date.now() - lead < 1500;
    lead = event.key === "g" ? Date.now() : 0;
    const acts = {
      "/": openFind,
      "?": () => dialog("keys")?.showModal(),
      t: switchTheme,
      h: () => dialog("hold")?.click(),
    };
    const act = led && event.key in ROOMS ? () => go(site + ROOMS[event.key]) : acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => {
    if (event.target.closest(".dt-find-open")) openFind();
    if (event.target.closest(".dt-close") || event.target.matches("dialog[open]")) event.target.closest("dialog").close();
  });

  /* how long ago, as dash_app/words.py says it */
  function ago(time) {
    const minutes = Math.round((Date.now() - new Date(time)) / 60000);
    if (minutes < 1) return "now";
    if (minutes < 60) return `${minutes}\u00a0min ago`;
    const hours = Math.round(minutes / 60);
    return hours < 48 ? `${hours}\u00a0h ago` : `${Math.round(hours / 24)}\u00a0days ago`;
  }

  /* the clock of the site */
  function tick() {
    const clock = document.getElementById("clock");
    if (!clock) return;
    const parts = Object.fromEntries(
      new Intl.DateTimeFormat("en-GB", {
        timeZone: clock.dataset.zone, weekday: "short", day: "numeric", month: "short",
        year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
      }).formatToParts(new Date()).map((part) => [part.type, part.value])
    );
    const zone = new Intl.DateTimeFormat("en-US", { timeZone: clock.dataset.zone, timeZoneName: "short" })
      .formatToParts(new Date()).find((part) => part.type === "timeZoneName").value;
    const text = `${parts.weekday} ${parts.day} ${parts.month} ${parts.year}, ${parts.hour}:${parts.minute} ${zone}`;
    if (clock.textContent !== text) clock.textContent = text;
    for (const told of document.querySelectorAll(".dt-ago")) told.textContent = ago(told.dataset.time);
  }
  setInterval(tick, 5000);

  /* the page lives: what changed is asked while somebody looks, unless it is held */
  const PACE = 8000;
  let known = null;
  let held = false;
  let asking = false;

  let due = null; // when something counts as silent although nothing has come

  function lookAtDue() {
    if (!due || !known || Date.now() < due) return;
    due = null;
    setProps("changes", { data: { ...known, tag: `${known.tag}-${Date.now()}` } });
  }

  /* once the data service answers, what could not be drawn meanwhile is asked for again, also where
     what could be drawn since has hidden the banner */
  function tellOutage(away) {
    const banner = dialog("outage");
    if (!banner) return;
    const told = !banner.hidden || "missed" in banner.dataset;
    if (away && banner.hidden) setProps("outage", { hidden: false, "data-missed": "yes" });
    if (away || !told) return;
    setProps("outage", { hidden: true });
    dialog("outage-retry").click();
  }
  document.addEventListener("click", (event) => {
    if (event.target.closest("#outage-retry")) setProps("outage", { "data-missed": null });
  });

  /* a page that could not be drawn is asked for until it can: nobody can hold it, nor reads it */
  const lives = () => (dialog("hold") ? !held : dialog("outage")?.hidden === false);

  async function look() {
    if (asking || document.hidden || !lives()) return;
    asking = true;
    try {
      const headers = known ? { "If-None-Match": known.tag } : {};
      const answer = await fetch(`${site}_changes`, { headers });
      if (answer.status !== 401) tellOutage(answer.status >= 500);
      if (answer.status === 200) {
        known = { tag: answer.headers.get("ETag"), ...(await answer.json()) };
        setProps("changes", { data: known });
      }
      lookAtDue();
    } catch {
      tellOutage(true); // the dashboard itself is away
    } finally {
      asking = false;
    }
  }
  setInterval(look, PACE);
  document.addEventListener("visibilitychange", look);

  function hold(button) {
    held = !held;
    showHeld(button);
    look();
  }
  function showHeld(button) {
    if (!button) return;
    button.setAttribute("aria-pressed", String(held));
    button.querySelector(".dt-dot").className = held ? "dt-dot off" : "dt-dot ok";
    button.querySelector(".dt-hold-text").textContent = held ? "Held" : "Live";
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("#hold");
    if (button) hold(button);
    const copy = event.target.closest(".dt-copy");
    if (copy) copyText(copy);
  });

  function copyText(button) {
    const say = (told) => {
      const words = button.textContent;
      button.textContent = told;
      setTimeout(() => { button.textContent = words; }, 2000);
    };
    const copied = () => say("Copied");
    const byHand = () => say(copyByHand(button.dataset.copy) ? "Copied" : "Not copied");
    if (navigator.clipboard) navigator.clipboard.writeText(button.dataset.copy).then(copied, byHand);
    else byHand();
  }

  /* without TLS browsers have no clipboard: a secret that is shown once is copied in the old way */
  function copyByHand(text) {
    const room = document.createElement("textarea");
    room.value = text;
    (document.querySelector("dialog[open]") || document.body).append(room);
    room.select();
    const copied = document.execCommand("copy");
    room.remove();
    return copied;
  }

  /* a session that has ended leads to the log-in, and from there back here */
  const fetched = window.fetch;
  window.fetch = async (...request) => {
    const answer = await fetched(...request);
    const address = String(request[0].url || request[0]);
    if (answer.status === 401 && /\/_(dash-|changes|rows)/.test(address)) {
      const here = location.pathname.slice(site.length - 1) + location.search;
      location.assign(`${site}login?ended=1&next=${encodeURIComponent(here)}`);
    }
    return answer;
  };

  const systemTheme = () => (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

  /* the tab is called as the page, whose heading may come later than the page */
  let shown = null;
  function entitle() {
    const title = document.querySelector("h1");
    const told = shown?.path === location.pathname.slice(site.length - 1) ? shown.text : "";
    const words = [told, title?.textContent, "DTBase"];
    document.title = [...new Set(words.filter(Boolean))].join(" · ").replace(/^(\(\d+\)) · /, "$1 ");
  }
  function watchHeading() {
    const bar = document.querySelector(".dt-bar");
    if (!bar || bar.watched) return;
    bar.watched = true;
    new MutationObserver(entitle).observe(bar, { childList: true, subtree: true, characterData: true });
  }

  window.dash_clientside.dtbase = {
    /* where a callback leads */
    follow(to) {
      return to && to.search !== location.search ? to.search : window.dash_clientside.no_update;
    },

    /* a page has come, or tells what it shows */
    settle(_page, told, next, versions) {
      due = next;
      known ||= versions; // told with the first page, and older than all that it shows
      setTimeout(() => {
        shown = told;
        entitle();
        watchHeading();
        tick();
        showHeld(dialog("hold"));
        if (!known) look();
      });
      return Date.now();
    },

    /* the theme of this browser: light, dark, or whatever the system prefers */
    choose_theme(chosen) {
      const cookie = /(?:^|; )dtbase_theme=(light|dark)/.exec(document.cookie);
      const [cause] = window.dash_clientside.callback_context.triggered;
      if (!cause?.prop_id.startsWith("account-theme") || !chosen) {
        setTimeout(() => setProps("account-theme", { value: cookie ? cookie[1] : "system" }));
        return window.dash_clientside.no_update;
      }
      const theme = chosen === "system" ? systemTheme() : chosen;
      const age = chosen === "system" ? 0 : 31536000;
      document.cookie = `dtbase_theme=${theme}; path=/; max-age=${age}; samesite=lax`;
      root.dataset.bsTheme = theme;
      setProps("theme", { data: theme });
      return window.dash_clientside.no_update;
    },
  };
})();
