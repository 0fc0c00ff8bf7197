import { type Packshot, PackshotError } from '@packshot/sdk';
import { toMatte } from './matte';
import { type Pointed, toPrompt } from './prompt';

export interface Answer {
  readonly matte: HTMLCanvasElement;
  /** What the next click gives back; null where the model takes none. */
  readonly formerMask: string | null;
}

export interface Question {
  photo: File;
  /** Of a click; without it the product is looked for automatically. */
  click: { model: string; pointed: Pointed; formerMask: string | null } | null;
}

/** The colours are the photo's own, which the browser has: neither freed from the backdrop nor sent back. */
const MATTE_ONLY = { format: 'png', channels: 'alpha', mask: false };

/** The matte of a photo, by a job of its own that goes before all others and is deleted when it was read. */
export async function askServer({ jobs }: Packshot, { photo, click }: Question, signal: AbortSignal): Promise<Answer> {
  const pointed = click && { model: click.model, prompt: toPrompt(click.pointed, click.formerMask) };
  const pipeline = { background: { decontaminate: false, ...pointed }, output: MATTE_ONLY };
  const request = { files: [{ data: photo }], priority: 'interactive', pipeline };
  const { id } = await jobs.create(request as Parameters<typeof jobs.create>[0], { signal });
  try {
    await jobs.wait(id, { signal });
    for await (const item of jobs.items(id, {}, { signal })) {
      if (item.error !== null) throw PackshotError.ofItem(item.error);
      const matte = await toMatte(await (await jobs.result(id, item.id, { signal })).blob());
      const offered = item.also.prompt_mask && (await jobs.beside(id, item.id, 'prompt_mask', { signal }));
      return { matte, formerMask: offered === undefined ? null : (await offered.text()).trim() };
    }
    throw new PackshotError('bad_answer', `${id} has no image.`);
  } finally {
    // Running jobs cannot be deleted; both are tidying up, and what they leave expires by itself.
    if (signal.aborted) await jobs.cancel(id).catch(() => undefined);
    await jobs.delete(id).catch(() => undefined);
  }
}
