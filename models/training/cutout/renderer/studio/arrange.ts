/** Puts one to three products together on the floor. */
import * as THREE from 'three';
import { KINDS, type Kind } from './kinds.js';
import type { Library } from './library.js';
import { createMaterialMaker } from './materials.js';
import { MAKERS } from './products/index.js';
import type { Random } from './random.js';
import { repaint } from './repaint.js';
import { group } from './shapes.js';
import { withFur } from './strands.js';

/** A thing to be photographed, by name; people in clothes come with what to frame. */
export interface Product {
  name: string;
  object: THREE.Object3D;
  focus?: Focus;
}

/** Of the people so many wear scanned clothes; the others are drawn by code. */
const DRESSED = 0.95;

/** Models that look like animals once they have fur, and the share of animals made of them. */
const FURRY = ['bunny', 'suzanne-high-poly', 'suzanne-low-poly', 'dogue', 'low-poly-horse'];
const MODELLED = 0.6;

/** The heights that a person in clothes is framed by. */
export interface Focus {
  crown: number;
  neck: number;
  chest: number;
  hip: number;
  knee: number;
}

/** Products in a group about one unit large, standing on y = 0 unless it floats; `focus` for people in clothes. */
export interface Arrangement {
  kind: Kind;
  names: string[];
  root: THREE.Group;
  living: boolean;
  focus: Focus | null;
}

/** Products of the wanted kind, or of any if it is empty. */
export async function arrangeProducts(random: Random, library: Library, wanted: Kind | ''): Promise<Arrangement> {
  const kind = wanted || random.weighted(KINDS);
  const living = kind === 'person' || kind === 'animal';
  const count = living ? 1 : Number(random.weighted({ 1: 70, 2: 18, 3: 12 }));
  const floating = random.chance(0.12);
  const root = new THREE.Group();
  const names: string[] = [];
  let focus: Focus | null = null;
  for (let i = 0; i < count; i++) {
    const {
      name,
      object,
      focus: heights,
    } = await makeProduct(random, library, i && random.chance(0.5) ? 'asset' : kind);
    names.push(name);
    const product = settle(random, object, floating);
    focus = heights ? heightsIn(product, object, heights) : null;
    if (floating && random.chance(0.6)) {
      product.rotation.set(random.between(-0.6, 0.6), 0, random.between(-0.6, 0.6));
    }
    // People and garments are shown from the front or the back, not edge-on.
    const facing = random.between(-0.9, 0.9) + (random.chance(kind === 'person' ? 0.25 : 0.35) ? Math.PI : 0);
    const flat = kind === 'person' || name === 'garment';
    product.rotation.y = flat ? facing : random.between(0, 2 * Math.PI);
    if (i) placeBeside(random, product);
    root.add(product);
  }
  root.traverse((part) => {
    if (!(part instanceof THREE.Mesh)) return;
    part.castShadow = !part.userData.castsNoShadow;
    part.receiveShadow = true;
    part.frustumCulled = false;
  });
  root.updateMatrixWorld(true);
  return { kind, names, root, living, focus };
}

/** One thing to stand behind the product, of unit size on the floor. */
export async function makeClutter(random: Random, library: Library): Promise<THREE.Group> {
  const kind = random.weighted({ asset: 70, solid: 20, thin: 10 });
  const { object } = await makeProduct(random, library, kind);
  const thing = settle(random, object, false);
  thing.traverse((part) => {
    if (part instanceof THREE.Mesh) part.castShadow = part.receiveShadow = true;
  });
  return thing;
}

async function makeProduct(random: Random, library: Library, kind: Kind): Promise<Product> {
  const makeMaterial = createMaterialMaker(random, library);
  if (kind === 'asset') {
    const { name, object } = await library.models.take(random);
    return { name, object: repaint(random, object, makeMaterial) };
  }
  if (kind === 'person' && random.chance(DRESSED)) return library.people.take(random, makeMaterial);
  if (kind === 'animal' && random.chance(MODELLED)) {
    const fur = makeMaterial({ hair: true });
    const { name, object } = await library.models.take(random, FURRY);
    object.traverse((part) => {
      if (part instanceof THREE.Mesh) part.material = fur;
    });
    return { name: `furry ${name}`, object: withFur(random, group(object), fur) };
  }
  const maker = random.pick(MAKERS[kind]);
  return { name: maker.name, object: maker(random, makeMaterial) };
}

/** Scales a product to unit size and stands it on the floor, or lets it float above. */
function settle(random: Random, object: THREE.Object3D, floating: boolean): THREE.Group {
  object.updateMatrixWorld(true);
  const box = new THREE.Box3().setFromObject(object, true);
  const size = box.getSize(new THREE.Vector3());
  const scale = 1 / Math.max(size.x, size.y, size.z, 1e-6);
  const centre = box.getCenter(new THREE.Vector3()).multiplyScalar(scale);
  object.scale.multiplyScalar(scale);
  object.position.multiplyScalar(scale).sub(new THREE.Vector3(centre.x, box.min.y * scale, centre.z));
  const holder = new THREE.Group();
  holder.add(object);
  if (floating) holder.position.y = random.between(0.05, 0.6);
  return holder;
}

/** The heights that a person is framed by, once scaled and moved. */
function heightsIn(
  holder: THREE.Group,
  { scale, position }: THREE.Object3D,
  { crown, neck, chest, hip, knee }: Focus,
): Focus {
  const moved = (y: number) => y * scale.y + position.y + holder.position.y;
  return { crown: moved(crown), neck: moved(neck), chest: moved(chest), hip: moved(hip), knee: moved(knee) };
}

function placeBeside(random: Random, product: THREE.Group) {
  const angle = random.between(0, 2 * Math.PI);
  const distance = random.between(0.55, 0.95);
  product.position.x = Math.cos(angle) * distance;
  product.position.z = Math.sin(angle) * distance * 0.6;
  product.scale.multiplyScalar(random.between(0.35, 1));
}
