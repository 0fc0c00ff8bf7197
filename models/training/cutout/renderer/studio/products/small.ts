/** Small and slender products: glasses, cables, plants, lamps, jewellery, umbrellas. */
import * as THREE from 'three';
import type { MakeMaterial } from '../materials.js';
import type { Random } from '../random.js';
import { at, group, lathe, mesh, point, rod, roundedBox, tube } from '../shapes.js';

export function glasses(random: Random, material: MakeMaterial) {
  const whole = group();
  const frame = material();
  const radius = random.between(0.02, 0.06);
  const wide = random.between(1, 1.4);
  const tall = random.between(0.7, 1.05);
  for (const side of [-1, 1]) {
    const rim = mesh(new THREE.TorusGeometry(0.5, radius, 8, random.pick([6, 40, 40])), frame);
    rim.scale.set(wide, tall, 1);
    whole.add(at(rim, side * 0.75 * wide, 0.5 * tall + radius, 0));
    if (random.chance(0.5)) {
      const lens = mesh(new THREE.CircleGeometry(0.5, 32), material({ lens: random.between(0.25, 0.95) }));
      lens.scale.copy(rim.scale);
      lens.position.copy(rim.position);
      whole.add(lens);
    }
    const temple = [
      [1.3, 0.65, 0],
      [1.35, 0.68, -0.6],
      [1.3, 0.65, -1.4],
      [1.25, 0.25, -1.9],
    ];
    whole.add(
      tube(
        temple.map(([x, y, z]) => point(side * x * wide, y, z)),
        radius * 0.8,
        frame,
      ),
    );
  }
  whole.add(tube([point(-0.26 * wide, 0.62, 0), point(0, 0.72, 0.06), point(0.26 * wide, 0.62, 0)], radius, frame));
  if (random.chance(0.3)) whole.rotation.x = (-Math.PI / 2) * random.between(0.7, 1);
  return whole;
}

/** A loosely coiled cable with plugs, perhaps with a charger. */
export function cable(random: Random, material: MakeMaterial) {
  const sheath = material();
  const spread = random.between(0.5, 1);
  const points: THREE.Vector3[] = [];
  let angle = random.between(0, 2 * Math.PI);
  for (let i = random.integer(4, 10); i > 0; i--) {
    angle += random.between(0.5, 1.6);
    const x = Math.cos(angle) * spread * random.between(0.5, 1.2);
    const z = Math.sin(angle) * spread * random.between(0.5, 1.2);
    points.push(point(x, 0.06 + random.between(0, 0.25), z));
  }
  const whole = group(tube(points, random.between(0.02, 0.06), sheath, 160));
  for (const end of [points[0], points[points.length - 1]]) {
    const plug = roundedBox(0.18, 0.12, 0.35, 0.03, sheath);
    plug.position.copy(end);
    plug.rotation.y = random.between(0, 2 * Math.PI);
    whole.add(plug);
  }
  if (random.chance(0.4)) {
    const charger = roundedBox(0.5, 0.3, 0.5, 0.08, material());
    charger.position.copy(points[0]).setY(0.2);
    whole.add(charger);
  }
  return whole;
}

/** A plant of long or broad leaves, mostly in a pot. */
export function plant(random: Random, material: MakeMaterial) {
  const whole = group();
  const leaf = material({ leaf: true });
  const stem = material({ leaf: true });
  leaf.side = THREE.DoubleSide;
  const potHeight = random.chance(0.8) ? random.between(0.4, 0.8) : 0;
  const width = random.between(0.06, 0.3);
  const grassy = width < 0.12;
  if (potHeight) {
    const rim = random.between(0.25, 0.45);
    const profile = Array.from({ length: 9 }, (_, i) => [
      rim * (0.7 + 0.05 * i) + 0.05 * Math.sin(i + random.unit()),
      (potHeight * i) / 8,
    ]);
    whole.add(lathe(profile, material(), 32));
  }
  for (let i = random.integer(5, 24); i > 0; i--) {
    const angle = random.between(0, 2 * Math.PI);
    const length = random.between(0.5, 1.4);
    const reach = random.between(0.2, 1.1);
    const outward = (share: number, y: number) =>
      point(Math.cos(angle) * reach * share, y, Math.sin(angle) * reach * share);
    const curve = new THREE.CatmullRomCurve3([
      point(0, potHeight * 0.9, 0),
      outward(0.4, potHeight + length * 0.8),
      outward(1, potHeight + length * random.between(0.4, 1.1)),
    ]);
    if (grassy || random.chance(0.4)) whole.add(mesh(new THREE.TubeGeometry(curve, 12, 0.012, 4), stem));
    const across = point(-Math.sin(angle), 0, Math.cos(angle));
    whole.add(mesh(leafBlade(curve, across, width, grassy ? 0 : 0.35), leaf));
  }
  return whole;
}

