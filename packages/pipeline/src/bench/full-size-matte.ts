import { copyFile, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { imageLimits, limitsConfig, pipelineSchema, resolvePipeline } from '@packshot/contracts';
import { modelRecordSchema } from '../models/record';
import { createRunner } from '../runner';
import { hashFile } from '../runtime/weights';

const modelsDir = resolve(__dirname, '../../../../models');

/**
 * Cuts a photo out with a full-size network and a full-size matting network, files given by hand (random weights cost as much
 * as trained ones), takes the backdrop's colour out, and prints time, memory and notes as JSON:
 * `node dist/bench/full-size-matte.js PHOTO CUTOUT_ID=FILE MATTING_ID=FILE [BACKGROUND_PARAMETERS_JSON]`.
 */
async function main([photo, cutout, matting, parameters = '{}']: string[]): Promise<void> {
  if (photo === undefined || cutout === undefined || matting === undefined) {
    throw new Error('usage: full-size-matte PHOTO CUTOUT_ID=FILE MATTING_ID=FILE [BACKGROUND_PARAMETERS_JSON]');
  }
  const folder = await mkdtemp(join(tmpdir(), 'packshot-matte-'));
  try {
    await mkdir(join(folder, 'registry'));
    const [model, matting_model] = [await lend(folder, cutout), await lend(folder, matting)];
    const background = { model, matting: 'vitmatte', matting_model, ...JSON.parse(parameters) };
    const pipeline = resolvePipeline(pipelineSchema.parse({ background }));
    const runner = await createRunner({
      ...{ modelsDir: folder, storeDir: join(folder, 'store'), providers: ['cpu'], threads: availableParallelism() },
      limits: imageLimits(limitsConfig.parse({})),
    });
    const started = performance.now();
    const { input, stages, models, timings_ms, result } = await runner.run({
      ...{ inputPath: photo, outputDir: folder, pipeline },
    });
    const seconds = (performance.now() - started) / 1000;
    await runner.close();
    await copyFile(result.path, `${photo}.cutout.png`);
    // Linux counts maxRSS in kilobytes.
    const peakMegabytes = Math.round(process.resourceUsage().maxRSS / 1024);
    const megapixels = (input.width * input.height) / 1e6;
    const ran = models.map(({ id }) => id);
    console.log(JSON.stringify({ megapixels, seconds, peakMegabytes, timings_ms, ran, stages }, null, 2));
    if (!ran.includes(matting_model)) throw new Error('the matting network did not run');
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The record of an id with another file in the place of its own. */
async function lend(folder: string, given: string): Promise<string> {
  const [id = '', file = ''] = given.split('=');
  const record = modelRecordSchema.parse(JSON.parse(await readFile(join(modelsDir, 'registry', `${id}.json`), 'utf8')));
  const bundled = `${id}.onnx`;
  await symlink(resolve(file), join(folder, bundled));
  const { size: bytes } = await stat(file);
  const files = [{ role: 'main', path: 'model.onnx', bundled, bytes, sha256: await hashFile(file) }];
  await writeFile(join(folder, 'registry', `${id}.json`), JSON.stringify({ ...record, files }));
  return id;
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
