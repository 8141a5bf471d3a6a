/* Makes assets/05-plotly.min.js: plotly.js with the kinds of traces that the dashboard draws. docs/front-end.md says how. */
"use strict";

const { writeFileSync, unlinkSync } = require("fs");
const { join } = require("path");
const { environmentPlugin } = require("esbuild-plugin-environment");
const inlineCss = require("esbuild-plugin-inline-css");
const { version } = require("plotly.js/package.json");

const TRACES = ["bar", "heatmap"]; // scatter is in the core
const entry = join(process.cwd(), "entry.cjs");
const traces = TRACES.map((name) => `require("plotly.js/lib/${name}")`);
writeFileSync(entry, `const plotly = require("plotly.js/lib/core");\nplotly.register([${traces}]);\nmodule.exports = plotly;\n`);

require("esbuild").build({
  entryPoints: [entry],
  outfile: join(__dirname, "..", "assets", "05-plotly.min.js"),
  banner: {
    js: `/**\n* plotly.js (scatter, ${TRACES.join(", ")} - minified) v${version}\n* Copyright 2012-2026, Plotly, Inc.\n* All rights reserved.\n* Licensed under the MIT license\n*/`,
  },
  format: "iife", globalName: "Plotly", bundle: true, minify: true, target: "es2016", legalComments: "none",
  plugins: [inlineCss(), environmentPlugin({ NODE_DEBUG: false })],
  alias: { stream: "stream-browserify" },
  define: { global: "window", "define.amd": "false" },
}).finally(() => unlinkSync(entry));
