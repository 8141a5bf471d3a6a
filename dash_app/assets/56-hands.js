/* What is moved by hand: one finger or the mouse drags, two pinch, the wheel and keys do the same. */
"use strict";

/* `does` has drag(right, down, event), enlarge(times, at), keys, and if it likes press(at) for a click that drags nothing */
window.dtHands = (view, does) => {
  const STILL = 4; // pixels
  const fingers = new Map();
  let way = 0;
  const from = (event) => { const box = view.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
  const apart = () => { const [a, b] = [...fingers.values()]; return Math.hypot(a[0] - b[0], a[1] - b[1]); };
  view.addEventListener("wheel", (event) => { event.preventDefault(); does.enlarge(2 ** (-event.deltaY / 300), from(event)); }, { passive: false });
  view.addEventListener("pointerdown", (event) => {
    if (event.target.closest("a, button")) return;
    view.setPointerCapture(event.pointerId);
    if (!fingers.size) way = 0;
    fingers.set(event.pointerId, from(event));
  });
  view.addEventListener("pointermove", (event) => {
    const last = fingers.get(event.pointerId);
    if (!last) return;
    const before = fingers.size === 2 ? apart() : 0;
    const now = from(event);
    const [right, down] = [now[0] - last[0], now[1] - last[1]];
    way += Math.hypot(right, down);
    fingers.set(event.pointerId, now);
    if (before) does.enlarge(apart() / before, now);
    does.drag(right / fingers.size, down / fingers.size, { across: event.shiftKey || fingers.size > 1 });
  });
  const leave = (event) => {
    const known = fingers.delete(event.pointerId);
    if (known && event.type === "pointerup" && !fingers.size && way < STILL) does.press?.(from(event));
  };
  view.addEventListener("pointerup", leave);
  view.addEventListener("pointercancel", leave);
  view.addEventListener("keydown", (event) => {
    if (event.target !== view || event.ctrlKey || event.metaKey || event.altKey || !does.keys[event.key]) return;
    event.preventDefault();
    does.keys[event.key]();
  });
};
