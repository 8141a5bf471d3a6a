/* What is pinned to a plan or to a shape, on its way to the server; and files that are brought for a place. */
"use strict";

window.dtPins = (() => {
  const lapse = window.dtLapse;
  const { make, setProps, site } = lapse;
  let collect = null; // what is pinned now, of the part that is edited
  let waiting = 0; // for more before it is sent
  let sending = false;
  let unsent = false;

  function later(given) {
    collect = given;
    clearTimeout(waiting);
    waiting = setTimeout(flush, 300);
    unsent = true;
  }
  function flush() {
    clearTimeout(waiting);
    const asked = unsent && !sending && collect();
    if (!asked) return;
    unsent = false;
    sending = true;
    setProps("plan-pins", { data: { ...asked, asked: Date.now() } });
    setTimeout(() => { if (sending) { sending = false; setProps("plan-refresh", { data: Date.now() }); } }, 10000);
  }
  function settled() {
    sending = false;
    flush();
  }

  /* a file for a place: `path` takes it, `large` is said of one that is too large */
  function buildUpload(text, kind, { path, accept, large, place }) {
    const label = make("label", kind);
    const input = make("input", "visually-hidden", null, { type: "file", accept });
    input.addEventListener("change", () => { if (input.files[0]) bring(input, label, { path, large, place }); });
    label.append(make("span", "", text), input);
    return label;
  }
  async function bring(input, label, { path, large, place }) {
    const told = document.getElementById("plan-told");
    told.textContent = "";
    label.classList.add("disabled");
    const token = /(?:^|; )_csrf_token=([^;]*)/.exec(document.cookie)?.[1] || "";
    try {
      const answer = await fetch(`${site}${path}?location=${encodeURIComponent(place)}`,
        { method: "POST", body: input.files[0], headers: { "X-CSRFToken": decodeURIComponent(token), "Content-Type": "application/octet-stream" } });
      if (answer.status === 401) location.reload();
      else if (answer.ok) {
        label.dispatchEvent(new Event("brought"));
        setProps("plan-refresh", { data: Date.now() });
      }
      else told.textContent = answer.status === 413 ? large : await answer.text();
    } catch {
      told.textContent = "The dashboard does not answer. Try again in a minute.";
    } finally {
      label.classList.remove("disabled");
      input.value = "";
    }
  }
  function buildEdit(text, editing, act) {
    const edit = make("button", `btn btn-light pn-edit${editing ? " active" : ""}`, editing ? "Done" : text,
      { type: "button", "aria-pressed": String(editing) });
    edit.addEventListener("click", () => { flush(); act(); });
    return edit;
  }
  return { later, flush, settled, buildUpload, buildEdit, busy: () => unsent || sending };
})();
