/* What Find when does in the browser: say what to look for, and that somebody has left. */
"use strict";

(() => {
  const TAB = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
  let looking = false;

  /* nobody waits any more for what is looked for: the server breaks it off */
  function leave() {
    if (!looking) return;
    looking = false;
    const token = /(?:^|; )_csrf_token=([^;]*)/.exec(document.cookie)?.[1] || "";
    const config = JSON.parse(document.getElementById("_dash-config").textContent);
    fetch(`${config.requests_pathname_prefix}_find/leave?tab=${TAB}`, {
      method: "POST", keepalive: true, headers: { "X-CSRFToken": decodeURIComponent(token) },
    }).catch(() => {});
  }
  window.addEventListener("pagehide", leave);

  window.dash_clientside.finding = {
    compose(search, theme, _retried, _path, here) {
      const nothing = window.dash_clientside.no_update;
      if (location.pathname.split("/").pop() !== "find") {
        leave();
        return nothing;
      }
      if (!here) return nothing;
      looking = true;
      return { search: search || "", theme, tab: TAB, asked: Date.now() };
    },
  };
})();
