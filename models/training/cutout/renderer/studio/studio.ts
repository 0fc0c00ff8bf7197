/**
 * Renders labelled product shots. Each takes three passes on the default frame buffer, where tone mapping
 * and 4x multisampling both work:
 *
 *   A  the product alone on transparent, premultiplied: its alpha is the exact matte;
 *   B  the backdrop with the product hidden but its shadow kept;
 *   C  the backdrop without that shadow.
 *
 * The picture is A.rgb + (1 - A.a) * B, exactly, so that training may swap either; B over C is the shadow.
 */
import * as THREE from 'three';
import { arrangeProducts, makeClutter } from './arrange.js';
import { createSet, dressSet, standClutter } from './backdrop.js';
import { aimCamera } from './camera.js';
import type { Kind } from './kinds.js';
import { type Library, loadLibrary } from './library.js';
import { createLights, setLight } from './light.js';
import { Random } from './random.js';
import type { Split } from './shelf.js';

/** Samples whose product covers less or more than this of the frame teach nothing and are dropped. */
const COVER = { least: 0.008, most: 0.93 };

/** Everything that a sample is made with. */
export interface Studio {
  renderer: THREE.WebGLRenderer;
  scene: THREE.Scene;
  camera: THREE.PerspectiveCamera;
  library: Library;
  set: ReturnType<typeof createSet>;
  lights: ReturnType<typeof createLights>;
  /** Pixels of a side of the picture. */
  side: number;
  /** The only kind of product to render, or none. */
  kind: Kind | '';
}

/** What the renderer asks of its page. */
export interface StudioPage {
  open(wish: { side: number; split: Split; kind: Kind | '' }): Promise<object>;
  renderBatch(firstSeed: number, count: number): Promise<number>;
}

declare global {
  interface Window {
    studio: StudioPage;
  }
}

let studio: Studio;

const open: StudioPage['open'] = async ({ side, split, kind }) => {
  const manifest = await (await fetch('/manifest.json')).json();
  const renderer = new THREE.WebGLRenderer({ antialias: true, alpha: true, premultipliedAlpha: true });
  renderer.setPixelRatio(1);
  renderer.setSize(side, side);
  renderer.shadowMap.enabled = true;
  renderer.shadowMap.autoUpdate = false;
  renderer.shadowMap.type = THREE.PCFShadowMap;
  document.body.append(renderer.domElement);
  const scene = new THREE.Scene();
  const library = await loadLibrary(manifest, renderer, split);
  const camera = new THREE.PerspectiveCamera(35, 1, 0.05, 60);
  studio = { renderer, scene, camera, library, set: createSet(scene), lights: createLights(scene), side, kind };
  const gl = renderer.getContext();
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  return {
    renderer: gl.getParameter(info?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER),
    multisamples: gl.getParameter(gl.SAMPLES),
    models: library.models.count,
    photographs: library.photographs.length,
  };
};

function readPixels(target: ArrayBuffer, pass: number) {
  const gl = studio.renderer.getContext();
  const { side } = studio;
  const bytes = side * side * 4;
  gl.readPixels(0, 0, side, side, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(target, pass * bytes, bytes));
}

/** Whether an object is drawn; its shadow falls in any case. */
function paint(object: THREE.Object3D, shown: boolean) {
  object.traverse((part) => {
    for (const material of materialsOf(part)) {
      material.colorWrite = shown;
      material.depthWrite = shown && !material.transparent;
    }
  });
}

/** The three passes, one after the other, as raw RGBA with the bottom row first. */
function renderPasses(root: THREE.Object3D): ArrayBuffer {
  const { renderer, scene, camera, set, side } = studio;
  const pixels = new ArrayBuffer(side * side * 4 * 3);
  const visible = set.surfaces.map((surface) => surface.visible);
  const background = scene.background;

  renderer.shadowMap.needsUpdate = true;
  for (const surface of set.surfaces) surface.visible = false;
  paint(set.clutter, false); // it casts its shadow already, and is not seen
  scene.background = null;
  renderer.setClearColor(0, 0);
  renderer.render(scene, camera);
  readPixels(pixels, 0);

  // autoUpdate is off, so the shadow map of the first pass stays although the product is hidden.
  set.surfaces.forEach((surface, i) => {
    surface.visible = visible[i];
  });
  paint(set.clutter, true);
  root.visible = false;
  scene.background = background;
  renderer.setClearColor(0x808080, 1);
  renderer.render(scene, camera);
  readPixels(pixels, 1);

  if (visible.some(Boolean)) {
    renderer.shadowMap.needsUpdate = true;
    renderer.render(scene, camera);
  } // else nothing takes a shadow, and the picture of pass B still stands
  readPixels(pixels, 2);
  return pixels;
}

/** The share of the frame that the product covers, from every fourth pixel. */
function coverOf(pixels: ArrayBuffer): number {
  const alpha = new Uint8Array(pixels, 0, studio.side ** 2 * 4);
  let sum = 0;
  for (let i = 3; i < alpha.length; i += 16) sum += alpha[i];
  return sum / (alpha.length / 16) / 255;
}

function materialsOf(part: THREE.Object3D): THREE.Material[] {
  return part instanceof THREE.Mesh ? [part.material].flat() : [];
}

/**
 * Frees the geometry that was made for a sample. Its materials are left to the garbage collector: disposing of the
 * last one of a kind would drop its shader, and compiling shaders anew took most of a sample's time.
 */
function dispose(root: THREE.Object3D) {
  root.traverse((part) => {
    if (part instanceof THREE.Mesh && !studio.library.models.shares(part.geometry)) part.geometry.dispose();
  });
}

async function renderSample(seed: number): Promise<boolean> {
  const random = new Random(seed);
  const product = await arrangeProducts(random, studio.library, studio.kind);
  studio.scene.add(product.root);
  const box = new THREE.Box3().setFromObject(product.root, true);
  const { azimuth, cropped } = aimCamera(random, studio.camera, box, product, studio.side);
  setLight(random, studio, box);
  const backdrop = dressSet(random, studio, box, { azimuth, kind: product.kind });
  const clutter = await standClutter(random, studio, box, azimuth, makeClutter);
  const pixels = renderPasses(product.root);
  studio.scene.remove(product.root);
  dispose(product.root);
  dispose(studio.set.clutter);
  const cover = coverOf(pixels);
  if (cover < COVER.least || cover > COVER.most) return false;
  const { kind, names } = product;
  const meta = { seed, kind, names, cropped, backdrop, clutter, cover: Number(cover.toFixed(4)) };
  const headers = { 'x-meta': encodeURIComponent(JSON.stringify(meta)) };
  const answer = await fetch('/sample', { method: 'POST', body: pixels, headers });
  if (!answer.ok) throw new Error(`sample ${seed} was not stored: ${answer.status}`);
  return true;
}

/** Renders the samples of `count` seeds and returns how many were kept. */
const renderBatch: StudioPage['renderBatch'] = async (firstSeed, count) => {
  let kept = 0;
  for (let i = 0; i < count; i++) kept += (await renderSample(firstSeed + i)) ? 1 : 0;
  return kept;
};

window.studio = { open, renderBatch };
