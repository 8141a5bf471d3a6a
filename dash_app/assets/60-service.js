/* What a service's page does in the browser: say what to draw, and draw anew as runs get on. */
"use strict";

(() => {
  const news = window.dtNews("runs");
  window.dash_clientside.service = {
    compose(search, changes, _retried, refresh, here) {
      if (!here || !news.draws(changes)) return window.dash_clientside.no_update;
      return { search: search || "", refresh, asked: Date.now() };
    },
  };
})();
