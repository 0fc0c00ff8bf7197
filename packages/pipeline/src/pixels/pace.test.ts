import { createProductShot } from '../bench/product-shot';
import { maskBytes } from '../prompt/mask-from-logits';
import { refineColour } from './colour-refine';
import { ownShadow } from './kept-shadow';
import type { Pace } from './pace';
import { createPlane } from './plane';
import { resampleBytes } from './resample';
import { alphaToPlane, toPlanes } from './resize';
import { applyGain, measureShadow, retinexGain } from './retinex';
import { measureSharpness } from './sharpness';

const { photo, mask } = createProductShot(60, 80);
const plane = createPlane(30, 40, 0.5);
const never: Pace = async () => undefined;

/** What reads or writes every pixel of a photo. */
const WORK: readonly [string, (pace: Pace) => Promise<unknown>][] = [
  ['toPlanes', (pace) => toPlanes(photo, 30, 40, pace)],
  ['alphaToPlane', (pace) => alphaToPlane(mask, photo, 30, 40, pace)],
  ['resampleBytes across', (pace) => resampleBytes(photo, 30, 80, 'lanczos', pace)],
  ['resampleBytes down', (pace) => resampleBytes(photo, 60, 40, 'lanczos', pace)],
  ['applyGain', async (pace) => applyGain(photo, await retinexGain(photo, never), pace)],
  ['retinexGain', (pace) => retinexGain(photo, pace)],
  ['measureShadow', (pace) => measureShadow(photo, pace)],
  ['measureSharpness', (pace) => measureSharpness(photo, pace)],
  ['ownShadow', (pace) => ownShadow(photo, mask, plane, pace)],
  ['refineColour', (pace) => refineColour(photo, plane, pace)],
  ['maskBytes', (pace) => maskBytes(plane, photo, 1, pace)],
];

it.each(WORK)('%s pauses often, and ends at the pause at which it is stopped', async (_, work) => {
  const reason = new Error('stop');
  let pauses = 0;
  const stopping: Pace = async () => {
    if (++pauses === 20) throw reason;
  };
  await expect(work(stopping)).rejects.toBe(reason);
  expect(pauses).toBe(20);
});
