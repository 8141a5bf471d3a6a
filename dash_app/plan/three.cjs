/* Makes assets/late/three.min.mjs: those parts of three.js that a place's space is drawn with. docs/front-end.md says how. */
"use strict";

const { writeFileSync, unlinkSync } = require("fs");
const { join } = require("path");
const { REVISION } = require("three");

const PARTS = ["AmbientLight", "Box3", "BoxGeometry", "BufferAttribute", "BufferGeometry", "Color", "DirectionalLight", "DoubleSide", "Group",
  "InstancedMesh", "LineBasicMaterial", "LineDashedMaterial", "LineSegments", "Matrix4", "Mesh", "MeshBasicMaterial", "MeshLambertMaterial",
  "PerspectiveCamera", "PlaneGeometry", "Quaternion", "Raycaster", "Scene", "SphereGeometry", "TextureLoader", "Vector2", "Vector3", "WebGLRenderer"];
const entry = join(process.cwd(), "entry.mjs");
writeFileSync(entry, `export { ${PARTS.join(", ")} } from "three";\nexport { GLTFLoader } from "three/examples/jsm/loaders/GLTFLoader.js";\n`);

require("esbuild").build({
  entryPoints: [entry],
  outfile: join(__dirname, "..", "assets", "late", "three.min.mjs"),
  banner: { js: `/*! three.js r${REVISION}, parts of it; Copyright 2010-2026 three.js authors; MIT licence */` },
  format: "esm", bundle: true, minify: true, target: "es2022", legalComments: "none",
}).finally(() => unlinkSync(entry));
