/* Before anything is drawn: until somebody chooses, the theme is the one that the system prefers. */
"use strict";

(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  function follow() {
    const theme = dark.matches ? "dark" : "light";
    document.cookie = `dtbase_system_theme=${theme}; path=/; max-age=31536000; samesite=lax`;
    if (/(^|; )dtbase_theme=(light|dark)/.test(document.cookie)) return;
    document.documentElement.dataset.bsTheme = theme;
    const charts = window.dash_clientside && window.dash_clientside.set_props;
    if (charts) charts("theme", { data: theme });
  }
  follow();
  dark.addEventListener("change", follow);
})();
