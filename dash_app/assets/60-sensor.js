/* What a sensor's page does in the browser: say what to draw, and draw anew only what is new. */
"use strict";

(() => {
  let seen = null;
  window.dash_clientside.sensor = {
    compose(search, changes, _retried, refresh, here) {
      const nothing = window.dash_clientside.no_update;
      if (!here) return nothing;
      const causes = window.dash_clientside.callback_context.triggered; // a page may come with news
      const onlyNews = causes.length > 0 && causes.every((cause) => cause.prop_id.startsWith("changes"));
      if (onlyNews && document.querySelector(".modal.show")) return nothing; // never under somebody's hand
      const news = changes ? `${changes.readings} ${changes.registry}` : null;
      const same = seen === news; // the first is news too: the page may be older
      if (changes) seen = news;
      if (onlyNews && same) return nothing;
      return { search: search || "", refresh, asked: Date.now() };
    },
  };
})();
