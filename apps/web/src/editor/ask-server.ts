import { uuidv7 } from '@packshot/contracts';
import type { Packshot } from '@packshot/sdk';
import { toMatte } from './matte';
import { type Pointed, toPrompt } from './prompt';

export interface Answer {
  readonly matte: HTMLCanvasElement;
  /** What the next click gives back, soon after the matte; null where the model takes none. */
  readonly formerMask: Promise<string | null>;
}

export interface Question {
  /** A file, or a copy of it. */
  photo: Blob;
  /** Of a click, in pixels of `photo`; without it the product is looked for automatically. */
  click: { model: string; pointed: Pointed; formerMask: string | null } | null;
  /** The matte as the model gives it, its edges not yet found in the photo: much sooner. */
  rough: boolean;
}

/** The colours are the photo's own, which the browser has: neither freed from the backdrop nor sent back. */
const MATTE_ONLY = { format: 'png', channels: 'alpha', mask: false } as const;

/** The matte of a photo in one request, by a job of its own, which is deleted when it was read. */
export async function askServer(
  packshot: Packshot,
  { photo, click, rough }: Question,
  signal: AbortSignal,
): Promise<Answer> {
  const pointed = click && { model: click.model, prompt: toPrompt(click.pointed, click.formerMask) };
  const background = { decontaminate: false, ...(rough && { matting: 'none' as const }), ...pointed };
  const custom_id = uuidv7();
  const request = { file: { data: photo }, custom_id, pipeline: { background, output: MATTE_ONLY } };
  try {
    const { image, jobId } = await packshot.process(request as Parameters<Packshot['process']>[0], { signal });
    const formerMask = readMask(packshot, jobId);
    // Whoever asks for it hears of a fault.
    formerMask.catch(() => undefined);
    return { matte: await toMatte(image), formerMask };
  } catch (error) {
    void forget(packshot, custom_id).catch(() => undefined);
    throw error;
  }
}

async function readMask({ jobs }: Packshot, jobId: string): Promise<string | null> {
  try {
    for await (const { id, also } of jobs.items(jobId)) {
      if (also.prompt_mask) return (await (await jobs.beside(jobId, id, 'prompt_mask')).text()).trim();
    }
    return null;
  } finally {
    void jobs.delete(jobId).catch(() => undefined);
  }
}

/** Of a question that failed, or that nobody waits for any more. What cannot be deleted expires by itself. */
async function forget({ jobs }: Packshot, custom_id: string): Promise<void> {
  for await (const { id } of jobs.list({ custom_id })) {
    await jobs.cancel(id).catch(() => undefined);
    await jobs.wait(id);
    await jobs.delete(id);
  }
}
