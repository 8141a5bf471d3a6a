/* Marks of notes on a chart: drawn over what the server drew, and taken away with it. */
"use strict";

(() => {
  const NAME = "dtbase-note";
  const TIMELESS = new Set(["scatter", "hours", "distribution", "calendar"]); // views that are no line over time
  const others = (items) => (items || []).filter((item) => item.name !== NAME);

  function shape(note) {
    const kind = note.x1 ? "note-range" : "note-line";
    return { name: NAME, templateitemname: kind, visible: true, x0: note.x0, x1: note.x1 || note.x0 };
  }

  function label(note) {
    return {
      name: NAME, templateitemname: "note-label", visible: true, x: note.x0, yref: "paper", y: 1,
      text: String(note.number), hovertext: note.text, captureevents: true,
    };
  }

  window.dash_clientside.notes = {
    mark(given, figure) {
      const nothing = window.dash_clientside.no_update;
      if (!figure?.layout || !given) return nothing;
      const view = new URLSearchParams(location.search).get("view");
      const notes = TIMELESS.has(view) ? [] : given;
      const { shapes, annotations } = figure.layout;
      const before = (shapes || []).length + (annotations || []).length;
      const kept = [others(shapes), others(annotations)];
      if (!notes.length && kept[0].length + kept[1].length === before) return nothing;
      const layout = {
        ...figure.layout,
        shapes: [...kept[0], ...notes.map(shape)],
        annotations: [...kept[1], ...notes.map(label)],
      };
      return { ...figure, layout };
    },
  };
})();
