/** Puts one to three products together on the floor. */
import * as THREE from 'three';
import { createMaterialMaker } from './materials.mjs';
import { KINDS, MAKERS } from './products/index.mjs';
import { repaint } from './repaint.mjs';

/** { kind, names, root, living }: a group about one unit large, standing on y = 0 unless it floats. */
export async function arrangeProducts(random, library, wantedKind) {
  const kind = wantedKind || random.weighted(KINDS);
  const living = kind === 'person' || kind === 'animal';
  const count = living ? 1 : Number(random.weighted({ 1: 70, 2: 18, 3: 12 }));
  const floating = random.chance(0.12);
  const root = new THREE.Group();
  const names = [];
  for (let i = 0; i < count; i++) {
    const { name, object } = await makeProduct(random, library, i && random.chance(0.5) ? 'asset' : kind);
    names.push(name);
    const product = settle(random, object, floating);
    if (floating && random.chance(0.6)) {
      product.rotation.set(random.between(-0.6, 0.6), 0, random.between(-0.6, 0.6));
    }
    // People and garments are shown from the front or the back, not edge-on.
    const facing = random.between(-0.9, 0.9) + (random.chance(0.35) ? Math.PI : 0);
    const flat = kind === 'person' || name === 'garment';
    product.rotation.y = flat ? facing : random.between(0, 2 * Math.PI);
    if (i) placeBeside(random, product);
    root.add(product);
  }
  root.traverse((part) => {
    if (!part.isMesh) return;
    part.castShadow = part.receiveShadow = true;
    part.frustumCulled = false;
  });
  root.updateMatrixWorld(true);
  return { kind, names, root, living };
}

async function makeProduct(random, library, kind) {
  const makeMaterial = createMaterialMaker(random, library);
  if (kind === 'asset') {
    const { name, object } = await library.models.take(random);
    return { name, object: repaint(random, object, makeMaterial) };
  }
  const maker = random.pick(MAKERS[kind]);
  return { name: maker.name, object: maker(random, makeMaterial) };
}

/** Scales a product to unit size and stands it on the floor, or lets it float above. */
function settle(random, object, floating) {
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

function placeBeside(random, product) {
  const angle = random.between(0, 2 * Math.PI);
  const distance = random.between(0.55, 0.95);
  product.position.x = Math.cos(angle) * distance;
  product.position.z = Math.sin(angle) * distance * 0.6;
  product.scale.multiplyScalar(random.between(0.35, 1));
}
