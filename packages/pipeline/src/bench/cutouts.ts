import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, parse, resolve } from 'node:path';
import { imageLimits, limitsConfig, pipelineSchema, resolvePipeline } from '@packshot/contracts';
import { createRunner } from '../runner';

/**
 * Cuts out every photo of a folder with the product's own background stage and writes the alphas, full size, grey PNG,
 * under the photos' names: `node dist/bench/cutouts.js PHOTOS OUT [MODELS]`. A score against mattes starts from these.
 */
async function main([
  photosDir,
  outDir,
  modelsDir = resolve(__dirname, '../../../../models'),
]: string[]): Promise<void> {
  if (photosDir === undefined || outDir === undefined) throw new Error('usage: cutouts PHOTOS OUT [MODELS]');
  await mkdir(outDir, { recursive: true });
  const scratch = await mkdtemp(join(tmpdir(), 'packshot-cutouts-'));
  const limits = imageLimits(limitsConfig.parse({}));
  const runner = await createRunner({
    modelsDir,
    storeDir: resolve('.packshot/models'),
    providers: ['cpu'],
    threads: availableParallelism(),
    limits,
  });
  const pipeline = resolvePipeline(
    pipelineSchema.parse({ background: { decontaminate: false }, output: { format: 'jpeg' } }),
  );
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

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
