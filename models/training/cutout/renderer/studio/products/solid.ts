/** Solid products: vases, mugs, boxes, laptops, bags, freely shaped slabs, flat-laid garments. */
import * as THREE from 'three';
import type { MakeMaterial } from '../materials.js';
import type { Random } from '../random.js';
import { at, group, lathe, mesh, point, roundedBox, tube } from '../shapes.js';

export function vase(random: Random, material: MakeMaterial) {
  const glaze = material();
  const height = random.between(0.7, 2.6);
  const wave = { phase: random.between(0, 6), turns: random.between(1, 5), depth: random.between(0.05, 0.25) };
  const body = random.between(0.2, 0.6);
  const necked = random.chance(0.5);
  const profile = [[0.001, 0]];
  for (let i = 0; i <= 40; i++) {
    const share = i / 40;
    let radius = body + wave.depth * Math.sin(wave.phase + share * wave.turns);
    if (necked && share > 0.65) radius *= 1 - 0.65 * Math.min(1, (share - 0.65) / 0.15) ** 2;
    profile.push([Math.max(0.04, radius), share * height]);
  }
  const whole = group(lathe(profile, glaze));
  if (necked && random.chance(0.7)) {
    const radius = profile[profile.length - 1][0] * 1.15;
    const cap = new THREE.CylinderGeometry(radius, radius, random.between(0.1, 0.3), 24);
    whole.add(at(mesh(cap, material()), 0, height, 0));
  }
  if (random.chance(0.35)) {
    const size = height * random.between(0.15, 0.3);
    whole.add(handle(size, random.between(0.03, 0.07), glaze, body + 0.05, height * 0.5));
  }
  return whole;
}

/** A drinking glass, a wine glass, a bottle or a jar, perhaps half full, perhaps labelled. */
export function glassware(random: Random, material: MakeMaterial) {
  const glass = material({ glass: true });
  const [radius, height] = [random.between(0.25, 0.5), random.between(0.8, 2)];
  const shape = random.weighted({ tumbler: 35, stemmed: 25, bottle: 25, jar: 15 });
  const stem = height * 0.45;
  const profile = {
    tumbler: [
      [0.001, 0],
      [radius * 0.8, 0],
      [radius * 0.85, 0.08],
      [radius, height],
    ],
    stemmed: [
      [0.001, 0],
      [radius * 0.8, 0.02],
      [0.04, 0.06],
      [0.04, stem],
      [radius * 0.7, stem + 0.15],
      [radius, stem + 0.5],
      [radius * 0.8, height],
    ],
    bottle: [
      [0.001, 0],
      [radius, 0],
      [radius, height * 0.6],
      [radius * 0.3, height * 0.78],
      [radius * 0.3, height],
    ],
    jar: [
      [0.001, 0],
      [radius, 0],
      [radius, height * 0.7],
      [radius * 0.8, height * 0.76],
      [radius * 0.8, height * 0.85],
    ],
  }[shape];
  const whole = group(lathe(profile, glass));
  if (random.chance(0.5) && shape !== 'stemmed') {
    const level = height * random.between(0.2, 0.55);
    const drink = mesh(new THREE.CylinderGeometry(radius * 0.8, radius * 0.78, level, 40), material());
    whole.add(at(drink, 0, level / 2 + 0.03, 0));
  }
  if (shape === 'bottle' || shape === 'jar') {
    const [rim, top] = profile[profile.length - 1];
    const lid = new THREE.CylinderGeometry(rim * 1.1, rim * 1.1, 0.16, 32);
    if (random.chance(0.8)) whole.add(at(mesh(lid, material()), 0, top, 0));
    const label = new THREE.CylinderGeometry(radius * 1.01, radius * 1.01, height * 0.3, 48, 1, true);
    if (random.chance(0.6)) whole.add(at(mesh(label, material({ textured: true })), 0, height * 0.32, 0));
  }
  return whole;
}

function handle(size: number, thickness: number, material: THREE.Material, x: number, y: number) {
  const part = mesh(new THREE.TorusGeometry(size, thickness, 12, 30, Math.PI * 1.15), material);
  part.rotation.z = -Math.PI * 0.57;
  return at(part, x, y, 0);
}

