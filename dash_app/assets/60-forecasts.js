/* What Forecasts does in the browser: say what to draw, and draw anew only what is new. */
"use strict";

(() => {
  const news = window.dtNews("runs", "readings");
  window.dash_clientside.forecasts = {
    compose(search, theme, changes, _retried, refresh, here) {
      if (!here || !news.draws(changes)) return window.dash_clientside.no_update;
      return { search: search || "", theme, refresh, asked: Date.now() };
    },
  };
})();
