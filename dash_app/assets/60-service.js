/* What a service's page does in the browser: say what to draw, and draw anew as runs get on. */
"use strict";

(() => {
  let seen = "";
  window.dash_clientside.service = {
    compose(search, changes, _retried, refresh, here) {
      const nothing = window.dash_clientside.no_update;
      if (!here) return nothing;
      const [cause] = window.dash_clientside.callback_context.triggered;
      const news = changes ? changes.runs : "";
      const same = seen === news || !seen;
      if (news) seen = news;
      if (cause?.prop_id.startsWith("changes") && same) return nothing;
      return { search: search || "", refresh, asked: Date.now() };
    },
  };
})();
