import type { Network } from '../models/network';
import { createPace } from '../pixels';
import { resizePlane, workingSize } from '../pixels/resize';
import { frameOf } from '../prompt/embedding';
import { takesMask, writeMask } from '../prompt/former-mask';
import { maskBytes, maskPlane } from '../prompt/mask-from-logits';
import { promptedMask } from '../prompt/prompted-mask';
import { FITTING } from './compatibility';
import { refineAlpha } from './refine-alpha';
import type { Parameters, Picture, StageContext } from './stage';

/** Long side at which a mask is refined with the photo. */
const COARSE_SIDE = 1024;

/**
 * What the user pointed at, width * height bytes. The mask for a next prompt goes into the record of the result,
 * and where the model takes one back, with the picture.
 * @throws invalid_pipeline when the prompt does not fit the photo or the model, out_of_memory, model_mismatch
 */
export async function promptedAlpha(
  picture: Picture,
  network: Network,
  { prompt, matting, compatibility }: Parameters<'background'> & { prompt: object },
  context: StageContext,
): Promise<Uint8Array> {
  const { colour, unlifted } = picture;
  const pace = createPace(context.signal);
  const { embedding, origin } = await context.embeddings.of(network, unlifted ?? colour, FITTING[compatibility], pace);
  context.note(`image embedding: ${origin}`);
  context.progress(0.25);
  const { logits, scores, objectScores } = await promptedMask(network, embedding, prompt, colour);
  const list = (values: number[]) => values.map((value) => value.toFixed(2)).join(', ');
  context.note(`mask score ${list(scores)}`);
  if (objectScores.length > 0) context.note(`object score ${list(objectScores)}`);
  if (objectScores.some((score) => score <= 0)) context.note('the model sees no object where the prompt is');
  const mask = writeMask(logits);
  context.keep('prompt', { scores, object_scores: objectScores, mask });
  if (mask !== null && takesMask(network)) picture.promptMask = mask;
  // Without refinement the model's word is final, and no detour by a working size may blur it.
  if (matting === 'none') {
    // transformers.js enlarges in two steps.
    const { width, height } = compatibility === 'transformers.js' ? frameOf(network) : logits;
    return maskBytes(resizePlane(logits, width, height), colour, prompt.softness, pace);
  }
  const { width, height } = workingSize(colour.width, colour.height, COARSE_SIDE);
  const coarse = maskPlane(logits, width, height, prompt.softness);
  return refineAlpha(matting, { colour, coarse, record: network.record, ...context });
}
