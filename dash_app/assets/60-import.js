/* Import in the browser: a file is chosen or dropped, kept here, and sent as often as it is asked about. */
"use strict";

(() => {
  const config = document.getElementById("_dash-config");
  const site = config ? JSON.parse(config.textContent).requests_pathname_prefix : "/";
  const MOST = 64 * 1024 * 1024;
  let chosen = null;
  let under = null;
  let missed = null; // what was asked while nobody answered

  const put = (id, data) => window.dash_clientside.set_props(id, { data });
  const cookie = () => (document.cookie.match(/(?:^|; )_csrf_token=([^;]*)/) || [])[1] || "";
  const bar = () => document.getElementById("import-bar");
  const told = () => document.getElementById("import-told");

  function show(words, share, storing) {
    const room = document.getElementById("import-busy");
    if (!room) return;
    room.hidden = !words;
    const body = document.getElementById("import-body");
    body.classList.toggle("busy", Boolean(words));
    body.inert = Boolean(storing); // so that nobody imports twice
    if (!words) return;
    told().textContent = words;
    if (share === null) bar().removeAttribute("value");
    else bar().value = share;
  }

  function take(file) {
    if (!file) return;
    if (file.size > MOST) {
      chosen = null;
      put("import-answer", {
        file: file.name,
        ask: {},
        refused: "The file is larger than 64 MB. `dtbase import` takes files of any size, piece by piece.",
      });
      return;
    }
    chosen = file;
    const kept = document.getElementById("import-kept");
    put("import-ask", { profile: kept && kept.value !== "-" ? kept.value : null, said: {}, asked: Date.now() });
  }

  function send(ask) {
    if (under) under.abort();
    missed = null;
    const form = new FormData();
    form.append("ask", JSON.stringify(ask));
    form.append("file", chosen, chosen.name);
    const request = new XMLHttpRequest();
    under = request;
    request.open("POST", `${site}_import`);
    request.setRequestHeader("X-CSRFToken", decodeURIComponent(cookie()));
    const storing = ask.dry_run === false;
    request.upload.onprogress = (event) =>
      show("Sending the file", event.loaded / (event.total || 1), storing);
    request.upload.onload = () =>
      show(storing ? "Storing the readings" : "Reading the file", null, storing);
    request.onload = () => {
      if (under !== request) return;
      show("");
      if (request.status === 401) location.reload();
      else if (request.status === 200) put("import-answer", JSON.parse(request.responseText));
      else if (request.status >= 500) wait(ask);
      else fail(ask, "The file could not be taken. Load the page again and try once more.");
    };
    request.onerror = () => {
      if (under !== request) return;
      show("");
      fail(ask, "The file did not arrive. Has it changed since it was chosen? Choose it again.");
    };
    show("Sending the file", 0, storing);
    request.send(form);
  }

  /* what is seen and said stays as it is: what was to be read is read once the data service is back,
     and what was to be stored waits for the button, since it may have been stored */
  function wait(ask) {
    missed = ask.dry_run === false ? null : ask;
    window.dash_clientside.set_props("outage", { hidden: false, "data-missed": "yes" });
  }
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("#outage-retry")) return;
    const ask = missed;
    missed = null;
    if (ask && chosen && document.getElementById("import-body")) send(ask);
  });

  const fail = (ask, refused) => put("import-answer", { file: chosen.name, ask, refused });

  function picker() {
    let input = document.getElementById("import-file");
    if (!input) {
      input = document.createElement("input");
      input.type = "file";
      input.id = "import-file";
      input.hidden = true;
      input.setAttribute("aria-label", "The file to import");
      input.addEventListener("change", () => {
        take(input.files[0]);
        input.value = "";
      });
      document.body.append(input);
    }
    return input;
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest && event.target.closest(".im-choose")) picker().click();
  });
  for (const name of ["dragover", "dragleave", "drop"])
    document.addEventListener(name, (event) => {
      const zone = document.getElementById("import-start");
      if (!zone || !event.dataTransfer || ![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault(); // a file that misses the card must not replace the page
      zone.classList.toggle("over", name === "dragover");
      if (name === "drop") take(event.dataTransfer.files[0]);
    });

  window.dash_clientside.importing = {
    send(ask) {
      if (ask && chosen) send(ask);
      return window.dash_clientside.no_update;
    },
  };
})();
