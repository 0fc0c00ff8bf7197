/** What stands behind the product: a studio sweep, a room, a photograph or an environment. */
import * as THREE from 'three';
import type { Kind } from './kinds.js';
import type { Library } from './library.js';
import type { Random } from './random.js';
import type { Studio } from './studio.js';
import { contextOf, drawPhotoCrop, randomColour } from './surfaces.js';

/** Backdrops, each as likely as its weight says; people are mostly seen out of doors. */
const BACKDROPS = { sweep: 34, room: 22, photo: 30, environment: 14 };
const BEHIND_PEOPLE = { sweep: 22, room: 14, photo: 36, environment: 28 };
const PHOTO_SIDE = 512;

/** The seamless curve of floor and wall that studios use, 28 units wide. */
function sweepGeometry() {
  const half = 14;
  const steps = 14;
  const profile: [number, number][] = [
    [6, 0],
    [-1.5, 0],
  ];
  for (let i = 1; i <= steps; i++) {
    const angle = ((i / steps) * Math.PI) / 2;
    profile.push([-1.5 - Math.sin(angle) * 1.5, 1.5 - Math.cos(angle) * 1.5]);
  }
  profile.push([-3, 12]);
  const positions: number[] = [];
  const triangles: number[] = [];
  profile.forEach(([z, y], i) => {
    positions.push(-half, y, z, half, y, z);
    if (i) triangles.push(2 * i - 2, 2 * i - 1, 2 * i, 2 * i - 1, 2 * i + 1, 2 * i);
  });
  const geometry = new THREE.BufferGeometry();
  geometry.setAttribute('position', new THREE.Float32BufferAttribute(positions, 3));
  geometry.setIndex(triangles);
  geometry.computeVertexNormals();
  return geometry;
}

/** A surface of the set: it takes shadows and is hidden. */
function surface(geometry: THREE.BufferGeometry): THREE.Mesh<THREE.BufferGeometry, THREE.Material> {
  const part = new THREE.Mesh<THREE.BufferGeometry, THREE.Material>(geometry);
  part.receiveShadow = true;
  part.visible = part.frustumCulled = false;
  return part;
}

/** The set's three surfaces, hidden until a backdrop wants them, a group for clutter, a canvas for photographs. */
export function createSet(scene: THREE.Scene) {
  const floor = surface(new THREE.PlaneGeometry(30, 30));
  const wall = surface(new THREE.PlaneGeometry(30, 14));
  const sweep = surface(sweepGeometry());
  floor.rotation.x = -Math.PI / 2;
  wall.position.y = 7;
  scene.add(sweep, floor, wall);
  const clutter = new THREE.Group();
  scene.add(clutter);
  const canvas = new OffscreenCanvas(PHOTO_SIDE, PHOTO_SIDE);
  const picture = new THREE.CanvasTexture(canvas);
  picture.colorSpace = THREE.SRGBColorSpace;
  return { sweep, floor, wall, surfaces: [sweep, floor, wall], clutter, picture, context: contextOf(canvas) };
}

function paintedSurface(random: Random, library: Library) {
  const m = new THREE.MeshStandardMaterial({ roughness: random.between(0.3, 1), color: randomColour(random) });
  const kind = random.unit();
  const repeat = random.between(2, 10);
  if (kind < 0.45) {
    m.map = random.pick(library.scanned).map.clone();
    if (random.chance(0.5)) m.color.setScalar(random.between(0.5, 1));
  } else if (kind < 0.75) {
    m.map = random.pick(library.patterns).clone();
    m.color.setScalar(random.between(0.6, 1));
  }
  m.map?.repeat.set(repeat, repeat);
  return m;
}

function sweepMaterial(random: Random) {
  const m = new THREE.MeshStandardMaterial({ side: THREE.DoubleSide, roughness: random.between(0.4, 1) });
  const kind = random.unit();
  if (kind < 0.4) m.color.setScalar(random.between(0.75, 1));
  else if (kind < 0.65) m.color.setScalar(random.between(0.05, 0.7));
  else m.color.copy(randomColour(random));
  return m;
}

