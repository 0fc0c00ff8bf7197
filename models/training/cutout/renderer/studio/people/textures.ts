/** Pictures on people: skins, garments and hair, also in grey so that they take any colour. */
import * as THREE from 'three';
import { contextOf } from '../surfaces.js';

const loader = new THREE.TextureLoader();

/** A picture as it is and in grey, and whether parts of it are neither opaque nor clear. */
interface Picture {
  colour: THREE.Texture;
  grey: THREE.Texture;
  soft: boolean;
}

export type Textures = ReturnType<typeof createTextures>;

/** Each texture is read once; a `path` is below the package's data. */
export function createTextures() {
  const pictures = new Map<string, Promise<Picture>>();
  const reliefs = new Map<string, Promise<THREE.Texture>>();

  async function load(path: string): Promise<THREE.Texture<HTMLImageElement>> {
    const texture = await loader.loadAsync(`/people/data/${path}`);
    texture.wrapS = texture.wrapT = THREE.RepeatWrapping;
    texture.anisotropy = 4;
    return texture;
  }

  async function read(path: string): Promise<Picture> {
    const colour = await load(path);
    colour.colorSpace = THREE.SRGBColorSpace;
    return { colour, ...greyOf(colour.image) };
  }

  function once<T>(known: Map<string, Promise<T>>, path: string, make: (path: string) => Promise<T>): Promise<T> {
    const made = known.get(path) ?? make(path);
    known.set(path, made);
    return made;
  }

  return {
    picture: (path: string) => once(pictures, path, read),
    /** A normal map. */
    relief: (path: string) => once<THREE.Texture>(reliefs, path, load),
  };
}

/**
 * The lightness of a picture about a mean of 0.75, with its alpha. Where it is clear the grey is even, so that smaller mip levels get no dark rims.
 */
function greyOf(image: HTMLImageElement): Omit<Picture, 'colour'> {
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = contextOf(canvas, { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  let [sum, solid, clear] = [0, 0, 0];
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] < 250) clear++;
    if (data[i + 3] < 128) continue;
    sum += lightness(data, i);
    solid++;
  }
  const gain = (0.75 * 255) / Math.max(sum / Math.max(solid, 1), 20);
  for (let i = 0; i < data.length; i += 4) {
    data.fill(data[i + 3] < 16 ? 191 : Math.min(255, lightness(data, i) * gain), i, i + 3);
  }
  const grey = new THREE.DataTexture(data, image.width, image.height);
  grey.colorSpace = THREE.SRGBColorSpace;
  grey.wrapS = grey.wrapT = THREE.RepeatWrapping;
  grey.magFilter = THREE.LinearFilter;
  grey.minFilter = THREE.LinearMipmapLinearFilter;
  grey.generateMipmaps = grey.flipY = true;
  grey.anisotropy = 4;
  grey.needsUpdate = true;
  return { grey, soft: clear > 0.005 * (data.length / 4) };
}

/** Rec. 601 luma of the pixel at data[i..i+2], 0..255. */
const lightness = (data: Uint8ClampedArray, i: number) => 0.299 * data[i] + 0.587 * data[i + 1] + 0.114 * data[i + 2];
