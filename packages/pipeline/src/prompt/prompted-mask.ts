import { AppError, type Prompt } from '@packshot/contracts';
import { runGraph } from '../models/graph';
import { type Network, whereItFits } from '../models/network';
import type { GraphOutput } from '../models/record';
import { createPlane, type Plane } from '../pixels';
import type { Tensor } from '../runtime/session';
import { type Embedding, frameOf } from './embedding';
import { framePrompt, promptTensor } from './prompt-tensors';

export interface PromptedMask {
  /** Positive where the object is; the decoder's own size, stretched over the whole photo. */
  logits: Plane;
  /** The model's own estimate of how well the mask fits, 0..1, for each object. */
  scores: number[];
  /** Logits of there being an object at all, for each; empty where the model does not say. */
  objectScores: number[];
}

/**
 * Runs the decoder on a photo's embedding. Of the masks it offers for an object, the best-scored among the first `best_of` is
 * taken; several objects become one mask.
 * @throws invalid_pipeline when the prompt does not fit the photo or the model, out_of_memory, model_mismatch
 */
export function promptedMask(
  network: Network,
  embedding: Embedding,
  prompt: Omit<Prompt, 'softness'>,
  photo: { width: number; height: number },
): Promise<PromptedMask> {
  return whereItFits(network, (here) => decode(here, embedding, prompt, photo));
}

async function decode(
  { record, graphs }: Network,
  embedding: Embedding,
  prompt: Omit<Prompt, 'softness'>,
  photo: { width: number; height: number },
): Promise<PromptedMask> {
  const decoder = graphs.decoder;
  if (decoder === undefined) throw new AppError('model_mismatch', `The model ${record.id} has no decoder.`);
  const framed = framePrompt(prompt, photo, frameOf({ record }));
  let taken = 0;
  const tensors = decoder.contract.inputs.map((input) => {
    if (input.role !== 'embedding') return promptTensor(record, decoder.contract, input, framed);
    const part = embedding[taken++];
    if (part === undefined) throw mismatch(record.id, 'its decoder wants more embeddings than its encoder makes');
    // A run takes its tensors away.
    return { ...part, data: part.data.slice() };
  });
  const answers = await runGraph(record.id, decoder, tensors);
  const answer = (role: GraphOutput['role']) =>
    answers[decoder.contract.outputs.findIndex((output) => output.role === role)];
  const [masks, scores] = [answer('masks'), answer('scores')];
  if (masks === undefined || scores === undefined) throw mismatch(record.id, 'its decoder gives no masks with scores');
  return {
    ...pickBest(record.id, masks, scores, framed.objects, prompt.best_of),
    objectScores: [...(answer('object_score')?.data ?? [])],
  };
}

function pickBest(
  id: string,
  masks: Tensor,
  scores: Tensor,
  objects: number,
  bestOf: number,
): Pick<PromptedMask, 'logits' | 'scores'> {
  const [height = 0, width = 0] = masks.dims.slice(-2);
  const pixels = width * height;
  const offered = scores.data.length / objects;
  if (!Number.isInteger(offered) || offered === 0 || masks.data.length !== scores.data.length * pixels) {
    throw mismatch(
      id,
      `its decoder answered masks [${masks.dims}] with scores [${scores.dims}] for ${objects} objects`,
    );
  }
  const logits = createPlane(width, height, Number.NEGATIVE_INFINITY);
  const best: number[] = [];
  for (let object = 0; object < objects; object++) {
    const first = object * offered;
    let index = first;
    for (let i = first; i < first + Math.min(bestOf, offered); i++) {
      if ((scores.data[i] as number) > (scores.data[index] as number)) index = i;
    }
    best.push(scores.data[index] as number);
    for (let i = 0; i < pixels; i++) {
      logits.data[i] = Math.max(logits.data[i] as number, masks.data[index * pixels + i] as number);
    }
  }
  return { logits, scores: best };
}

function mismatch(id: string, why: string): AppError {
  return new AppError('model_mismatch', `The model ${id} does not match its record: ${why}.`);
}
