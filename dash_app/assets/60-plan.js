/* A place's plan: a picture to which sensors and places are pinned by hand; and what its page shows at all. */
"use strict";

(() => {
  const lapse = window.dtLapse;
  const pins = window.dtPins;
  const { make, site } = lapse;
  const nothing = () => window.dash_clientside.no_update;
  const byId = (id) => document.getElementById(id);
  const MANY = 60; // marks; of more the names would cover each other, and are told where one points
  let scene = null;
  let plan = null; // the floor plan as it was kept last
  let editing = false;
  let brought = ""; // the place to which somebody here has just brought its first picture

  function build() {
    if (!byId("plan-room") || !scene) return;
    const view = lapse.views[scene.see];
    lapse.fill(() => view.build(scene));
    byId("plan-tools").replaceChildren(...(view.tools?.() || []));
  }
  lapse.rebuild = build;
  lapse.views.plan = {
    build: () => [buildPlan(), lapse.buildTime(), lapse.buildList(plan && "on the plan", (mark) => editing && buildPinButton(mark))],
    tools: () => (scene.may_edit && plan ? buildEditing() : []),
    editing: () => editing,
    kept: (given) => { if (given?.plan && given.plan.location === plan?.location) plan = given.plan; },
    take(given) {
      plan = given.plan;
      if (plan && plan.location === brought) editing = true; // what was just brought is to be pinned to
      brought = "";
    },
    leave() { editing = false; },
  };
  const leave = () => Object.values(lapse.views).forEach((view) => view.leave?.());

  function buildPlan() {
    const card = make("section", "dt-card pn-card", null, { "aria-label": "Plan" });
    if (!plan) return fillEmpty(card);
    const sheet = make("div", "pn-sheet");
    sheet.style.aspectRatio = `${plan.width} / ${plan.height}`;
    sheet.style.maxWidth = `calc(70vh * ${plan.width / plan.height})`;
    const src = `${site}_floor-plan?location=${encodeURIComponent(plan.location)}&v=${plan.digest}`;
    sheet.append(make("img", "", null, { src, alt: "", draggable: "false" }));
    for (const mark of scene.marks) {
      if (mark.x === null) continue;
      sheet.append(lapse.buildMark(mark, editing));
      put(mark);
    }
    sheet.classList.toggle("crowded", sheet.querySelectorAll(".pn-mark").length > MANY);
    card.append(sheet);
    if (editing) card.append(make("p", "dt-meta px-3 mb-2", "Press Put on beside a sensor in the list, then drag it to where it is; arrows move it too. It is kept at once."));
    card.append(lapse.buildLegend());
    return card;
  }
  function fillEmpty(card) {
    const box = make("div", "dt-empty");
    box.append(make("h2", "", "No plan yet"), make("p", "", scene.may_edit
      ? "Bring a picture of this place, as PNG, JPEG or SVG, and pin its sensors to it."
      : "An editor can bring a picture of this place and pin its sensors to it."));
    if (scene.may_edit) {
      const upload = buildUpload("Bring a picture", "btn btn-primary");
      upload.addEventListener("brought", () => { brought = scene.place; });
      box.append(upload);
    }
    card.append(box);
    return card;
  }
  function put(mark) {
    mark.element.style.left = `${mark.x * 100}%`;
    mark.element.style.top = `${mark.y * 100}%`;
    mark.element.classList.toggle("left", mark.x > 0.8);
  }

  const UPLOAD = { path: "_floor-plan", accept: "image/png,image/jpeg,image/svg+xml", large: "A picture may have at most 8 MiB." };
  const buildUpload = (text, kind) => pins.buildUpload(text, kind, { ...UPLOAD, place: scene.place });
  const collect = () => plan && { plan, pins: scene.marks.filter((mark) => mark.x !== null).map((mark) => ({ [mark.kind]: mark.name, x: mark.x, y: mark.y })) };
  function buildEditing() {
    return [buildUpload("Change picture", "btn btn-light"), pins.buildEdit("Edit plan", editing, () => { editing = !editing; build(); })];
  }

  /* pinning: by the mouse, by a finger, by the arrows */
  function buildPinButton(mark) {
    const there = mark.x !== null;
    const button = make("button", "btn btn-light btn-sm", there ? "Take off" : "Put on",
      { type: "button", "aria-label": `${there ? "Take off" : "Put on the plan"}: ${mark.title}` });
    button.addEventListener("click", () => {
      [mark.x, mark.y] = there ? [null, null] : [0.5, 0.5];
      build();
      mark.element?.focus();
      pins.later(collect);
    });
    return button;
  }
  function move(mark, x, y) {
    const within = (share) => Math.round(Math.max(0, Math.min(1, share)) * 1e4) / 1e4;
    [mark.x, mark.y] = [within(x), within(y)];
    put(mark);
  }
  document.addEventListener("pointerdown", (event) => {
    const element = editing && event.target.closest?.(".pn-mark");
    if (!element) return;
    const box = element.parentElement.getBoundingClientRect();
    const from = [event.clientX - element.mark.x * box.width, event.clientY - element.mark.y * box.height];
    let moved = false;
    const drag = (to) => {
      moved = true;
      move(element.mark, (to.clientX - from[0]) / box.width, (to.clientY - from[1]) / box.height);
    };
    const end = () => {
      element.removeEventListener("pointermove", drag);
      element.removeEventListener("pointerup", end);
      element.removeEventListener("pointercancel", end);
      if (moved) pins.later(collect);
    };
    element.setPointerCapture(event.pointerId);
    element.addEventListener("pointermove", drag);
    element.addEventListener("pointerup", end);
    element.addEventListener("pointercancel", end);
  });
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  document.addEventListener("keydown", (event) => {
    const element = editing && event.target.closest?.(".pn-mark");
    const arrow = element && ARROWS[event.key];
    if (!arrow) return;
    event.preventDefault();
    const far = event.shiftKey ? 0.002 : 0.01;
    move(element.mark, element.mark.x + arrow[0] * far, element.mark.y + arrow[1] * far);
    pins.later(collect);
  });
  const news = window.dtNews("readings", "runs", "registry");
  let drawn = "";
  window.dash_clientside.plan = {
    /* what the server is asked for; the step that is seen is ours alone */
    compose(search, changes, _retried, refresh, here) {
      if (!here) { lapse.take(null); scene = null; drawn = ""; leave(); return nothing(); }
      if (!news.draws(changes, () => lapse.busy() || scene && lapse.views[scene.see].editing?.())) return nothing();
      const given = new URLSearchParams(search || "");
      given.delete("t");
      const wanted = `${given} ${news.of(changes)} ${refresh} ${_retried}`;
      if (wanted === drawn && byId("plan-room")?.childElementCount) return nothing();
      drawn = wanted;
      return { search: search || "", version: refresh ? `${changes?.tag}-${refresh}` : changes?.tag ?? null, asked: Date.now() };
    },

    /* somebody has chosen; what the server fills in is no choice */
    look(measure, range, shown) {
      if (shown && measure && (measure !== shown.key || range !== shown.range)) lapse.go({ m: measure, r: range });
      return nothing();
    },

    /* what was asked for has come, or what was pinned is kept */
    draw(fetched, kept) {
      const causes = window.dash_clientside.callback_context.triggered;
      if (causes.some((cause) => cause.prop_id.startsWith("plan-kept"))) {
        lapse.views[scene?.see]?.kept?.(kept);
        pins.settled();
        return nothing();
      }
      if (fetched && scene && fetched.place === scene.place && fetched.see === scene.see && pins.busy()) {
        drawn = ""; // what was pinned is newer than this
        return nothing();
      }
      pins.flush(); // of what somebody leaves
      if (scene?.see !== fetched?.see) leave();
      scene = fetched;
      lapse.take(scene);
      lapse.views[scene?.see]?.take?.(scene);
      if (!scene) { byId("plan-room")?.replaceChildren(); byId("plan-tools")?.replaceChildren(); return nothing(); }
      build();
      return nothing();
    },
  };
})();
