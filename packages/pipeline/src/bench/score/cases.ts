import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { FloatPicture } from './picture-measures';

const file = z.object({ file: z.string(), width: z.number(), height: z.number() });

/** What models/score/cases.py wrote; a picture is a file of little-endian float32 [C,H,W]. */
const casesSchema = z.object({
  cases: z.array(
    z.object({
      suite: z.string(),
      fault: z.string(),
      name: z.string(),
      input: file,
      truth: file,
      /** Answers of methods without weights. */
      baselines: z.record(z.string(), file),
    }),
  ),
  /** GrabCut's alphas by the photo's name. */
  grabcut: z.record(z.string(), file),
});

export type Cases = z.infer<typeof casesSchema>;
export type Case = Cases['cases'][number];

export async function readCases(folder: string): Promise<Cases> {
  return casesSchema.parse(JSON.parse(await readFile(join(folder, 'cases.json'), 'utf8')));
}

export async function readFloats(folder: string, { file, width, height }: Case['input']): Promise<FloatPicture> {
  const { buffer, byteOffset, byteLength } = await readFile(join(folder, file));
  return { width, height, data: new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength)) };
}
