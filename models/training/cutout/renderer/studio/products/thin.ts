/** Products of wire and rods, where the background shows through: wheels, racks, chairs, ladders, whisks. */
import * as THREE from 'three';
import type { MakeMaterial } from '../materials.js';
import type { Random } from '../random.js';
import { at, group, mesh, point, rod, roundedBox, tube } from '../shapes.js';

/** A spoked wheel, or two of them with the frame of a bicycle. */
export function wheel(random: Random, material: MakeMaterial) {
  const tyre = material();
  const metal = material();
  const thickness = random.between(0.02, 0.1);
  const spokes = random.pick([5, 6, 8, 12, 16, 20, 24, 32]);
  const one = () => spokedWheel(random, tyre, metal, thickness, spokes);
  if (random.chance(0.5)) {
    const single = group(at(one(), 0, 1 + thickness, 0));
    single.rotation.y = random.between(-0.6, 0.6);
    return single;
  }
  return bicycle(random, material, one, tyre, metal, 1 + thickness);
}

function spokedWheel(random: Random, tyre: THREE.Material, metal: THREE.Material, thickness: number, spokes: number) {
  const hub = mesh(new THREE.CylinderGeometry(0.09, 0.09, 0.25, 16), metal);
  hub.rotation.x = Math.PI / 2;
  const whole = group(
    mesh(new THREE.TorusGeometry(1, thickness, 12, 64), tyre),
    mesh(new THREE.TorusGeometry(1 - thickness, thickness * 0.5, 8, 64), metal),
    hub,
  );
  const radius = random.between(0.006, 0.035);
  const twist = random.between(0, 0.35);
  for (let i = 0; i < spokes; i++) {
    const outer = (i / spokes) * 2 * Math.PI;
    const inner = outer + (i % 2 ? twist : -twist);
    const from = point(Math.cos(inner) * 0.08, Math.sin(inner) * 0.08, i % 2 ? 0.1 : -0.1);
    const to = point(Math.cos(outer) * (1 - thickness), Math.sin(outer) * (1 - thickness), 0);
    whole.add(rod(from, to, radius, metal, 5));
  }
  return whole;
}

function bicycle(
  random: Random,
  material: MakeMaterial,
  makeWheel: () => THREE.Object3D,
  dark: THREE.Material,
  metal: THREE.Material,
  axle: number,
) {
  const reach = random.between(1.25, 1.6);
  const paint = material();
  const thickness = random.between(0.03, 0.09);
  const pedals = point(-0.15, axle - 0.1, 0);
  const seat = point(-0.55, axle + random.between(0.7, 1.2), 0);
  const head = point(reach - 0.55, axle + random.between(0.8, 1.2), 0);
  const fork = point(reach - 0.45, axle + 0.5, 0);
  const whole = group(at(makeWheel(), -reach, axle, 0), at(makeWheel(), reach, axle, 0));
  for (const [from, to] of [
    [pedals, seat],
    [seat.clone().lerp(pedals, 0.2), head],
    [pedals, fork],
    [head, fork],
    [pedals, point(-reach, axle, 0.1)],
    [pedals, point(-reach, axle, -0.1)],
    [seat.clone().lerp(pedals, 0.25), point(-reach, axle, 0.1)],
    [fork, point(reach, axle, 0.12)],
    [fork, point(reach, axle, -0.12)],
  ]) {
    whole.add(rod(from, to, thickness * random.between(0.7, 1), paint));
  }
  const saddle = roundedBox(0.5, 0.12, 0.25, 0.05, dark);
  saddle.position.copy(seat).add(point(0, 0.08, 0));
  const bar = [-0.6, -0.3, 0, 0.3, 0.6].map((z) =>
    point(head.x + (Math.abs(z) > 0.5 ? 0.1 : 0), head.y + 0.05 + z * z * 0.45, z),
  );
  const chainRing = mesh(new THREE.TorusGeometry(0.2, 0.03, 6, 32), metal);
  chainRing.position.copy(pedals);
  whole.add(saddle, tube(bar, 0.04, dark), chainRing);
  return whole;
}

/** A wire rack with a back, some shelves and some legs. */
export function rack(random: Random, material: MakeMaterial) {
  const whole = group();
  const wire = material();
  const half = random.between(0.4, 0.8);
  const height = random.between(0.3, 1.8);
  const depth = random.between(0.2, 0.5);
  const radius = random.between(0.008, 0.03);
  const bars = random.integer(3, 10);
  const rails = random.integer(1, 5);
  for (let i = 0; i <= bars; i++) {
    const x = -half + (2 * half * i) / bars;
    whole.add(rod(point(x, 0, -depth), point(x, height, -depth), radius, wire, 5));
    if (random.chance(0.8)) whole.add(rod(point(x, 0, -depth), point(x, 0, depth), radius, wire, 5));
    if (i % 2 === 0 || bars < 6) {
      whole.add(rod(point(x, 0, depth), point(x, height * 0.6, depth), radius, wire, 5));
    }
  }
  for (let j = 0; j <= rails; j++) {
    const y = (height * j) / rails;
    whole.add(rod(point(-half, y, -depth), point(half, y, -depth), radius * 1.4, wire, 6));
    if (y > height * 0.65) continue;
    whole.add(rod(point(-half, y, depth), point(half, y, depth), radius * 1.4, wire, 6));
    for (const x of [-half, half]) whole.add(rod(point(x, y, -depth), point(x, y, depth), radius * 1.4, wire, 6));
  }
  return whole;
}

