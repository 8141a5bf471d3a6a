/* What must happen in the browser: theme, clock, log-out, search, small menus; no data. */
"use strict";

window.dash_clientside = window.dash_clientside || {};

(() => {
  const root = document.documentElement;
  const setProps = (id, props) => window.dash_clientside.set_props(id, props);

  /* theme */
  function switchTheme() {
    const next = root.dataset.bsTheme === "dark" ? "light" : "dark";
    root.dataset.bsTheme = next;
    document.cookie = `dtbase_theme=${next}; path=/; max-age=31536000; samesite=lax`;
    setProps("theme", { data: next });
  }

  /* pages: follow links of the navigation without loading everything again */
  function follow(event) {
    const link = event.target.closest(".dt-nav a[href^='/'], .dt-tabs-bottom a[href^='/']");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    setProps("url", { pathname: link.getAttribute("href"), search: "" });
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest(".dt-theme-switch")) switchTheme();
    follow(event);
    for (const open of document.querySelectorAll("details.dt-pop[open]")) {
      if (!open.contains(event.target)) open.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      for (const open of document.querySelectorAll("details.dt-pop[open]")) {
        open.open = false;
        open.querySelector("summary").focus();
      }
    }
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    const field = document.querySelector(".dt-find input");
    if (event.key === "/" && !typing && field) {
      event.preventDefault();
      field.focus();
    }
  });

  /* the search among the series hides what does not match */
  document.addEventListener("input", (event) => {
    if (!event.target.closest(".ex-find")) return;
    const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const station of document.querySelectorAll(".dt-tree details")) {
      const name = station.querySelector("summary").textContent.toLowerCase();
      let found = 0;
      for (const entry of station.querySelectorAll(".form-check")) {
        const key = entry.querySelector("input").value;
        const text = `${name} ${entry.textContent} ${key}`.toLowerCase();
        entry.hidden = !words.every((word) => text.includes(word));
        found += entry.hidden ? 0 : 1;
      }
      station.hidden = found === 0;
      if (words.length && found) station.open = true;
    }
  });

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
  }
  setInterval(tick, 5000);

  /* where the site begins: below a path, if it stands behind a proxy */
  const config = document.getElementById("_dash-config");
  const site = config ? JSON.parse(config.textContent).requests_pathname_prefix : "/";

  /* a session that has ended leads to the log-in, and from there back here */
  const fetched = window.fetch;
  window.fetch = async (...request) => {
    const answer = await fetched(...request);
    const address = String(request[0].url || request[0]);
    if (answer.status === 401 && address.includes("/_dash-")) {
      const here = location.pathname.slice(site.length - 1) + location.search;
      location.assign(`${site}login?ended=1&next=${encodeURIComponent(here)}`);
    }
    return answer;
  };

  window.dash_clientside.dtbase = {
    settle() {
      setTimeout(() => {
        const title = document.querySelector("h1");
        document.title = title ? `${title.textContent} · DTBase` : "DTBase";
        tick();
      });
      return Date.now();
    },
  };
})();
