import { fitPicture } from '../models/fit-picture';
import { type Network, runNetwork } from '../models/network';
import { cropColours, toColours } from '../models/network-colours';
import type { ModelRecord } from '../models/record';
import { createPlane, type Pace, type Plane, type Raster } from '../pixels';
import { type ColourGain, followPhoto } from '../pixels/colour-gain';
import { type ColourPlanes, planeMean, product } from '../pixels/plane';
import { resizePlane } from '../pixels/resize';
import { featherShadow } from '../pixels/shadow-mask';

/** The shadows that a network found by itself. */
export interface FoundShadow {
  /** What lifts them; of this photo. */
  gain: ColourGain;
  /** Mean relative darkening of the picture, 0..1. */
  darkening: number;
}

/** Relative darkening below the first figure is left alone, above the second fully lifted. */
const DARKENING = { ignored: 0.01, certain: 0.03 };

/** Whether a model answers factors, having found the shadows itself; others answer the picture, given where they are. */
export function findsShadows({ graphs }: ModelRecord): boolean {
  return graphs.main?.outputs.some(({ role }) => role === 'gain') ?? false;
}

/**
 * Asks a network what lifts the shadows of a photo. It works at its own, small size; its factors are carried to the photo
 * smoothly. With `mask`, nothing outside it is lifted.
 * @throws out_of_memory, model_mismatch
 */
export async function findShadow(
  network: Network,
  colour: Raster,
  mask: Plane | null,
  pace: Pace,
): Promise<FoundShadow> {
  const { tensor, content } = await fitPicture(network.record, colour, pace);
  const picture = toColours(network.record, tensor, content);
  const factors = cropColours(await runNetwork(network, [tensor]), content, (factor) => Math.max(1, factor));
  const darkening = meanDarkening(factors);
  const there = certainty(darkening);
  const where = mask === null ? there : product(there, featherShadow(resizePlane(mask, content.width, content.height)));
  return { gain: followPhoto(picture, factors, where), darkening: planeMean(darkening) };
}

function meanDarkening(factors: ColourPlanes): Plane {
  const { width, height } = factors[0];
  const darkening = createPlane(width, height);
  for (const { data } of factors) {
    for (let i = 0; i < data.length; i++) {
      darkening.data[i] = (darkening.data[i] as number) + (1 - 1 / (data[i] as number)) / 3;
    }
  }
  return darkening;
}

function certainty(darkening: Plane): Plane {
  const { ignored, certain } = DARKENING;
  return {
    ...darkening,
    data: darkening.data.map((value) => Math.min(1, Math.max(0, (value - ignored) / (certain - ignored)))),
  };
}