/** Only the shadow, on whatever is behind. */
function shadowOnly(random: Random) {
  return new THREE.ShadowMaterial({ opacity: random.between(0.15, 0.6) });
}

/** How often other things stand behind the product, in one render with it. */
const CLUTTERED = 0.3;

/** Models and drawn products behind the product, smaller or larger than it, so that it is seen against things. */
export async function standClutter(
  random: Random,
  { set, library }: Studio,
  box: THREE.Box3,
  azimuth: number,
  makeObject: (random: Random, library: Library) => Promise<THREE.Object3D>,
): Promise<number> {
  set.clutter.clear();
  if (!random.chance(CLUTTERED)) return 0;
  const centre = box.getCenter(new THREE.Vector3());
  const count = random.integer(2, 7);
  for (let i = 0; i < count; i++) {
    const thing = await makeObject(random, library);
    thing.scale.multiplyScalar(random.between(0.35, 1.4));
    const [across, back] = [random.between(-1.3, 1.3), random.between(0.55, 1.7)];
    thing.position.set(
      centre.x + Math.cos(azimuth) * across - Math.sin(azimuth) * back,
      random.chance(0.2) ? random.between(0.2, 0.8) : 0,
      centre.z - Math.sin(azimuth) * across - Math.cos(azimuth) * back,
    );
    thing.rotation.y = random.between(0, 2 * Math.PI);
    set.clutter.add(thing);
  }
  return count;
}

/** Dresses the set and returns the backdrop's kind; `scene.background` is set to what belongs behind it. */
export function dressSet(
  random: Random,
  { scene, set, library }: Studio,
  box: THREE.Box3,
  { azimuth, kind }: { azimuth: number; kind: Kind },
) {
  const centre = box.getCenter(new THREE.Vector3());
  for (const surface of set.surfaces) {
    surface.visible = false;
    surface.position.x = centre.x;
    surface.position.z = surface === set.wall ? centre.z - Math.cos(azimuth) * 2.2 : centre.z;
  }
  scene.background = null;
  scene.backgroundBlurriness = 0;
  scene.backgroundIntensity = 1;
  const show = (surface: THREE.Mesh, material: THREE.Material) => {
    surface.material = material;
    surface.visible = true;
  };
  const backdrop = random.weighted(kind === 'person' ? BEHIND_PEOPLE : BACKDROPS);
  if (backdrop === 'sweep') {
    show(set.sweep, sweepMaterial(random));
    set.sweep.position.y = Math.min(0, box.min.y);
  } else if (backdrop === 'room') {
    show(set.floor, paintedSurface(random, library));
    if (random.chance(0.7)) show(set.wall, paintedSurface(random, library));
    else {
      scene.background = random.pick(library.environments);
      scene.backgroundBlurriness = random.between(0.05, 0.6);
      scene.backgroundRotation.set(0, random.between(0, 2 * Math.PI), 0);
    }
  } else if (backdrop === 'photo') {
    const blur = random.chance(0.35) ? 0 : random.between(1, 14);
    drawPhotoCrop(random, library.photographs, set.context, PHOTO_SIDE, PHOTO_SIDE, blur);
    set.picture.needsUpdate = true;
    scene.background = set.picture;
    if (random.chance(0.6) && kind !== 'person') show(set.floor, shadowOnly(random));
  } else {
    scene.background = scene.environment;
    scene.backgroundBlurriness = random.chance(0.3) ? 0 : random.between(0.02, 0.4);
    scene.backgroundRotation.copy(scene.environmentRotation);
    scene.backgroundIntensity = random.between(0.6, 1.4);
    if (random.chance(0.6)) show(set.floor, shadowOnly(random));
  }
  return backdrop;
}
