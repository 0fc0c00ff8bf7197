import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { AppError, type FileFacts, PROMPT_MASK_SIDE } from '@packshot/contracts';
import type { Network } from '../models/network';
import type { Plane } from '../pixels';
import { fromHalf, toHalf } from '../runtime/half-float';

/** Decoders are trained with masks whose logits go no further. */
const MOST = 32;
/** 8-bit masks hold quarters of a logit around 128. */
const LOGITS_PER_STEP = 0.25;

/** The mask of an answer in the form in which a prompt takes it back; null where that is of another size. */
export function writeMask({ width, height, data }: Plane): string | null {
  if (width !== PROMPT_MASK_SIDE || height !== PROMPT_MASK_SIDE) return null;
  return Buffer.from(toHalf(data.map(bounded)).buffer).toString('base64');
}

/** Whether a prompt to this model may hold the mask of a former answer. */
export function takesMask({ graphs }: Pick<Network, 'graphs'>): boolean {
  return graphs.decoder?.contract.inputs.some(({ role }) => role === 'previous_mask') ?? false;
}

/** The mask as a file that holds nothing but the text which a prompt takes. @throws storage_error */
export async function saveMask(mask: string, path: string): Promise<FileFacts> {
  await writeFile(path, mask).catch((cause) => {
    throw new AppError('storage_error', 'The mask for a next prompt could not be written.', { cause });
  });
  const sha256 = createHash('sha256').update(mask).digest('hex');
  return { content_type: 'text/plain', width: PROMPT_MASK_SIDE, height: PROMPT_MASK_SIDE, bytes: mask.length, sha256 };
}

/** The logits of a mask in a prompt, whose length the schema has seen to. */
export function readMask(base64: string): Float32Array<ArrayBuffer> {
  const bytes = new Uint8Array(Buffer.from(base64, 'base64'));
  if (bytes.length === PROMPT_MASK_SIDE ** 2) {
    return Float32Array.from(bytes, (value) => (value - 128) * LOGITS_PER_STEP);
  }
  return fromHalf(new Uint16Array(bytes.buffer)).map(bounded);
}

function bounded(logit: number): number {
  return Number.isNaN(logit) ? 0 : Math.min(MOST, Math.max(-MOST, logit));
}
