/* What a sensor's page does in the browser: say what to draw, and draw anew only what is new. */
"use strict";

(() => {
  const news = window.dtNews("readings", "registry");
  window.dash_clientside.sensor = {
    compose(search, changes, _retried, refresh, here) {
      const nothing = window.dash_clientside.no_update;
      if (!here || !news.draws(changes, () => document.querySelector(".modal.show"))) return nothing;
      return { search: search || "", refresh, asked: Date.now() };
    },
  };
})();
