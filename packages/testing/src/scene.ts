import type { RawImage } from './raw-image';

export interface SceneOptions {
  /** Default 320. */
  width?: number;
  /** Default 240. */
  height?: number;
  /** Standard deviation of Gaussian noise on each channel, in 8-bit levels. Default 0. */
  noiseSigma?: number;
  /** The same seed gives the same noise. Default 1. */
  seed?: number;
}

export interface Scene {
  /** RGB: a glossy ball with a label on a backdrop that gets darker downwards. Every corner has its own colour. */
  photo: RawImage;
  /** One channel: how much of each pixel the product covers, 0..255, smooth at the edge. The truth for a cut-out. */
  alpha: RawImage;
}

type Colour = readonly [number, number, number];

const mix = (a: Colour, b: Colour, t: number): Colour => [
  a[0] + (b[0] - a[0]) * t,
  a[1] + (b[1] - a[1]) * t,
  a[2] + (b[2] - a[2]) * t,
];
const clamp01 = (value: number) => Math.min(1, Math.max(0, value));

/** A product photo made of formulas, with the exact mask that belongs to it. */
export function renderScene({ width = 320, height = 240, noiseSigma = 0, seed = 1 }: SceneOptions = {}): Scene {
  const photo = new Uint8Array(width * height * 3);
  const alpha = new Uint8Array(width * height);
  const noise = gaussian(seed);
  const [cx, cy, radius] = [width * 0.5, height * 0.52, Math.min(width, height) * 0.33];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [dx, dy] = [(x + 0.5 - cx) / radius, (y + 0.5 - cy) / radius];
      const distance = Math.hypot(dx, dy);
      // One pixel wide, as a lens would make it.
      const coverage = clamp01((1 - distance) * radius + 0.5);
      const colour = mix(backdrop(x / width, y / height), product(dx, dy, distance), coverage);
      const index = y * width + x;
      alpha[index] = Math.round(coverage * 255);
      for (let channel = 0; channel < 3; channel += 1) {
        const level = (colour[channel] ?? 0) + (noiseSigma > 0 ? noise() * noiseSigma : 0);
        photo[index * 3 + channel] = Math.round(Math.min(255, Math.max(0, level)));
      }
    }
  }
  return {
    photo: { data: photo, width, height, channels: 3 },
    alpha: { data: alpha, width, height, channels: 1 },
  };
}

function backdrop(u: number, v: number): Colour {
  const top = mix([236, 232, 224], [214, 226, 238], u);
  const bottom = mix([188, 180, 170], [160, 172, 190], u);
  return mix(top, bottom, v);
}

/** A ball lit from above left, `dx` and `dy` in radii from its middle. */
function product(dx: number, dy: number, distance: number): Colour {
  const label = Math.abs(dy) < 0.22 && Math.abs(dx) < 0.6;
  const base: Colour = label ? (Math.sin(dx * 40) > 0 ? [250, 246, 240] : [30, 36, 60]) : [196, 58, 42];
  const light = clamp01(0.55 - 0.35 * dx - 0.4 * dy + 0.3 * Math.sqrt(Math.max(0, 1 - distance * distance)));
  const gloss = Math.exp(-((dx + 0.4) ** 2 + (dy + 0.45) ** 2) * 18);
  return mix(mix([20, 8, 8], base, light), [255, 255, 255], gloss * 0.8);
}

/** Standard normal numbers (Box and Muller, 1958) from a small seeded generator (Marsaglia's xorshift, 2003). */
function gaussian(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1) || 1;
  const uniform = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
