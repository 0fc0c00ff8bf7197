/** The few shapes that every product drawn by code is made of. */
import * as THREE from 'three';
import { RoundedBoxGeometry } from 'three/addons/geometries/RoundedBoxGeometry.js';
import type { Random } from './random.js';

export const point = (x: number, y: number, z: number) => new THREE.Vector3(x, y, z);
export const mesh = <G extends THREE.BufferGeometry>(geometry: G, material: THREE.Material) =>
  new THREE.Mesh(geometry, material);

/** A group of the given parts. */
export function group(...parts: THREE.Object3D[]) {
  const whole = new THREE.Group();
  if (parts.length) whole.add(...parts);
  return whole;
}

/** Moves a part and returns it. */
export function at<T extends THREE.Object3D>(part: T, x: number, y: number, z: number): T {
  part.position.set(x, y, z);
  return part;
}

/** A tube of constant radius through points. */
export function tube(
  points: THREE.Vector3[],
  radius: number,
  material: THREE.Material,
  segments = 40,
  closed = false,
  sides = 8,
) {
  const curve = new THREE.CatmullRomCurve3(points, closed);
  return mesh(new THREE.TubeGeometry(curve, segments, radius, sides, closed), material);
}

/** A straight rod between two points. */
export function rod(
  from: THREE.Vector3,
  to: THREE.Vector3,
  radius: number,
  material: THREE.Material,
  sides = 8,
  endRadius = radius,
) {
  const along = to.clone().sub(from);
  const part = mesh(new THREE.CylinderGeometry(endRadius, radius, along.length(), sides), material);
  part.position.copy(from).addScaledVector(along, 0.5);
  part.quaternion.setFromUnitVectors(point(0, 1, 0), along.normalize());
  return part;
}

export function roundedBox(
  width: number,
  height: number,
  depth: number,
  corner: number,
  material: THREE.Material,
  segments = 3,
) {
  return mesh(new RoundedBoxGeometry(width, height, depth, segments, corner), material);
}

/** A profile of [radius, height] pairs turned about the y axis, seen from inside too. */
export function lathe(profile: number[][], material: THREE.Material, segments = 48) {
  material.side = THREE.DoubleSide;
  const points = profile.map(([radius, height]) => new THREE.Vector2(radius, height));
  return mesh(new THREE.LatheGeometry(points, segments), material);
}

/** A tapered, perhaps wrinkled tube through points with rounded ends: arms, legs, sleeves, bodies. */
export function limb(
  points: THREE.Vector3[],
  radii: number[],
  material: THREE.Material,
  { sides = 20, wrinkle = 0, random }: { sides?: number; wrinkle?: number; random?: Random } = {},
) {
  const rings = 48;
  const curve = new THREE.CatmullRomCurve3(points);
  const geometry = new THREE.TubeGeometry(curve, rings, 1, sides, false);
  const position = geometry.attributes.position;
  const centres = curve.getSpacedPoints(rings);
  const fold = wrinkle && random ? folds(random, wrinkle) : () => 1;
  for (let ring = 0; ring <= rings; ring++) {
    const along = ring / rings;
    const radius = interpolate(radii, along);
    const centre = centres[ring];
    for (let side = 0; side <= sides; side++) {
      const i = ring * (sides + 1) + side;
      const r = radius * fold((side / sides) * 2 * Math.PI, along);
      position.setXYZ(
        i,
        centre.x + (position.getX(i) - centre.x) * r,
        centre.y + (position.getY(i) - centre.y) * r,
        centre.z + (position.getZ(i) - centre.z) * r,
      );
    }
  }
  geometry.computeVertexNormals();
  const whole = group(mesh(geometry, material));
  for (const [end, radius] of [
    [points[0], radii[0]],
    [points[points.length - 1], radii[radii.length - 1]],
  ] as const) {
    const cap = mesh(new THREE.SphereGeometry(radius * 0.99, 16, 12), material);
    cap.position.copy(end);
    whole.add(cap);
  }
  return whole;
}

/** The value of an evenly spaced list at 0..1. */
function interpolate(values: number[], share: number) {
  const t = share * (values.length - 1);
  const k = Math.min(values.length - 2, Math.floor(t));
  return values[k] + (values[k + 1] - values[k]) * (t - k);
}

/** How much cloth bulges at an angle and a place along the limb: three sine waves at random phases. */
function folds(random: Random, wrinkle: number) {
  const phases = [random.between(0, 9), random.between(0, 9), random.between(0, 9)];
  const slow = random.between(6, 16);
  const fast = random.between(6, 20);
  return (angle: number, along: number) =>
    1 +
    wrinkle *
      (0.5 * Math.sin(angle * 2 + along * slow + phases[0]) +
        0.4 * Math.sin(angle * 3 - along * fast + phases[1]) +
        0.3 * Math.sin(angle + along * fast * 2 + phases[2]));
}

/** Tufts of thin strands standing off a ball: hair, fur, a pompom. */
export function tufts(
  random: Random,
  material: THREE.Material,
  centre: THREE.Vector3,
  radius: number,
  length: number,
  count: number,
) {
  const whole = group();
  const lift = random.unit();
  for (let i = 0; i < count; i++) {
    const out = point(random.normal(), Math.abs(random.normal()) * 0.7, random.normal()).normalize();
    const root = centre.clone().addScaledVector(out, radius * 0.92);
    const stray = point(random.normal(), random.normal(), random.normal()).multiplyScalar(length * 0.1);
    const middle = root
      .clone()
      .addScaledVector(out, length * random.between(0.1, 0.3))
      .add(stray);
    const hang = point(out.x * 0.3, -1 + lift * random.between(0, 1.5), out.z * 0.3);
    const tip = middle.clone().addScaledVector(hang, length * random.between(0.3, 0.9));
    whole.add(tube([root, middle, tip], random.between(0.004, 0.03), material, 8, false, 4));
  }
  return whole;
}
