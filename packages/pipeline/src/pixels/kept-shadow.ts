import { gaussianBlur } from './gaussian-blur';
import type { Pace } from './pace';
import { type ColourPlanes, createPlane, mapPlane, type Plane, product } from './plane';
import type { Raster } from './raster';
import { connectedRegions } from './regions';
import { alphaToPlane, toPlanes } from './resize';
import { createRowSampler } from './row-sampler';
import { dilate } from './shadow-mask';

/** How far lit background is looked for, as a share of the long side. */
const SURROUNDINGS = 0.12;
/** Pixels between a product and a shadow that is still its own. */
const CONTACT = 4;
/** A shadow's own shading ends it; the mask only says where to look, and must not show its outline. */
const EDGE = 5;
/** A share of the long side: further from the product than about this, what is dark is rather the ground's own shading. */
const FAR = 0.05;
/** Near a product only a part of the surroundings is product. */
const NEARNESS = 4;
/** Darker by less than the first is shading of the ground, by more than the second surely shadow. */
const DEPTH = { ignored: 0.03, certain: 0.09 };
/** The shadow goes on a little way under the product, so that no bright line parts them. */
const UNDER = 3;
const DARKEST = 0.9;

/**
 * How dark a product's own shadow is, 0..1, at the mask's size: by how much the background is darker there than the lit
 * background around it. Shadows that do not touch the product are not its own.
 */
export async function ownShadow(photo: Raster, alpha: Uint8Array, mask: Plane, pace: Pace): Promise<Plane> {
  const { width, height } = mask;
  const solid = await alphaToPlane(alpha, photo, width, height, pace);
  const certain = mapPlane(solid, (value) => (value > 0.5 ? 1 : 0));
  const own = touching(mask, certain);
  const intensity = mean(await toPlanes(photo, width, height, pace));
  const background = mapPlane(solid, (value) => (value < 0.05 ? 1 : 0));
  const lit = product(
    background,
    mapPlane(dilate(mask, CONTACT), (value) => 1 - value),
  );
  const around = average(intensity, lit, SURROUNDINGS * Math.max(width, height));
  const darkness = createPlane(width, height);
  const soft = gaussianBlur(dilate(own, EDGE), EDGE);
  const near = gaussianBlur(certain, FAR * Math.max(width, height));
  for (let i = 0; i < darkness.data.length; i++) {
    const [light, here] = [around.data[i] as number, intensity.data[i] as number];
    const depth = light > 0 ? Math.min(DARKEST, 1 - here / light) : 0;
    const sure = Math.min(1, Math.max(0, (depth - DEPTH.ignored) / (DEPTH.certain - DEPTH.ignored)));
    darkness.data[i] = depth * sure * (soft.data[i] as number) * Math.min(1, NEARNESS * (near.data[i] as number));
  }
  const under = average(darkness, background, UNDER);
  for (let i = 0; i < darkness.data.length; i++) {
    if (background.data[i] === 0) darkness.data[i] = under.data[i] as number;
  }
  return darkness;
}

/** Lays a black shadow under a cut-out, in place. */
export async function layUnder(photo: Raster, alpha: Uint8Array, darkness: Plane, pace: Pace): Promise<void> {
  const { width, height, data } = photo;
  const sampleRow = createRowSampler([darkness], width, height);
  for (let y = 0, i = 0; y < height; y++) {
    const [row] = sampleRow(y) as [Float32Array];
    for (let x = 0; x < width; x++, i++) {
      const solid = (alpha[i] as number) / 255;
      const shadow = (1 - solid) * (row[x] as number);
      if (shadow < 1 / 510) continue;
      const share = solid / (solid + shadow);
      for (let c = 3 * i; c < 3 * i + 3; c++) data[c] = Math.round((data[c] as number) * share);
      alpha[i] = Math.round((solid + shadow) * 255);
    }
    await pace();
  }
}

function touching(mask: Plane, solid: Plane): Plane {
  const near = dilate(solid, CONTACT);
  const own = createPlane(mask.width, mask.height);
  for (const { pixels } of connectedRegions(mask.width, mask.height, (i) => (mask.data[i] as number) > 0.5)) {
    if (pixels.some((i) => near.data[i] === 1)) for (const i of pixels) own.data[i] = 1;
  }
  return own;
}

/** The mean of the values around each pixel that have a weight; 0 where none has. */
function average(values: Plane, weights: Plane, sigma: number): Plane {
  const sum = gaussianBlur(product(values, weights), sigma);
  const seen = gaussianBlur(weights, sigma);
  for (let i = 0; i < sum.data.length; i++) {
    const weight = seen.data[i] as number;
    sum.data[i] = weight > 1e-3 ? (sum.data[i] as number) / weight : 0;
  }
  return sum;
}

function mean([red, green, blue]: ColourPlanes): Plane {
  const sum = createPlane(red.width, red.height);
  for (let i = 0; i < sum.data.length; i++) {
    sum.data[i] = ((red.data[i] as number) + (green.data[i] as number) + (blue.data[i] as number)) / 3;
  }
  return sum;
}
