/** Pictures on people: skins, garments and hair, also in grey so that they take any colour. */
import * as THREE from 'three';

const loader = new THREE.TextureLoader();

/** { colour(path), grey(path), isSoft(path) }: each texture is read once; `path` is below the package's data. */
export function createTextures() {
  const loaded = new Map();

  async function read(path) {
    if (!loaded.has(path)) {
      const texture = await loader.loadAsync(`/people/data/${path}`);
      texture.colorSpace = THREE.SRGBColorSpace;
      texture.wrapS = texture.wrapT = THREE.RepeatWrapping;
      texture.anisotropy = 4;
      loaded.set(path, { colour: texture, ...greyOf(texture.image) });
    }
    return loaded.get(path);
  }

  return {
    colour: async (path) => (await read(path)).colour,
    grey: async (path) => (await read(path)).grey,
    isSoft: async (path) => (await read(path)).soft,
    async normal(path) {
      if (!loaded.has(path)) {
        const texture = await loader.loadAsync(`/people/data/${path}`);
        texture.wrapS = texture.wrapT = THREE.RepeatWrapping;
        loaded.set(path, texture);
      }
      return loaded.get(path);
    },
  };
}

/**
 * { grey, soft }: the lightness of a picture about a mean of 0.75 with its alpha, and whether a part of it is
 * neither opaque nor clear. Where it is clear the grey is even, so that smaller mip levels get no dark rims.
 */
function greyOf(image) {
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
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
const lightness = (data, i) => 0.299 * data[i] + 0.587 * data[i + 1] + 0.114 * data[i + 2];
