/* What a space is drawn with, of three.js: boxes, points, a shape, and the ground under them. It knows no page. */
"use strict";

window.dtStage = (three, style) => {
  const FIELD = 35; // degrees
  const HALF = FIELD / 2 * Math.PI / 180;
  const renderer = new three.WebGLRenderer({ antialias: true });
  const camera = new three.PerspectiveCamera(FIELD, 1, 0.1, 1000);
  const [behind, front] = [new three.Scene(), new three.Scene()]; // what is measured is seen through what stands around it
  renderer.autoClear = false;
  renderer.domElement.setAttribute("aria-hidden", "true");
  for (const room of [behind, front]) {
    const sun = new three.DirectionalLight(0xffffff, 0.45 * Math.PI); // from above, so that a top has its very colour
    sun.position.set(0.25, -0.5, 1);
    room.add(new three.AmbientLight(0xffffff, 0.6 * Math.PI), sun);
  }
  let now = null; // what is set out
  const isBox = (mark) => mark.width !== null;
  const hue = (name) => new three.Color(style(name));

  function clear() {
    for (const group of now ? [now.things, now.around] : []) {
      group.removeFromParent();
      group.traverse((thing) => { if (!thing.kept) { thing.geometry?.dispose(); thing.material?.dispose(); thing.dispose?.(); } });
    }
  }
  /* set out marks, and a shape if there is one; return how far all of it reaches */
  function setOut(marks, shape) {
    clear();
    now = { marks, shape, things: new three.Group(), around: new three.Group(), ...reachOf(marks, shape) };
    front.add(now.things);
    behind.add(now.around);
    const solid = marks.filter((mark) => isBox(mark) && !mark.hollow);
    const points = marks.filter((mark) => !isBox(mark));
    now.meshes = [many(solid, new three.BoxGeometry()), many(points, new three.SphereGeometry(0.5, 20, 14))];
    const masts = points.filter((mark) => !mark.pinned);
    now.masts = lines(masts.flatMap((mark) => { const [x, y, z] = place(mark); return [x, y, now.low, x, y, z]; }));
    now.firm = lines([]);
    now.dashed = lines([], new three.LineDashedMaterial({ dashSize: now.radius / 40, gapSize: now.radius / 60 }));
    now.chosen = lines([]);
    setOutGround();
    if (shape) {
      shape.position.set(...now.middle.map((each) => -each));
      now.around.add(shape);
    }
    return { radius: now.radius, every: now.every };
  }
  const place = (mark) => ["x", "y", "z"].map((axis, i) => mark[axis] - now.middle[i]);
  function many(marks, geometry) {
    const mesh = new three.InstancedMesh(geometry,
      new three.MeshLambertMaterial({ polygonOffset: true, polygonOffsetFactor: 1, polygonOffsetUnits: 1 }), Math.max(marks.length, 1)); // edges lie before faces
    mesh.count = marks.length;
    marks.forEach((mark, i) => {
      const [x, y, z] = place(mark);
      const size = isBox(mark) ? [mark.width, mark.depth, mark.height] : Array(3).fill(now.dot * 2);
      const at = new three.Vector3(x, y, isBox(mark) ? z + mark.height / 2 : z);
      mesh.setMatrixAt(i, new three.Matrix4().compose(at, new three.Quaternion(), new three.Vector3(...size)));
    });
    mesh.marks = marks;
    now.things.add(mesh);
    return mesh;
  }
  function lines(at, material = new three.LineBasicMaterial(), room = now.things) {
    const found = new three.LineSegments(new three.BufferGeometry(), material);
    relay(found, at);
    room.add(found);
    return found;
  }
  function relay(found, at) {
    found.geometry.dispose();
    found.geometry = new three.BufferGeometry();
    found.geometry.setAttribute("position", new three.BufferAttribute(new Float32Array(at), 3));
    if (found.material.isLineDashedMaterial && at.length) found.computeLineDistances();
    found.visible = at.length > 0;
  }
  function setOutGround() {
    const [wide, deep] = now.spans.slice(0, 2).map((span) => Math.max(span * 1.2, now.radius * 0.6));
    now.every = round(Math.max(wide, deep) / 8);
    const [right, back] = [wide, deep].map((span) => Math.ceil(span / 2 / now.every) * now.every);
    now.ground = new three.Mesh(new three.PlaneGeometry(right * 2, back * 2), new three.MeshBasicMaterial({ side: three.DoubleSide }));
    now.ground.position.z = now.low - now.radius * 0.004;
    const grid = [];
    for (let x = -right; x <= right + now.every / 2; x += now.every) grid.push(x, -back, now.low, x, back, now.low);
    for (let y = -back; y <= back + now.every / 2; y += now.every) grid.push(-right, y, now.low, right, y, now.low);
    now.grid = lines(grid, new three.LineBasicMaterial(), now.around);
    now.around.add(now.ground);
  }
  const round = (least) => {
    const unit = 10 ** Math.floor(Math.log10(least));
    return [1, 2, 5, 10].map((times) => times * unit).find((each) => each >= least);
  };
  function reachOf(marks, shape) {
    const half = (mark, axis) => (isBox(mark) ? [mark.width, mark.depth, 0][axis] / 2 : 0);
    const edges = ["x", "y", "z"].map((name, axis) => [
      Math.min(...marks.map((mark) => mark[name] - half(mark, axis))),
      Math.max(...marks.map((mark) => mark[name] + (axis === 2 && isBox(mark) ? mark.height : half(mark, axis)))),
    ]);
    if (shape) {
      shape.position.set(0, 0, 0);
      const box = new three.Box3().setFromObject(shape);
      ["x", "y", "z"].forEach((name, axis) => { edges[axis] = [Math.min(edges[axis][0], box.min[name]), Math.max(edges[axis][1], box.max[name])]; });
    }
    for (const edge of edges) if (!edge.every(Number.isFinite)) edge.splice(0, 2, 0, 1);
    const spans = edges.map(([from, to]) => to - from);
    const radius = Math.hypot(...spans) / 2 || 1;
    const middle = edges.map(([from, to]) => (from + to) / 2);
    return { spans, radius, middle, low: edges[2][0] - middle[2], dot: dotOf(marks, radius) };
  }
  /* a point is seen from afar, and does not touch the next one */
  function dotOf(marks, radius) {
    let nearest = Infinity;
    const points = marks.filter((mark) => !isBox(mark)).slice(0, 600);
    points.forEach((a, i) => points.slice(i + 1).forEach((b) => {
      const far = Math.hypot(a.x - b.x, a.y - b.y, a.z - b.z);
      if (far > 0) nearest = Math.min(nearest, far);
    }));
    return Math.max(radius * 0.008, Math.min(radius * 0.025, nearest * 0.35));
  }
  /* the eight corners of a box, joined by twelve edges */
  function edgesOf(mark, wider = 0) {
    const [x, y, z] = place(mark);
    const dot = now.dot * 1.3;
    const [w, d, h] = isBox(mark) ? [mark.width / 2 + wider, mark.depth / 2 + wider, mark.height + wider] : [dot, dot, dot];
    const floor = isBox(mark) ? z - wider : z - dot;
    const corner = (i) => [x + (i & 1 ? w : -w), y + (i & 2 ? d : -d), i & 4 ? z + h : floor];
    return [0, 1, 1, 3, 3, 2, 2, 0, 4, 5, 5, 7, 7, 6, 6, 4, 0, 4, 1, 5, 2, 6, 3, 7].flatMap(corner);
  }

  /* the colours of a step, and dashed edges where it is a forecast */
  function paint() {
    behind.background = hue("--dt-sunken");
    now.ground.material.color = hue("--dt-land");
    now.grid.material.color = hue("--dt-line-strong");
    for (const each of [now.firm, now.dashed, now.masts]) each.material.color = hue("--dt-ink-3");
    now.chosen.material.color = hue("--dt-accent");
    const [none, some] = [hue("--dt-surface"), new three.Color()];
    for (const mesh of now.meshes) {
      mesh.marks.forEach((mark, i) => mesh.setColorAt(i, mark.colour && mark.now.kind !== "last" ? some.setRGB(...mark.colour.map((each) => each / 255), "srgb") : none));
      if (mesh.instanceColor) mesh.instanceColor.needsUpdate = true;
    }
    const ahead = (mark) => mark.now?.kind === "forecast";
    relay(now.firm, now.marks.filter((mark) => isBox(mark) && !ahead(mark)).flatMap((mark) => edgesOf(mark)));
    relay(now.dashed, now.marks.filter(ahead).flatMap((mark) => edgesOf(mark)));
  }
  const choose = (mark) => relay(now.chosen, mark && mark.x !== null ? edgesOf(mark, now.radius * 0.006) : []);

  /* look from somewhere: how far around, how high, past which point, how near */
  function look({ around, up, across, near }, wide, high) {
    renderer.setPixelRatio(Math.min(window.devicePixelRatio || 1, 2));
    renderer.setSize(wide, high, false);
    camera.aspect = wide / high;
    const far = now.radius / Math.sin(Math.atan(Math.tan(HALF) * Math.min(1, camera.aspect))) * 1.08 / near;
    const middle = new three.Vector3(...across);
    camera.up.set(0, 0, 1);
    camera.position.set(Math.sin(around) * Math.cos(up), -Math.cos(around) * Math.cos(up), Math.sin(up)).multiplyScalar(far).add(middle);
    camera.lookAt(middle);
    camera.near = far / 200;
    camera.far = far + now.radius * 20;
    camera.updateProjectionMatrix();
    renderer.clear();
    renderer.render(behind, camera);
    if (now.shape) renderer.clearDepth();
    renderer.render(front, camera);
    now.pixel = far * Math.tan(HALF) * 2 / high;
  }
  function onScreen(mark, wide, high) {
    const [x, y, z] = place(mark);
    const spot = new three.Vector3(x, y, isBox(mark) ? z + mark.height : z).project(camera);
    return [(spot.x + 1) / 2 * wide, (1 - spot.y) / 2 * high, spot.z];
  }
  function rayAt([right, down], wide, high) {
    const ray = new three.Raycaster();
    ray.setFromCamera(new three.Vector2(right / wide * 2 - 1, 1 - down / high * 2), camera);
    return ray;
  }
  function markAt(at, wide, high) {
    const [hit] = rayAt(at, wide, high).intersectObjects(now.meshes);
    if (hit) return hit.object.marks[hit.instanceId];
    const near = now.marks.map((mark) => { const [x, y] = onScreen(mark, wide, high); return { mark, far: Math.hypot(x - at[0], y - at[1]) }; })
      .sort((a, b) => a.far - b.far)[0];
    return near?.far < 24 ? near.mark : null;
  }
  /* where on the shape somebody points, in the frame of all places */
  function pointAt(at, wide, high) {
    const [hit] = rayAt(at, wide, high).intersectObjects(now.shape ? [now.shape] : [now.ground]);
    return hit ? hit.point.toArray().map((each, i) => each + now.middle[i]) : null;
  }

  /* a file of a shape: its own frame has y up, ours z; pictures in it come by <img>, which the policy lets */
  async function shapeOf(content) {
    const loader = new three.GLTFLoader();
    loader.register((parser) => { parser.textureLoader = new three.TextureLoader(); return { name: "pictures" }; });
    const { scene } = await loader.parseAsync(content, "");
    const shape = new three.Group();
    scene.rotation.x = Math.PI / 2;
    shape.add(scene);
    shape.traverse((thing) => { thing.kept = true; });
    return shape;
  }

  return { canvas: renderer.domElement, setOut, paint, choose, look, onScreen, markAt, pointAt, shapeOf, middle: () => now.middle, spans: () => now.spans, pixel: () => now.pixel };
};
