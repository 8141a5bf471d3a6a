/* What Find when does in the browser: say what to look for. */
"use strict";

window.dash_clientside.finding = {
  compose(search, theme, _retried, here) {
    const nothing = window.dash_clientside.no_update;
    if (!here || location.pathname.split("/").pop() !== "find") return nothing;
    return { search: search || "", theme, asked: Date.now() };
  },
};
