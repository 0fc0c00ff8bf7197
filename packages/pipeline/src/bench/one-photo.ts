import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sharp } from '../image/loaders';
import { benchRunner, parsePipeline, runProgram } from './setting';

/**
 * Puts one photo through a pipeline with the models of a store, writes the result into OUT, and prints time, memory and stages
 * as one line of JSON: `node dist/bench/one-photo.js PHOTO OUT PIPELINE_JSON [--models FOLDER] [--store FOLDER] [--long-side PIXELS]`.
 */
async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { models: { type: 'string' }, store: { type: 'string' }, 'long-side': { type: 'string' } },
  });
  const [photo, out, json] = positionals;
  if (photo === undefined || out === undefined || json === undefined) {
    throw new Error('usage: one-photo PHOTO OUT PIPELINE_JSON [--models FOLDER] [--store FOLDER] [--long-side PIXELS]');
  }
  await mkdir(out, { recursive: true });
  const inputPath = values['long-side'] === undefined ? photo : await resized(photo, out, Number(values['long-side']));
  const runner = await benchRunner(values);
  const before = process.memoryUsage.rss();
  const asked = performance.now();
  // Models that the pipeline names are loaded and warmed before anything is reported.
  let begun: { at: number; cpu: NodeJS.CpuUsage } | undefined;
  const { input, stages, models, result } = await runner.run({
    ...{ inputPath, outputDir: out, pipeline: parsePipeline(JSON.parse(json)) },
    onProgress: () => {
      begun ??= { at: performance.now(), cpu: process.cpuUsage() };
    },
  });
  const { at = asked, cpu } = begun ?? {};
  const { user, system } = process.cpuUsage(cpu);
  const facts = {
    input: `${input.width}x${input.height}`,
    models: models.map(({ id }) => id),
    loadSeconds: (at - asked) / 1000,
    seconds: (performance.now() - at) / 1000,
    cpuSeconds: (user + system) / 1e6,
    beforeMegabytes: Math.round(before / 2 ** 20),
    // Linux counts maxRSS in kilobytes.
    peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
    stages,
    result: result.path,
  };
  await runner.close();
  console.log(JSON.stringify(facts));
}

async function resized(photo: string, folder: string, longSide: number): Promise<string> {
  const path = join(folder, 'input.png');
  await sharp(photo).autoOrient().resize(longSide, longSide, { fit: 'inside', withoutEnlargement: false }).toFile(path);
  return path;
}

runProgram(main);
