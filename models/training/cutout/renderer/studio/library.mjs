/** Loads what the studio is furnished with: environments, photographs, scanned materials, matcaps, 3D models. */
import * as THREE from 'three';
import { DRACOLoader } from 'three/addons/loaders/DRACOLoader.js';
import { GLTFLoader } from 'three/addons/loaders/GLTFLoader.js';
import { HDRLoader } from 'three/addons/loaders/HDRLoader.js';
import { createPeople } from './people/person.mjs';
import { Random } from './random.mjs';
import { isHeldBack } from './shelf.mjs';
import { knit, randomPattern, repeating, strands } from './surfaces.mjs';

const PHOTO_SIDE = 1400;
const textures = new THREE.TextureLoader();

async function loadEnvironments(names, renderer) {
  const prefilter = new THREE.PMREMGenerator(renderer);
  const loader = new HDRLoader();
  loader.setDataType(THREE.HalfFloatType);
  const environments = [];
  for (const name of names) {
    const panorama = await loader.loadAsync(`/assets/hdris/${name}`);
    panorama.mapping = THREE.EquirectangularReflectionMapping;
    environments.push(prefilter.fromEquirectangular(panorama).texture);
    panorama.dispose();
  }
  return environments;
}

async function loadPhotograph(name) {
  const image = await createImageBitmap(await (await fetch(`/backgrounds/${name}`)).blob());
  const scale = PHOTO_SIDE / Math.max(image.width, image.height);
  const size = { resizeWidth: Math.round(image.width * scale), resizeHeight: Math.round(image.height * scale) };
  return createImageBitmap(image, { ...size, resizeQuality: 'high' });
}

async function loadScanned(name, normals) {
  const map = repeating(await textures.loadAsync(`/assets/materials/${name}`));
  const normalName = name.replace('_Color', '_Normal');
  const normal = normals.has(normalName)
    ? repeating(await textures.loadAsync(`/assets/materials/${normalName}`), false)
    : null;
  return { map, normal };
}

async function loadMatcap(name) {
  const texture = await textures.loadAsync(`/assets/materials/${name}`);
  texture.colorSpace = THREE.SRGBColorSpace;
  return texture;
}

/** Everything but the models, which load when a sample first wants them. */
export async function loadLibrary(manifest, renderer, split) {
  const photographs = await Promise.all(manifest.backgrounds.map(loadPhotograph));
  const normals = new Set(manifest.normals);
  const random = new Random(split === 'val' ? 77 : 5);
  return {
    photographs,
    environments: await loadEnvironments(manifest.hdris, renderer),
    scanned: await Promise.all(manifest.materials.map((name) => loadScanned(name, normals))),
    matcaps: await Promise.all(manifest.matcaps.map(loadMatcap)),
    patterns: Array.from({ length: 48 }, () => randomPattern(random, photographs)),
    strands: Array.from({ length: 12 }, () => strands(random)),
    knits: Array.from({ length: 8 }, () => knit(random)),
    people: await createPeople(split),
    models: createModelShelf(manifest.models.filter((name) => isHeldBack(name) === (split === 'val'))),
  };
}

/** Models without texture coordinates still take a print, projected along the nearest axis. */
function addBoxCoordinates(geometry) {
  if (geometry.attributes.uv) return;
  const { position, normal } = geometry.attributes;
  geometry.computeBoundingBox();
  const size = geometry.boundingBox.getSize(new THREE.Vector3());
  const scale = 1.5 / Math.max(size.x, size.y, size.z, 1e-6);
  const coordinates = new Float32Array(position.count * 2);
  for (let i = 0; i < position.count; i++) {
    const [x, y, z] = [position.getX(i), position.getY(i), position.getZ(i)];
    const [nx, ny, nz] = [normal.getX(i), normal.getY(i), normal.getZ(i)].map(Math.abs);
    const [u, v] = ny > nx && ny > nz ? [x, z] : nx > nz ? [z, y] : [x, y];
    coordinates[2 * i] = u * scale;
    coordinates[2 * i + 1] = v * scale;
  }
  geometry.setAttribute('uv', new THREE.BufferAttribute(coordinates, 2));
}

/** Hands out fresh copies of random models; their geometry is shared and must not be disposed of. */
function createModelShelf(names) {
  const draco = new DRACOLoader();
  draco.setDecoderPath('/three/examples/jsm/libs/draco/gltf/');
  const loader = new GLTFLoader();
  loader.setDRACOLoader(draco);
  const loaded = new Map();
  const geometries = new Set();

  async function load(name) {
    const { scene } = await loader.loadAsync(`/assets/models/${name}`);
    scene.traverse((part) => {
      if (!part.isMesh) return;
      if (!part.geometry.attributes.normal) part.geometry.computeVertexNormals();
      addBoxCoordinates(part.geometry);
      geometries.add(part.geometry);
    });
    return scene;
  }

  return {
    count: names.length,
    shares: (geometry) => geometries.has(geometry),
    /** { name, object }, of the `wanted` models if this split has any; what does not parse is reported once. */
    async take(random, wanted = []) {
      const some = names.filter((name) => wanted.includes(name.split('/')[0]));
      for (let tries = 0; tries < 20; tries++) {
        const name = random.pick(some.length ? some : names);
        if (!loaded.has(name)) {
          try {
            loaded.set(name, await load(name));
          } catch (error) {
            console.warn(`model ${name} left out: ${error.message}`);
            loaded.set(name, null);
          }
        }
        const object = loaded.get(name);
        if (object) return { name: name.split('/')[0], object: object.clone(true) };
      }
      throw new Error('no model could be loaded');
    },
  };
}