export function mug(random: Random, material: MakeMaterial) {
  const glaze = material();
  const radius = random.between(0.4, 0.6);
  const height = random.between(0.7, 1.4);
  const taper = random.between(0.85, 1.15);
  const profile = [
    [0.001, 0],
    [radius * 0.9 * taper, 0],
    [radius * taper, 0.06],
    [radius, height],
    [radius * 0.93, height],
    [radius * 0.9 * taper, 0.08],
    [0.001, 0.08],
  ];
  const ear = handle(
    random.between(0.2, 0.34),
    random.between(0.05, 0.09),
    random.chance(0.8) ? glaze : material(),
    radius * 0.96,
    height * 0.52,
  );
  ear.scale.y = height * random.between(0.85, 1.2);
  return group(lathe(profile, glaze), ear);
}

/** A carton, or a pile of books and boxes, with labels on top. */
export function box(random: Random, material: MakeMaterial) {
  const whole = group();
  const count = random.chance(0.3) ? random.integer(2, 5) : 1;
  let top = 0;
  for (let i = 0; i < count; i++) {
    const width = random.between(0.5, 1.4);
    const height = count > 1 ? random.between(0.08, 0.3) : random.between(0.06, 1.6);
    const depth = random.between(0.3, 1.3);
    const corner = Math.min(height, width, depth) * random.between(0.02, 0.45);
    const carton = roundedBox(width, height, depth, corner, material({ textured: random.chance(0.7) }));
    at(carton, 0, top + height / 2, 0);
    carton.rotation.y = count > 1 ? random.between(-0.4, 0.4) : 0;
    top += height;
    whole.add(carton);
    if (random.chance(0.4)) {
      const label = mesh(new THREE.PlaneGeometry(width * 0.9, depth * 0.9), material({ textured: true }));
      label.rotation.set(-Math.PI / 2, 0, carton.rotation.y);
      whole.add(at(label, 0, top + 0.004, 0));
    }
  }
  if (count === 1 && random.chance(0.4)) whole.rotation.x = -random.between(0.9, 1.5);
  return whole;
}

export function laptop(random: Random, material: MakeMaterial) {
  const metal = material();
  const width = random.between(1.2, 1.8);
  const depth = width * random.between(0.6, 0.75);
  const thick = random.between(0.03, 0.08);
  const keys = mesh(new THREE.PlaneGeometry(width * 0.9, depth * 0.5), material({ textured: true }));
  keys.rotation.x = -Math.PI / 2;
  const glow = random.chance(0.4);
  const screen = mesh(new THREE.PlaneGeometry(width * 0.92, depth * 0.88), material({ textured: true, glow }));
  const lid = group(
    at(roundedBox(width, depth, thick * 0.7, thick * 0.25, metal), 0, depth / 2, 0),
    at(screen, 0, depth / 2, thick * 0.36 + 0.003),
  );
  lid.rotation.x = -random.between(0.05, 0.7);
  return group(
    at(roundedBox(width, thick, depth, thick * 0.4, metal), 0, thick / 2, 0),
    at(keys, 0, thick + 0.003, -depth * 0.15),
    at(lid, 0, thick, -depth / 2),
  );
}

export function bag(random: Random, material: MakeMaterial) {
  const cloth = material({ textured: random.chance(0.5) });
  const width = random.between(0.8, 1.5);
  const height = random.between(0.6, 1.4);
  const depth = random.between(0.25, 0.6);
  const taper = random.between(-0.3, 0.25);
  const body = roundedBox(width, height, depth, Math.min(depth, height) * random.between(0.1, 0.45), cloth, 8);
  const position = body.geometry.attributes.position;
  for (let i = 0; i < position.count; i++) {
    const y = position.getY(i) / height;
    position.setX(i, position.getX(i) * (1 + taper * y) + 0.02 * Math.sin(y * height * 9));
    position.setZ(i, position.getZ(i) * (0.85 - 0.3 * y));
  }
  body.geometry.computeVertexNormals();
  const whole = group(at(body, 0, height / 2, 0));
  const top = height + random.between(0.3, 0.8);
  for (const side of random.chance(0.7) ? [-1, 1] : [0]) {
    const strap = [
      point(-width * 0.25, height * 0.9, side * depth * 0.2),
      point(-width * 0.2, top, side * depth * 0.35),
      point(width * 0.2, top, side * depth * 0.35),
      point(width * 0.25, height * 0.9, side * depth * 0.2),
    ];
    whole.add(tube(strap, random.between(0.02, 0.06), random.chance(0.5) ? cloth : material()));
  }
  return whole;
}

