/** Points the camera at the product and chooses how much of the frame it fills. */
import * as THREE from 'three';
import type { Arrangement, Focus } from './arrange.js';
import type { Kind } from './kinds.js';
import type { Random } from './random.js';

/** How often the frame cuts a product of a kind; people and animals mostly, as in photos. */
const CROPPED: Partial<Record<Kind, number>> = { person: 0.75, animal: 0.6 };

/** Returns { azimuth, cropped }. */
export function aimCamera(
  random: Random,
  camera: THREE.PerspectiveCamera,
  whole: THREE.Box3,
  { kind, living, focus }: Arrangement,
  side: number,
) {
  const box = focus ? figureBox(random, whole, focus) : whole;
  const centre = box.getCenter(new THREE.Vector3());
  const size = box.getSize(new THREE.Vector3()).length();
  camera.fov = random.between(18, 50);
  const azimuth = random.between(-0.5, 0.5);
  const fromAbove = random.chance(0.1) ? random.between(0.9, 1.45) : random.between(0.02, 0.75);
  const elevation = living ? random.between(-0.05, 0.25) : fromAbove;
  const distance = (size * 0.6) / Math.tan((camera.fov * Math.PI) / 360) + size * 0.3;
  const across = Math.cos(elevation);
  camera.position
    .set(Math.sin(azimuth) * across, Math.sin(elevation), Math.cos(azimuth) * across)
    .multiplyScalar(distance)
    .add(centre);
  camera.position.y = Math.max(0.04, camera.position.y);
  camera.up.set(random.chance(0.15) ? random.between(-0.25, 0.25) : 0, 1, 0);
  camera.lookAt(centre);
  camera.clearViewOffset();
  camera.updateProjectionMatrix();
  camera.updateMatrixWorld(true);
  const cropped = focus ? box !== whole : random.chance(CROPPED[kind] ?? 0.1);
  const fill: [number, number] = focus ? [0.8, 1.1] : cropped ? [1.2, 2.3] : [0.6, 1.2];
  frameProduct(random, camera, box, cropped && !focus, fill, side);
  return { azimuth, cropped };
}

/** Which part of a person the frame is for, each as likely as its weight says, and between which heights it lies. */
const FRAMES = { all: 26, knee: 8, half: 20, portrait: 22, torso: 8, dress: 8, legs: 8 };
const HEIGHTS: Record<Exclude<keyof typeof FRAMES, 'all' | 'legs'>, [low: keyof Focus, high: keyof Focus]> = {
  knee: ['knee', 'crown'],
  half: ['hip', 'crown'],
  portrait: ['chest', 'crown'],
  torso: ['hip', 'neck'],
  dress: ['knee', 'neck'],
};

/** The part of a person that the frame is for. */
function figureBox(random: Random, whole: THREE.Box3, focus: Focus): THREE.Box3 {
  const frame = random.weighted(FRAMES);
  if (frame === 'all') return whole;
  const box = whole.clone();
  if (frame === 'legs') box.max.y = focus.hip;
  else [box.min.y, box.max.y] = HEIGHTS[frame].map((height) => focus[height]);
  const centre = box.getCenter(new THREE.Vector3());
  const reach = (box.max.y - box.min.y) * random.between(0.35, 0.6);
  for (const axis of ['x', 'z'] as const) {
    box.min[axis] = Math.max(box.min[axis], centre[axis] - reach);
    box.max[axis] = Math.min(box.max[axis], centre[axis] + reach);
  }
  return box;
}

/** Narrows the view so that the product's projected box fills a share of the frame; above 1 it is cut. */
function frameProduct(
  random: Random,
  camera: THREE.PerspectiveCamera,
  box: THREE.Box3,
  shifted: boolean,
  fill: [number, number],
  side: number,
) {
  const corners = [0, 1, 2, 3, 4, 5, 6, 7].map((i) =>
    new THREE.Vector3(
      i & 1 ? box.max.x : box.min.x,
      i & 2 ? box.max.y : box.min.y,
      i & 4 ? box.max.z : box.min.z,
    ).project(camera),
  );
  const [left, right] = [Math.min(...corners.map((c) => c.x)), Math.max(...corners.map((c) => c.x))];
  const [bottom, top] = [Math.min(...corners.map((c) => c.y)), Math.max(...corners.map((c) => c.y))];
  const [width, height] = [right - left, top - bottom];
  const span = Math.max(width, height) / random.between(...fill);
  let [x, y] = [(left + right) / 2, (top + bottom) / 2];
  if (shifted) {
    const [slackX, slackY] = [Math.max(0, width - span * 0.6) / 2, Math.max(0, height - span * 0.7) / 2];
    x += random.between(-slackX, slackX);
    y += random.between(-slackY, slackY);
  } else {
    x += random.between(-0.3, 0.3) * Math.max(0, span - width);
    y += random.between(-0.3, 0.3) * Math.max(0, span - height);
  }
  const offsetX = ((x - span / 2 + 1) / 2) * side;
  const offsetY = ((1 - (y + span / 2)) / 2) * side;
  camera.setViewOffset(side, side, offsetX, offsetY, (span / 2) * side, (span / 2) * side);
  camera.updateProjectionMatrix();
}
