import type { Pace, Plane } from '../pixels';
import { createRowSampler } from '../pixels/row-sampler';
import type { Backdrop } from './backdrop';
import type { Colour } from './colour';
import type { Placed } from './place';

export interface Layers {
  backdrop: Backdrop;
  /** How dark the shadow is, 0..1 at a working size, and its colour. */
  shadow: { darkness: Plane; colour: Colour } | null;
  /** The outline's coverage in bytes, at the canvas' size, and its colour. */
  outline: { cover: Uint8Array; colour: Colour } | null;
}

/**
 * Puts the product over its outline, that over its shadow, and all over the backdrop, row by row, in place (Porter and Duff's "over",
 * Compositing Digital Images, SIGGRAPH 1984). Gives the alpha; null where the backdrop hides everything behind it.
 */
export async function blend({ colour, matte }: Placed, layers: Layers, pace: Pace): Promise<Uint8Array | null> {
  const { width, height, data } = colour;
  const { backdrop } = layers;
  const bytes = new Uint8ClampedArray(data.buffer, data.byteOffset, data.length);
  const alpha = backdrop.opacity === 1 ? null : new Uint8ClampedArray(matte.length);
  const shadowRow = layers.shadow && createRowSampler([layers.shadow.darkness], width, height);
  const mixed = new Float32Array(4);
  for (let y = 0, i = 0; y < height; y++) {
    const behind = backdrop.row(y);
    const shadow = shadowRow?.(y)[0];
    for (let x = 0; x < width; x++, i++) {
      const solid = (matte[i] as number) / 255;
      if (solid < 1) {
        for (let c = 0; c < 3; c++) mixed[c] = (behind[3 * x + c] as number) * backdrop.opacity;
        mixed[3] = backdrop.opacity;
        if (shadow && layers.shadow) lay(mixed, layers.shadow.colour, shadow[x] as number);
        if (layers.outline) lay(mixed, layers.outline.colour, (layers.outline.cover[i] as number) / 255);
        const total = (mixed[3] as number) * (1 - solid) + solid;
        for (let c = 0; c < 3; c++) {
          const sum = (mixed[c] as number) * (1 - solid) + (data[3 * i + c] as number) * solid;
          bytes[3 * i + c] = total > 0 ? sum / total : 0;
        }
        if (alpha !== null) alpha[i] = 255 * total;
      } else if (alpha !== null) alpha[i] = 255;
    }
    await pace();
  }
  return alpha && new Uint8Array(alpha.buffer);
}

/** Lays a colour over weighed ones, red, green, blue and opacity. */
function lay(under: Float32Array, { red, green, blue, opacity }: Colour, cover: number): void {
  const share = cover * opacity;
  if (share === 0) return;
  under[0] = (under[0] as number) * (1 - share) + red * share;
  under[1] = (under[1] as number) * (1 - share) + green * share;
  under[2] = (under[2] as number) * (1 - share) + blue * share;
  under[3] = (under[3] as number) * (1 - share) + share;
}
