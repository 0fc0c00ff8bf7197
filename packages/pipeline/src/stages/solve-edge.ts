import type { Pipeline } from '@packshot/contracts';
import { type Network, pictureInput, runNetwork } from '../models/network';
import {
  bandRadius,
  closedFormMatting,
  createPace,
  cropProblem,
  findBand,
  type Pace,
  pasteAlpha,
  type Raster,
  runMatte,
  trimapFromAlpha,
  trimapFromThresholds,
} from '../pixels';
import type { StageContext } from './stage';

type Asked = Pick<Exclude<Pipeline['background'], false>, 'matting' | 'matting_model' | 'alpha_matting'>;
type Context = Pick<StageContext, 'networkFor' | 'signal' | 'progress' | 'note'>;

/**
 * Solves the edge of a full-size alpha (width * height bytes) anew, in place, by the matting `vitmatte` or `closed-form`;
 * other kinds leave it. Which pixels are open follows from the alpha, or from the thresholds of `alpha_matting`. An alpha that
 * leaves nothing open, or nothing to learn one side from, stays as it is, and a note says so.
 * @throws model_not_available, model_mismatch, out_of_memory; the signal's reason
 */
export async function solveEdge(colour: Raster, alpha: Uint8Array, asked: Asked, context: Context): Promise<void> {
  if (asked.matting !== 'vitmatte' && asked.matting !== 'closed-form') return;
  const pace = createPace(context.signal);
  const trimap = await openEdge(colour, alpha, asked.alpha_matting, pace);
  const band = findBand(trimap, colour, bandRadius(colour));
  if (band.unknown === 0 || band.foreground === 0 || band.background === 0) {
    context.note('the edge was left as it was: the mask is all product, all backdrop, or sure of only one of them');
    return;
  }
  const onReduced = (scale: number) =>
    context.note(`the edge was solved at ${Math.round(scale * 100)} % of the photo's size`);
  if (asked.matting === 'closed-form') {
    await closedFormMatting(colour, trimap, alpha, { pace, progress: context.progress, onReduced });
    return;
  }
  const network = await context.networkFor('matting', asked.matting_model);
  const problem = cropProblem(colour, trimap, band.box);
  const solved = await runMatte(problem, matteInput(network), {
    pace,
    onReduced,
    run: async (data, height, width) => (await runNetwork(network, [{ data, dims: [1, 4, height, width] }])).data,
  });
  pasteAlpha(alpha, trimap, colour, { alpha: solved, box: band.box });
}

function openEdge(colour: Raster, alpha: Uint8Array, thresholds: Asked['alpha_matting'], pace: Pace) {
  if (thresholds === undefined) return trimapFromAlpha(alpha, colour, pace);
  const { foreground_threshold: foreground, background_threshold: background, erode_size: erode } = thresholds;
  return trimapFromThresholds(alpha, colour, { foreground, background, erode }, pace);
}

function matteInput({ record }: Network) {
  const input = pictureInput(record);
  if (input.role !== 'image_and_trimap' || record.size?.policy !== 'multiple') {
    throw new Error(`${record.id} is not a network for picture and trimap`);
  }
  return { ...record.size, ...input };
}