/** A blade along the curve from `start` (0..1) to its end, widest in the middle. */
function leafBlade(curve: THREE.CatmullRomCurve3, across: THREE.Vector3, width: number, start: number) {
  const steps = 14;
  const positions: number[] = [];
  const coordinates: number[] = [];
  const triangles: number[] = [];
  for (let k = 0; k <= steps; k++) {
    const share = start + ((1 - start) * k) / steps;
    const spine = curve.getPoint(share);
    const half = width * Math.sin(Math.PI * (k / steps) ** 0.8) + 0.004;
    for (const side of [-1, 1]) {
      positions.push(spine.x + across.x * half * side, spine.y + half * 0.1, spine.z + across.z * half * side);
      coordinates.push((side + 1) / 2, share);
    }
    if (k < steps) triangles.push(2 * k, 2 * k + 1, 2 * k + 2, 2 * k + 1, 2 * k + 3, 2 * k + 2);
  }
  const geometry = new THREE.BufferGeometry();
  geometry.setAttribute('position', new THREE.Float32BufferAttribute(positions, 3));
  geometry.setAttribute('uv', new THREE.Float32BufferAttribute(coordinates, 2));
  geometry.setIndex(triangles);
  geometry.computeVertexNormals();
  return geometry;
}

/** A desk lamp with a jointed arm. */
export function lamp(random: Random, material: MakeMaterial) {
  const metal = material();
  const shade = random.chance(0.5) ? material() : metal;
  const radius = random.between(0.02, 0.05);
  const foot = new THREE.CylinderGeometry(
    random.between(0.3, 0.5),
    random.between(0.35, 0.55),
    random.between(0.05, 0.15),
    32,
  );
  const whole = group(at(mesh(foot, shade), 0, 0.05, 0));
  const base = point(0, 0.1, 0);
  const elbow = point(random.between(-0.8, -0.2), random.between(0.9, 1.4), 0);
  const head = point(random.between(0.3, 0.9), elbow.y + random.between(0.1, 0.9), random.between(-0.2, 0.2));
  for (const z of random.chance(0.5) ? [-0.06, 0.06] : [0]) {
    whole.add(rod(base.clone().setZ(z), elbow.clone().setZ(z), radius, metal));
    whole.add(rod(elbow.clone().setZ(z), head, radius, metal));
  }
  const size = random.between(0.25, 0.5);
  const profile = Array.from({ length: 11 }, (_, i) => [0.06 + size * Math.sin(i * 0.15), (-i / 10) * size * 1.3]);
  const cone = lathe(profile, shade, 32);
  cone.position.copy(head);
  cone.rotation.z = random.between(-0.2, 0.9);
  const bulb = mesh(new THREE.SphereGeometry(0.12, 16, 12), material({ glow: true }));
  bulb.position.copy(head).add(point(0, -size * 0.5, 0));
  whole.add(cone, bulb);
  return whole;
}

/** A ring with a stone, or a string of beads. */
export function jewel(random: Random, material: MakeMaterial) {
  const metal = material({ metal: true });
  const stone = material();
  if (random.chance(0.5)) {
    const ring = mesh(new THREE.TorusGeometry(0.8, random.between(0.05, 0.2), 16, 64), metal);
    const gem = mesh(new THREE.IcosahedronGeometry(random.between(0.2, 0.45), random.integer(0, 1)), stone);
    return group(at(ring, 0, 0.95, 0), at(gem, 0, 1.85, 0));
  }
  const whole = group();
  const beads = random.integer(16, 60);
  const wide = random.between(0.6, 1.2);
  const deep = random.between(0.6, 1.2);
  const radius = ((Math.PI * (wide + deep)) / 2 / beads) * random.between(0.5, 1);
  const every = random.integer(2, 4);
  for (let i = 0; i < beads; i++) {
    const angle = (i / beads) * 2 * Math.PI;
    const bead = mesh(new THREE.SphereGeometry(radius * (i ? 1 : 2.5), 12, 10), i % every ? metal : stone);
    whole.add(at(bead, Math.cos(angle) * wide, radius, Math.sin(angle) * deep));
  }
  return whole;
}

export function umbrella(random: Random, material: MakeMaterial) {
  const metal = material();
  const cloth = material();
  cloth.side = THREE.DoubleSide;
  const panels = random.integer(6, 10);
  const canopy = mesh(new THREE.SphereGeometry(1, panels, 6, 0, 2 * Math.PI, 0, random.between(0.9, 1.4)), cloth);
  canopy.scale.y = random.between(0.4, 0.8);
  const hook = [point(0, 0, 0), point(0.02, -0.15, 0), point(0.14, -0.18, 0), point(0.2, -0.05, 0)];
  const whole = group(at(canopy, 0, 0.9, 0), rod(hook[0], point(0, 1.9, 0), 0.025, metal), tube(hook, 0.035, metal));
  whole.rotation.z = random.between(-0.7, 0.7);
  return whole;
}
