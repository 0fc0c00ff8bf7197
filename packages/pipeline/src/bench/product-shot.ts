import { createRaster, type Raster } from '../pixels';

export interface ProductShot {
  photo: Raster;
  /** What is product: width * height bytes, 0 or 255. */
  mask: Uint8Array;
}

/**
 * A made-up photo whose truth is known: a glossy vase with a printed band before a light backdrop. `noise`: standard
 * deviation of Gaussian noise in 8-bit steps. The same arguments give the same picture.
 */
export function createProductShot(width: number, height: number, noise = 0): ProductShot {
  const photo = createRaster(width, height, 3);
  const mask = new Uint8Array(width * height);
  const random = gaussian(width * 31 + height);
  for (let y = 0, i = 0; y < height; y++) {
    const v = (y + 0.5) / height;
    const half = profile(v);
    for (let x = 0; x < width; x++, i++) {
      const u = (x + 0.5) / width - 0.5;
      const inside = Math.abs(u) < half;
      if (inside) mask[i] = 255;
      const [r, g, b] = inside ? vase(u / half, v) : backdrop(u, v);
      photo.data[i * 3] = clip(r + noise * random());
      photo.data[i * 3 + 1] = clip(g + noise * random());
      photo.data[i * 3 + 2] = clip(b + noise * random());
    }
  }
  return { photo, mask };
}

type Colour = readonly [number, number, number];

/** Half the vase's width at a height, in picture widths; 0 above and below it. */
function profile(v: number): number {
  if (v < 0.15 || v > 0.87) return 0;
  return 0.12 + 0.15 * Math.sin((Math.PI * (v - 0.1)) / 0.85) ** 2;
}

/** `across`: -1 at the left edge, 1 at the right one. */
function vase(across: number, v: number): Colour {
  const light = 0.45 + 0.55 * Math.sqrt(Math.max(0, 1 - (across + 0.35) ** 2 / 2));
  const band = v > 0.45 && v < 0.55 && Math.sin(across * 14) > -0.4;
  return band ? [235 * light, 215 * light, 90 * light] : [40 * light, 105 * light, 165 * light];
}

function backdrop(u: number, v: number): Colour {
  const light = 232 - 20 * v - 25 * u * u;
  return [light, light, light - 3];
}

function clip(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)));
}

/** Standard normal numbers from a linear congruential generator (Numerical Recipes), by Box and Muller. */
function gaussian(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 1) / 4294967297;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
