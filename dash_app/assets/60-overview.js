/* What Overview does in the browser: wait until somebody has typed. */
"use strict";

(() => {
  let pause = 0;
  window.dash_clientside.overview = {
    /* what the server is asked to draw */
    compose(search, changes, _retried, here) {
      if (!here) return window.dash_clientside.no_update;
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
