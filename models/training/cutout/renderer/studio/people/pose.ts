/** Poses as people take them for a fashion photograph: turns of bones, in radians, about x, y and z. */
import * as THREE from 'three';
import type { Random } from '../random.js';
import type { Turns } from './body.js';

type Angles = [x: number, y: number, z: number];

const turn = (x: number, y: number, z: number) => new THREE.Euler(x, y, z);

/** Ways to hold an arm, each as likely as its weight says. */
const HOLDS = { hanging: 45, relaxed: 25, akimbo: 14, raised: 6, forward: 10 };

/** How an arm may be held, as [upper arm, forearm] turns of the left one; at rest it stands off at 45 degrees. */
const ARMS: Record<keyof typeof HOLDS, (r: Random) => [upper: Angles, fore: Angles]> = {
  hanging: (r) => [
    [r.between(-0.15, 0.15), 0, -r.between(0.35, 0.62)],
    [r.between(-0.1, 0.7), 0, -r.between(0, 0.15)],
  ],
  relaxed: (r) => [
    [r.between(-0.3, 0.3), 0, -r.between(0.1, 0.5)],
    [r.between(-0.7, 0.5), r.between(-0.4, 0.2), 0],
  ],
  akimbo: (r) => [
    [r.between(0.1, 0.4), 0, -r.between(0, 0.25)],
    [r.between(0.3, 0.7), 0, -r.between(1.2, 1.7)],
  ],
  raised: (r) => [
    [r.between(-0.4, 0.2), 0, r.between(0.5, 1.5)],
    [-r.between(0, 1), 0, r.between(0, 1)],
  ],
  forward: (r) => [
    [-r.between(0.3, 0.9), 0, -r.between(0.2, 0.5)],
    [-r.between(0.2, 1.1), -r.between(0, 0.7), 0],
  ],
};

/** Turns by bone name; `narrow` keeps the legs inside a skirt. */
export function fashionPose(random: Random, narrow: boolean): Turns {
  const turns: Turns = {
    spine03: turn(random.between(-0.06, 0.06), random.between(-0.15, 0.15), random.between(-0.07, 0.07)),
    spine01: turn(random.between(-0.06, 0.08), random.between(-0.15, 0.15), random.between(-0.07, 0.07)),
    neck02: turn(random.between(-0.1, 0.1), random.between(-0.2, 0.2), random.between(-0.1, 0.1)),
    head: turn(random.between(-0.2, 0.2), random.between(-0.45, 0.45), random.between(-0.12, 0.12)),
  };
  const both = random.chance(0.45) ? random.weighted(HOLDS) : null;
  const step = random.between(0, narrow ? 0.12 : 0.4);
  for (const side of ['L', 'R']) {
    const mirror = side === 'L' ? 1 : -1;
    const mirrored = ([x, y, z]: Angles) => turn(x, mirror * y, mirror * z);
    const [upper, fore] = ARMS[both ?? random.weighted(HOLDS)](random);
    turns[`upperarm01.${side}`] = mirrored(upper);
    turns[`lowerarm01.${side}`] = mirrored(fore);
    const swing = step * (side === 'L' ? -1 : 1) * random.between(0.3, 1);
    turns[`upperleg01.${side}`] = mirrored([swing, 0, random.between(-0.15, narrow ? -0.08 : 0.06)]);
    turns[`lowerleg01.${side}`] = turn(random.between(0, step), 0, 0);
    for (const finger of [2, 3, 4, 5]) {
      for (const part of [1, 2]) turns[`finger${finger}-${part}.${side}`] = mirrored([0, 0, -random.between(0, 0.5)]);
    }
  }
  return turns;
}
