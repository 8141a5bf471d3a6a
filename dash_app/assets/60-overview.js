/* What Overview does in the browser: wait until somebody has typed. */
"use strict";

(() => {
  let pause = 0;

  /* the field says what the address says, unless somebody is typing into it */
  function settleField(words) {
    const field = document.getElementById("overview-find");
    if (!field || field === document.activeElement || field.value === words) return;
    window.dash_clientside.set_props("overview-find", { value: words });
  }

  window.dash_clientside.overview = {
    /* what the server is asked to draw */
    compose(search, changes, _retried, here) {
      if (!here) return window.dash_clientside.no_update;
      settleField(new URLSearchParams(search || "").get("q") || "");
      return { search: search || "", version: changes ? changes.tag : null, asked: Date.now() };
    },

    typed(words) {
      clearTimeout(pause);
      pause = setTimeout(() => {
        const field = document.getElementById("overview-find");
        if (field && field.value === (words || "")) {
          window.dash_clientside.set_props("overview-typed", { data: words || "" });
        }
      }, 250);
      return window.dash_clientside.no_update;
    },
  };
})();
