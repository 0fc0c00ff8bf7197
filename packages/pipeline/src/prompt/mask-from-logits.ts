import type { Pace } from '../pixels';
import { mapPlane, type Plane } from '../pixels/plane';
import { resizePlane } from '../pixels/resize';
import { createRowSampler } from '../pixels/row-sampler';

/**
 * How much of a pixel belongs to the object, 0..1: a sigmoid `softness` logits wide, or at 0 a cut where the sign changes.
 * Logits are enlarged first, because an edge that was squashed before would be as wide as the small mask's pixels.
 */
function belonging(softness: number): (logit: number) => number {
  return softness === 0 ? (logit) => (logit > 0 ? 1 : 0) : (logit) => 1 / (1 + Math.exp(-logit / softness));
}

/** From so many times the softness on a sigmoid is 0 or 1 to the byte: ln 509. */
const SURE = 6.2325;

/** The mask at a working size. */
export function maskPlane(logits: Plane, width: number, height: number, softness: number): Plane {
  return mapPlane(resizePlane(logits, width, height), belonging(softness));
}

/** The mask at a photo's own size: width * height bytes. */
export async function maskBytes(
  logits: Plane,
  { width, height }: { width: number; height: number },
  softness: number,
  pace: Pace,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(width * height);
  const share = belonging(softness);
  // Most pixels are sure, and cost no exponential.
  const sure = SURE * softness;
  const sampleRow = createRowSampler([logits], width, height);
  for (let y = 0, at = 0; y < height; y++) {
    const [row] = sampleRow(y) as [Float32Array];
    for (let x = 0; x < width; x++, at++) {
      const logit = row[x] as number;
      bytes[at] = logit > sure ? 255 : logit < -sure ? 0 : Math.round(share(logit) * 255);
    }
    await pace();
  }
  return bytes;
}
