import { mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { imageLimits, limitsConfig, type PipelineRequest, pipelineSchema, resolvePipeline } from '@packshot/contracts';
import { sharp } from '../image/loaders';
import type { Raster } from '../pixels';
import type { RunRequest } from '../process-image';
import type { RunReport } from '../report';
import { createRunner, type Runner, type RunnerOptions } from '../runner';

/** The repository's own models on one thread of the CPU. */
export const runnerOptions: RunnerOptions = {
  modelsDir: resolve(__dirname, '../../../../models'),
  storeDir: resolve(__dirname, '../../../../.packshot/no-models'),
  providers: ['cpu'],
  threads: 1,
  limits: imageLimits(limitsConfig.parse({})),
};

export interface Outcome {
  report: RunReport;
  /** Every fraction that was reported. */
  fractions: number[];
  outputDir: string;
}

/** A folder for tests that run pictures through a runner. */
export function createScratch() {
  const folder = mkdtempSync(join(tmpdir(), 'packshot-runner-'));
  let runner: Runner | undefined;
  let count = 0;
  const path = (name: string) => join(folder, `${++count}-${name}`);

  return {
    folder: () => folder,
    /** A new path; nothing is there yet. */
    path,
    remove: () => rm(folder, { recursive: true }),
    /** Brings up the runner that `run` uses when none is named. */
    async start(options = runnerOptions): Promise<Runner> {
      runner = await createRunner(options);
      return runner;
    },
    /** Closes that runner, and removes the folder. */
    async close(): Promise<void> {
      await runner?.close();
      await rm(folder, { recursive: true });
    },

    /** Writes a PNG, with an alpha where one is given. */
    async write({ width, height, channels, data }: Raster, alpha?: Uint8Array): Promise<string> {
      const image = sharp(data, { raw: { width, height, channels } });
      if (alpha !== undefined) image.joinChannel(Buffer.from(alpha), { raw: { width, height, channels: 1 } });
      const file = path('input.png');
      await image.png().toFile(file);
      return file;
    },

    async run(
      inputPath: string,
      request: PipelineRequest,
      { by = runner, ...given }: Pick<RunRequest, 'signal' | 'watermark' | 'backgroundPath'> & { by?: Runner } = {},
    ): Promise<Outcome> {
      if (by === undefined) throw new Error('no runner');
      const outputDir = path('out');
      mkdirSync(outputDir);
      const fractions: number[] = [];
      const report = await by.run({
        inputPath,
        outputDir,
        pipeline: resolvePipeline(pipelineSchema.parse(request)),
        onProgress: ({ fraction }) => fractions.push(fraction),
        ...given,
      });
      return { report, fractions, outputDir };
    },

    /** All channels of a picture file, interleaved. */
    pixels: async (file: string) => new Uint8Array(await sharp(file).raw().toBuffer()),
  };
}
