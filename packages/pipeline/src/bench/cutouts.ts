import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, parse } from 'node:path';
import { benchRunner, parsePipeline, runProgram } from './setting';

/**
 * Cuts out every photo of a folder with the product's own background stage and writes the alphas, full size, grey PNG,
 * under the photos' names: `node dist/bench/cutouts.js PHOTOS OUT [MODELS]`. A score against mattes starts from these.
 */
async function main([photosDir, outDir, models]: string[]): Promise<void> {
  if (photosDir === undefined || outDir === undefined) throw new Error('usage: cutouts PHOTOS OUT [MODELS]');
  await mkdir(outDir, { recursive: true });
  const scratch = await mkdtemp(join(tmpdir(), 'packshot-cutouts-'));
  const runner = await benchRunner({ models });
  const pipeline = parsePipeline({ background: { decontaminate: false }, output: { format: 'jpeg' } });
  try {
    for (const name of (await readdir(photosDir)).sort()) {
      const { mask, stages } = await runner.run({ inputPath: join(photosDir, name), outputDir: scratch, pipeline });
      if (mask === null) throw new Error(`${name}: no mask`);
      await rename(mask.path, join(outDir, `${parse(name).name}.png`));
      console.log(`${name} ${stages[0]?.duration_ms} ms ${stages[0]?.notes?.join('; ') ?? ''}`);
    }
  } finally {
    await runner.close();
    await rm(scratch, { recursive: true });
  }
}

runProgram(main);
