/* What Forecasts does in the browser: say what to draw, and draw anew only what is new. */
"use strict";

(() => {
  let seen = null;
  window.dash_clientside.forecasts = {
    compose(search, theme, changes, _retried, refresh, here) {
      const nothing = window.dash_clientside.no_update;
      if (!here) return nothing;
      const [cause] = window.dash_clientside.callback_context.triggered;
      const news = changes ? `${changes.runs} ${changes.readings}` : null;
      const same = seen === news; // the first is news too: the page may be older
      if (changes) seen = news;
      if (cause?.prop_id.startsWith("changes") && same) return nothing;
      return { search: search || "", theme, refresh, asked: Date.now() };
    },
  };
})();