/** A slab of random outline, sharp or round, sometimes with a hole: soaps, toys, tools, cookies. */
export function slab(random: Random, material: MakeMaterial) {
  const corners = random.integer(3, 12);
  const star = random.chance(0.4);
  const phase = random.between(0, 6);
  const outline = Array.from({ length: corners * 2 }, (_, i) => {
    const radius = star && i % 2 ? random.between(0.3, 0.6) : random.between(0.6, 1);
    const angle = (i / corners) * Math.PI + phase;
    return new THREE.Vector2(Math.cos(angle) * radius, Math.sin(angle) * radius);
  });
  const round = random.chance(0.5);
  const shape = new THREE.Shape(round ? new THREE.SplineCurve([...outline, outline[0]]).getPoints(80) : outline);
  if (random.chance(0.35)) {
    const hole = new THREE.Path();
    const [x, y] = [random.between(-0.15, 0.15), random.between(-0.15, 0.15)];
    hole.absarc(x, y, random.between(0.1, 0.35), 0, 2 * Math.PI, true);
    shape.holes.push(hole);
  }
  const part = extruded(shape, random.between(0.03, 0.8), material());
  if (random.chance(0.5)) part.rotation.x = -Math.PI / 2;
  else part.position.y = 1;
  return group(part);
}

function extruded(shape: THREE.Shape, depth: number, material: THREE.Material) {
  const bevel = { bevelSize: 0.04, bevelThickness: 0.04, bevelSegments: 2 };
  return mesh(new THREE.ExtrudeGeometry(shape, { depth, ...bevel, curveSegments: 16 }), material);
}

/** A shirt, dress or pair of trousers hung up or laid flat, with the unevenness of cloth. */
export function garment(random: Random, material: MakeMaterial) {
  const outline = random.chance(0.6) ? shirtOutline(random) : trousersOutline(random);
  const left = outline.map(([x, y]) => [-x, y]).reverse();
  const points = [...outline, ...left].map(([x, y]) => new THREE.Vector2(x, y + random.normal() * 0.008));
  const cloth = extruded(new THREE.Shape(points), 0.03, material({ cloth: true }));
  cloth.rotation.x = random.chance(0.2) ? -Math.PI / 2 : random.between(-0.3, 0);
  const whole = group(cloth);
  if (random.chance(0.5)) {
    const print = mesh(new THREE.PlaneGeometry(0.5, random.between(0.2, 0.6)), material({ textured: true }));
    print.position.z = 0.075;
    cloth.add(print);
  }
  return whole;
}

/** The right half of a shirt or dress, from the collar down, as [x, y]. */
function shirtOutline(random: Random): number[][] {
  const sleeve = random.between(0.25, 1.1);
  const droop = random.between(0.2, 0.9);
  const waist = random.between(0.42, 0.6);
  const hem = random.between(0.45, 0.95);
  const length = random.between(0.6, 1.6);
  return [
    [0.15, 0.72],
    [0.5, 0.65],
    [0.5 + sleeve, 0.65 - sleeve * droop],
    [0.42 + sleeve, 0.38 - sleeve * droop],
    [0.52, 0.3],
    [waist, -0.1],
    [hem, -length],
  ];
}

/** The right half of trousers or shorts. */
function trousersOutline(random: Random): number[][] {
  const length = random.between(0.5, 1.9);
  const flare = random.between(0.16, 0.4);
  const spread = random.between(0.05, 0.3);
  return [
    [0.42, 0.5],
    [0.52, 0],
    [spread + flare + 0.1, -length],
    [spread, -length],
    [0.04, -0.12],
  ];
}
