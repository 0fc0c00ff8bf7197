/** Long hair worn loose, strand by strand: off the skull, over or behind the shoulders, soft at its ends. */
import * as THREE from 'three';
import type { Random } from '../random.js';
import { type Path, ribbons } from '../strands.js';
import type { Skull } from './headwear.js';

const STEPS = 12;
/** Of those, how many lie on the skull before the strand falls free. */
const ON_SKULL = 4;
/** Where the back and the chest are at the shoulders' height, in z, decimetres. */
const BEHIND = -1.15;
const BEFORE = 1.25;

/** How one head of hair falls. */
interface Fall {
  length: number;
  volume: number;
  /** How far strands lie apart, in decimetres. */
  spread: number;
  /** Height of the shoulders. */
  shoulders: number;
  wave: { depth: number; turns: number; phase: number };
}

const smooth = (share: number) => THREE.MathUtils.smoothstep(share, 0, 1);

/** One strand in rest pose; `around` is its angle from the back of the head, `up` its root's above the rim. */
function strand(random: Random, { centre, radii }: Skull, fall: Fall, around: number, up: number): THREE.Vector3[] {
  const points: THREE.Vector3[] = [];
  const forward = Math.abs(around) > 1 && random.chance(0.6);
  const length = fall.length * random.between(0.8, 1);
  const phase = fall.wave.phase + random.normal() * 0.5;
  // Where the strand comes to lie: over the chest it hangs from the shoulder, behind it spreads over the back.
  const across = (forward ? 0.95 : 1.3) * Math.sin(around) + fall.spread * random.normal();
  const depth = (forward ? BEFORE : BEHIND) + 0.12 * random.normal();
  for (let i = 0; i < STEPS; i++) {
    const angle = up * Math.max(0, 1 - i / ON_SKULL);
    const out = 1.04 + fall.volume * smooth(i / ON_SKULL);
    const point = new THREE.Vector3(
      Math.sin(around) * Math.cos(angle) * radii.x,
      Math.sin(angle) * radii.y,
      -Math.cos(around) * Math.cos(angle) * radii.z,
    );
    point.multiplyScalar(out).add(centre);
    const free = Math.max(0, i - ON_SKULL) / (STEPS - 1 - ON_SKULL);
    point.y -= free * length;
    const down = smooth((centre.y - point.y) / (centre.y - fall.shoulders));
    const parted = down * (0.4 + 0.6 * free);
    point.z += (depth - point.z) * down;
    point.x += (across - point.x) * parted;
    const swing = fall.wave.depth * free * Math.sin(fall.wave.turns * point.y + phase);
    point.x += swing;
    point.z += 0.6 * swing;
    points.push(point);
  }
  return points;
}

/** Hair for a skull in rest pose; `carry` poses a point as the head and the shoulders move; a hat has `covered` it. */
export function looseHair(
  random: Random,
  skull: Skull,
  shoulders: number,
  carry: (point: THREE.Vector3) => THREE.Vector3,
  colour: THREE.Color,
  covered: boolean,
): THREE.Mesh {
  const fall: Fall = {
    length: random.between(1.8, 6),
    spread: random.between(0.1, 0.4),
    volume: covered ? 0 : random.between(0, 0.3),
    shoulders,
    wave: { depth: random.between(0, 0.25), turns: random.between(0.8, 3), phase: random.between(0, 6) },
  };
  const tips = random.between(0.8, 1.5);
  const paths: Path[] = Array.from({ length: random.integer(700, 1100) }, () => {
    const around = random.between(-2.1, 2.1);
    const points = strand(random, skull, fall, around, random.between(0.1, 1.3)).map(carry);
    return {
      points,
      out: new THREE.Vector3(Math.sin(around), 0.3, -Math.cos(around)).normalize(),
      side: new THREE.Vector3(Math.cos(around), 0, Math.sin(around)),
      shade: [random.between(0.5, 1), random.between(0.6, 1) * tips],
    };
  });
  return ribbons(paths, random.between(0.05, 0.11), { color: colour, roughness: random.between(0.35, 0.7) });
}
