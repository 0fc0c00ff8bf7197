/** Hats fitted to a head: knitted caps made here, and hair pressed under whatever is worn. */
import * as THREE from 'three';
import type { Random } from '../random.js';
import { group, mesh } from '../shapes.js';

/** An ellipsoid about `centre`, of which the half above the rim's height counts. */
export interface Skull {
  centre: THREE.Vector3;
  radii: THREE.Vector3;
  rim: number;
}

/** Makes a ball of yarn of a size at a place. */
export type MakePompom = (place: THREE.Vector3, size: number, yarn: THREE.MeshStandardMaterial) => THREE.Object3D;

const BODY_VERTICES = 13380;

/** The part of the skull above a hat's rim, in rest pose: an ellipsoid about (0, rim, z). */
export function skullAbove(vertices: Float32Array, rim: number): Skull {
  let [top, width, back, front] = [rim, 0, 1e3, -1e3];
  for (let v = 0; v < BODY_VERTICES; v++) {
    const [x, y, z] = [vertices[3 * v], vertices[3 * v + 1], vertices[3 * v + 2]];
    if (y < rim) continue;
    top = Math.max(top, y);
    width = Math.max(width, Math.abs(x));
    back = Math.min(back, z);
    front = Math.max(front, z);
  }
  const centre = new THREE.Vector3(0, rim, (front + back) / 2);
  return { centre, radii: new THREE.Vector3(width, top - rim, (front - back) / 2), rim };
}

/** Hair above the rim pressed to `tightness` of the skull; in place. */
export function pressHair(vertices: Float32Array, { centre, radii, rim }: Skull, tightness: number) {
  const place = new THREE.Vector3();
  for (let i = 0; i < vertices.length; i += 3) {
    if (vertices[i + 1] < rim) continue;
    place.fromArray(vertices, i).sub(centre);
    const out = Math.hypot(place.x / radii.x, place.y / radii.y, place.z / radii.z);
    if (out > tightness) place.multiplyScalar(tightness / out);
    place.add(centre).toArray(vertices, i);
  }
}

/**
 * A knitted cap over a skull: a folded band, ribs, a crown that stands off or slouches back, perhaps a pompom.
 * `yarn` is its material; the geometry is in rest pose, for the head bone to carry.
 */
export function knittedCap(
  random: Random,
  { centre, radii }: Skull,
  yarn: THREE.MeshStandardMaterial,
  pompom: MakePompom,
): THREE.Group {
  const [rings, sides] = [40, 96];
  const band = random.chance(0.6) ? random.between(0.2, 0.4) : 0;
  const tall = random.chance(0.35) ? random.between(1.2, 1.6) : random.between(1.02, 1.15);
  const slouch = random.between(0, 0.8) * (tall - 1);
  const ribs = random.integer(30, 60);
  const depth = random.between(0.004, 0.014);
  const dents = [1, 2, 3].map((k) => ({ k: k + 1, phase: random.between(0, 6), size: random.between(0, 0.03) }));
  const below = random.between(0.05, 0.25);
  const positions: number[] = [];
  const uv: number[] = [];
  const index: number[] = [];
  for (let ring = 0; ring <= rings; ring++) {
    const up = ring / rings;
    const angle = up * (Math.PI / 2 + below) - below; // 0 at the widest, a quarter turn at the crown
    const fold = band && up < band ? 0.09 * Math.sin(Math.min(1, (band - up) / 0.06) * (Math.PI / 2)) : 0;
    for (let side = 0; side <= sides; side++) {
      const around = (side / sides) * 2 * Math.PI;
      const rib = depth * Math.cos(around * ribs) * Math.cos(Math.max(0, angle));
      const dent = dents.reduce((sum, { k, phase, size }) => sum + size * Math.sin(k * around + phase + 5 * up), 0);
      const out = 1.06 + fold + rib + dent * up;
      const flat = Math.cos(angle) ** 0.85;
      const height = Math.sin(angle) * (angle > 0 ? tall : 1) * (1.07 + dent * up);
      positions.push(
        Math.sin(around) * radii.x * out * flat,
        height * radii.y,
        Math.cos(around) * radii.z * out * flat - slouch * radii.z * up * up * 1.2,
      );
      uv.push((side / sides) * 4, up * 2);
    }
  }
  for (let ring = 0; ring < rings; ring++) {
    for (let side = 0; side < sides; side++) {
      const a = ring * (sides + 1) + side;
      index.push(a, a + 1, a + sides + 1, a + 1, a + sides + 2, a + sides + 1);
    }
  }
  const geometry = new THREE.BufferGeometry();
  geometry.setAttribute('position', new THREE.Float32BufferAttribute(positions, 3));
  geometry.setAttribute('uv', new THREE.Float32BufferAttribute(uv, 2));
  geometry.setIndex(index);
  geometry.computeVertexNormals();
  yarn.side = THREE.DoubleSide;
  const cap = group(mesh(geometry, yarn));
  if (random.chance(0.35)) {
    const crown = new THREE.Vector3(0, radii.y * tall * 1.07, -slouch * radii.z * 1.2);
    cap.add(pompom(crown, random.between(0.35, 0.6), yarn));
  }
  cap.position.copy(centre);
  cap.rotation.x = -random.between(0.05, 0.3);
  return cap;
}
