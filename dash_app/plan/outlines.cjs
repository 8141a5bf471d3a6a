/* Makes assets/late/outlines.json: where land is, and where countries end. docs/front-end.md says how. */
"use strict";

const { writeFileSync } = require("fs");
const { join } = require("path");
const { merge, mesh } = require("topojson-client");
const { presimplify, simplify } = require("topojson-simplify");
const world = require("world-atlas/countries-50m.json");
const { version } = require("world-atlas/package.json");

const PARTS = 100; // of a degree: about a kilometre, what the outlines themselves know
const LEAST = 2e-4; // square degrees; flatter corners than that are left out
const fine = simplify(presimplify(world), LEAST);

/* a line as whole numbers: where it begins, and then how far each step goes */
function packed(line) {
  const found = [];
  let [x, y] = [0, 0];
  for (const point of line) {
    const [to, up] = point.map((degrees) => Math.round(degrees * PARTS));
    if (found.length && to === x && up === y) continue;
    found.push(to - x, up - y);
    [x, y] = [to, up];
  }
  return found;
}
const { countries } = fine.objects;
const rings = merge(fine, countries.geometries).coordinates.flat();
const borders = mesh(fine, countries, (one, other) => one !== other).coordinates;
const outlines = {
  from: `Natural Earth 1:50m, public domain; by way of world-atlas ${version}`,
  parts: PARTS,
  land: rings.map(packed).filter((line) => line.length > 6),
  borders: borders.map(packed).filter((line) => line.length > 2),
};
writeFileSync(join(__dirname, "..", "assets", "late", "outlines.json"), JSON.stringify(outlines));