/** A chair or stool: four legs, perhaps struts, perhaps a back of bars. */
export function chair(random: Random, material: MakeMaterial) {
  const frame = material();
  const cover = random.chance(0.5) ? material() : frame;
  const radius = random.between(0.02, 0.06);
  const height = random.between(0.7, 1.3);
  const width = random.between(0.7, 1.1);
  const splay = random.between(0, 0.15);
  const corner = width / 2 - radius;
  const whole = group(at(roundedBox(width, random.between(0.06, 0.2), width, 0.03, cover), 0, height, 0));
  const legs = [
    [-1, -1],
    [1, -1],
    [-1, 1],
    [1, 1],
  ].map(([x, z]) => [point(x * (corner + splay), 0, z * (corner + splay)), point(x * corner, height, z * corner)]);
  for (const [foot, top] of legs) whole.add(rod(foot, top, radius, frame));
  const strut = ([foot, top]: THREE.Vector3[]) => foot.clone().lerp(top, 0.35);
  if (random.chance(0.5)) {
    for (const [i, j] of [
      [0, 1],
      [2, 3],
      [0, 2],
      [1, 3],
    ]) {
      whole.add(rod(strut(legs[i]), strut(legs[j]), radius * 0.6, frame));
    }
  }
  if (random.chance(0.75)) whole.add(chairBack(random, frame, radius, height, width));
  return whole;
}

function chairBack(random: Random, frame: THREE.Material, radius: number, height: number, width: number) {
  const top = height + random.between(0.6, 1.3);
  const bars = random.integer(1, 6);
  const upright = random.chance(0.5);
  const z = -width / 2;
  const x = width / 2 - radius;
  const whole = group(rod(point(-x, top, z - 0.12), point(x, top, z - 0.12), radius * 1.2, frame));
  for (const side of [-x, x])
    whole.add(rod(point(side, height, z + radius), point(side, top, z - 0.12), radius, frame));
  for (let i = 1; i <= bars; i++) {
    const share = i / (bars + 1);
    const along = -width / 2 + width * share;
    const y = height + (top - height) * share;
    whole.add(
      upright
        ? rod(point(along, height, z + radius), point(along, top, z - 0.12), radius * 0.5, frame)
        : rod(point(-x, y, z - 0.1 * share), point(x, y, z - 0.1 * share), radius * 0.8, frame),
    );
  }
  return whole;
}

/** A ladder, single or folding. */
export function ladder(random: Random, material: MakeMaterial) {
  const whole = group();
  const metal = material();
  const height = random.between(1.5, 3);
  const rungs = random.integer(4, 9);
  const radius = random.between(0.02, 0.05);
  const lean = random.between(0, 0.6);
  const half = random.between(0.3, 0.5);
  for (const side of random.chance(0.5) ? [-1, 1] : [1]) {
    for (const x of [-half, half]) {
      whole.add(rod(point(x, 0, side * lean), point(x * 0.8, height, 0), radius, metal));
    }
    for (let i = 1; i <= rungs; i++) {
      const share = i / (rungs + 0.5);
      const x = half * (1 - 0.2 * share);
      const z = side * lean * (1 - share);
      whole.add(rod(point(-x, height * share, z), point(x, height * share, z), radius * 0.8, metal));
    }
  }
  return whole;
}

/** A kitchen whisk lying or standing at any angle. */
export function whisk(random: Random, material: MakeMaterial) {
  const wire = material();
  const loops = random.integer(4, 9);
  const radius = random.between(0.012, 0.03);
  const width = random.between(0.25, 0.5);
  const handle = random.chance(0.5) ? material() : wire;
  const whole = group(rod(point(0, 0, 0), point(0, 1, 0), 0.09, handle, 16, 0.11));
  const outline = [
    [0.1, 0.9],
    [0.9, 1.4],
    [0.7, 1.9],
    [0, 2.1],
    [-0.7, 1.9],
    [-0.9, 1.4],
    [-0.1, 0.9],
  ];
  for (let i = 0; i < loops; i++) {
    const angle = (i / loops) * Math.PI;
    const x = Math.cos(angle) * width;
    const z = Math.sin(angle) * width;
    whole.add(
      tube(
        outline.map(([out, y]) => point(x * out, y, z * out)),
        radius,
        wire,
        50,
        false,
        5,
      ),
    );
  }
  whole.rotation.set(random.between(-0.5, 0.5), 0, random.between(-1.6, 1.6));
  return whole;
}
