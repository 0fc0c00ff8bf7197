/** Loads what the studio is furnished with: environments, photographs, scanned materials, matcaps, 3D models. */
import * as THREE from 'three';
import { DRACOLoader } from 'three/addons/loaders/DRACOLoader.js';
import { GLTFLoader } from 'three/addons/loaders/GLTFLoader.js';
import { HDRLoader } from 'three/addons/loaders/HDRLoader.js';
import type { Manifest } from '../studio-server.js';
import type { Product } from './arrange.js';
import { createPeople, type People } from './people/person.js';
import { Random } from './random.js';
import { isHeldBack, type Split } from './shelf.js';
import { knit, randomPattern, repeating, strands } from './surfaces.js';

const PHOTO_SIDE = 1400;
const textures = new THREE.TextureLoader();

async function loadEnvironments(names: string[], renderer: THREE.WebGLRenderer): Promise<THREE.Texture[]> {
  const prefilter = new THREE.PMREMGenerator(renderer);
  const loader = new HDRLoader();
  loader.setDataType(THREE.HalfFloatType);
  const environments: THREE.Texture[] = [];
  for (const name of names) {
    const panorama = await loader.loadAsync(`/assets/hdris/${name}`);
    panorama.mapping = THREE.EquirectangularReflectionMapping;
    environments.push(prefilter.fromEquirectangular(panorama).texture);
    panorama.dispose();
  }
  return environments;
}

async function loadPhotograph(name: string): Promise<ImageBitmap> {
  const image = await createImageBitmap(await (await fetch(`/backgrounds/${name}`)).blob());
  const scale = PHOTO_SIDE / Math.max(image.width, image.height);
  const size = { resizeWidth: Math.round(image.width * scale), resizeHeight: Math.round(image.height * scale) };
  return createImageBitmap(image, { ...size, resizeQuality: 'high' });
}

async function loadScanned(name: string, normals: Set<string>): Promise<Scanned> {
  const map = repeating(await textures.loadAsync(`/assets/materials/${name}`));
  const normalName = name.replace('_Color', '_Normal');
  const normal = normals.has(normalName)
    ? repeating(await textures.loadAsync(`/assets/materials/${normalName}`), false)
    : null;
  return { map, normal };
}

async function loadMatcap(name: string): Promise<THREE.Texture> {
  const texture = await textures.loadAsync(`/assets/materials/${name}`);
  texture.colorSpace = THREE.SRGBColorSpace;
  return texture;
}

/** A scanned material: its colours, and its relief where there is one. */
interface Scanned {
  map: THREE.Texture;
  normal: THREE.Texture | null;
}

interface ModelShelf {
  count: number;
  /** Whether a geometry belongs to the shelf and must not be disposed of. */
  shares(geometry: THREE.BufferGeometry): boolean;
  /** A fresh copy of a random model, of the `wanted` ones if this split has any. */
  take(random: Random, wanted?: string[]): Promise<Product>;
}

/** What the studio is furnished with. */
export interface Library {
  photographs: ImageBitmap[];
  environments: THREE.Texture[];
  scanned: Scanned[];
  matcaps: THREE.Texture[];
  patterns: THREE.Texture[];
  strands: THREE.Texture[];
  knits: THREE.Texture[];
  people: People;
  models: ModelShelf;
}

/** Everything but the models, which load when a sample first wants them. */
export async function loadLibrary(manifest: Manifest, renderer: THREE.WebGLRenderer, split: Split): Promise<Library> {
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
function addBoxCoordinates(geometry: THREE.BufferGeometry) {
  if (geometry.attributes.uv) return;
  const { position, normal } = geometry.attributes;
  const size = new THREE.Box3().setFromBufferAttribute(position as THREE.BufferAttribute).getSize(new THREE.Vector3());
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
function createModelShelf(names: string[]): ModelShelf {
  const draco = new DRACOLoader();
  draco.setDecoderPath('/three/examples/jsm/libs/draco/gltf/');
  const loader = new GLTFLoader();
  loader.setDRACOLoader(draco);
  const loaded = new Map<string, THREE.Object3D | null>();
  const geometries = new Set<THREE.BufferGeometry>();

  async function load(name: string): Promise<THREE.Object3D> {
    const { scene } = await loader.loadAsync(`/assets/models/${name}`);
    scene.traverse((part) => {
      if (!(part instanceof THREE.Mesh)) return;
      if (!part.geometry.attributes.normal) part.geometry.computeVertexNormals();
      addBoxCoordinates(part.geometry);
      geometries.add(part.geometry);
    });
    return scene;
  }

  return {
    count: names.length,
    shares: (geometry) => geometries.has(geometry),
    /** What does not parse is reported once and left out. */
    async take(random, wanted = []) {
      const some = names.filter((name) => wanted.includes(name.split('/')[0]));
      for (let tries = 0; tries < 20; tries++) {
        const name = random.pick(some.length ? some : names);
        if (!loaded.has(name)) {
          try {
            loaded.set(name, await load(name));
          } catch (error) {
            console.warn(`model ${name} left out: ${error}`);
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
