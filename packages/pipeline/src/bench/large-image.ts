import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { sharp } from '../image/loaders';
import { createProductShot } from './product-shot';
import { benchRunner, parsePipeline, runProgram } from './setting';

/**
 * Puts a JPEG of so many megapixels through a pipeline and prints the process's peak memory, the time, and the longest that
 * nothing else was heard (an abort, a heartbeat) as one line of JSON:
 * `node dist/bench/large-image.js MEGAPIXELS PIPELINE_JSON [MODELS]`.
 */
async function main([megapixels = '100', pipelineJson = '{"background":true}', models]: string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'packshot-large-'));
  try {
    const inputPath = join(folder, 'input.jpg');
    await writePhoto(inputPath, Number(megapixels));
    const runner = await benchRunner({ models });
    const pipeline = parsePipeline(JSON.parse(pipelineJson));
    const delays = monitorEventLoopDelay({ resolution: 5 });
    delays.enable();
    const { input, result, timings_ms } = await runner.run({ inputPath, outputDir: folder, pipeline });
    delays.disable();
    await runner.close();
    const size = ({ width, height }: { width: number; height: number }) => `${width}x${height}`;
    // Linux counts maxRSS in kilobytes.
    const peakMegabytes = Math.round(process.resourceUsage().maxRSS / 1024);
    const longestBlockMs = Math.round(delays.max / 1e6);
    console.log(
      JSON.stringify({ input: size(input), result: size(result), peakMegabytes, longestBlockMs, timings_ms }),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function writePhoto(path: string, megapixels: number): Promise<void> {
  const { photo } = createProductShot(750, 1000, 8);
  const width = Math.floor(Math.sqrt(megapixels * 1e6 * 0.75));
  const height = Math.floor((megapixels * 1e6) / width);
  await sharp(photo.data, { raw: { width: photo.width, height: photo.height, channels: 3 } })
    .resize(width, height, { fit: 'fill' })
    .jpeg({ quality: 85 })
    .toFile(path);
}

runProgram(main);
