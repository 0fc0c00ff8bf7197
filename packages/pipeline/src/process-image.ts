import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageLimits, Pipeline } from '@packshot/contracts';
import type { CostSheet } from './cost';
import { decodeImage } from './image/decode';
import { encodeMask, encodePicture, outputFormat } from './image/encode';
import { type Header, readHeader } from './image/header';
import { checkOutputSize } from './image/limits';
import { watchGrowth } from './image/watch-growth';
import type { Networks } from './models/networks';
import { runStages } from './pipeline';
import { createProgress } from './progress';
import type { RunInput, RunReport } from './report';

export interface RunRequest {
  inputPath: string;
  /** An existing folder of the caller's; `result.<ext>`, `mask.png` and `result.json` are written into it. */
  outputDir: string;
  pipeline: Pipeline;
  signal?: AbortSignal;
  /** `fraction`: 0..1 of the whole item, never falling. */
  onProgress?: (progress: { stage: string; fraction: number }) => void;
}

export interface Setting {
  limits: ImageLimits;
  networks: Networks;
  costs: CostSheet;
  /** Versions of what computed the result, for its provenance. */
  versions: Record<string, string>;
}

/** One image from file to file. */
export async function processImage(request: RunRequest, setting: Setting): Promise<RunReport> {
  const {
    inputPath,
    outputDir,
    pipeline,
    signal = new AbortController().signal,
    onProgress = () => undefined,
  } = request;
  const started = performance.now();
  signal.throwIfAborted();
  const header = await readHeader(inputPath, setting.limits);
  checkPlannedOutput(header, pipeline, setting.limits);
  const progress = createProgress(pipeline, header, setting.costs, onProgress);
  progress('decode', 0);
  const { picture, profile, notes } = await decodeImage(
    inputPath,
    header,
    setting.limits,
    pipeline.output.icc === 'keep',
  );
  const decoded = performance.now();

  const run = await runStages(pipeline, picture, setting.networks, { signal, onStage: progress });
  const inferred = performance.now();

  progress('encode', 0);
  const { width, height } = picture.colour;
  const format = outputFormat(pipeline.output, picture.alpha !== null);
  checkOutputSize(width, height, format, setting.limits);
  const resultPath = join(outputDir, `result.${format === 'jpeg' ? 'jpg' : format}`);
  const maskPath = join(outputDir, 'mask.png');
  const masked = pipeline.output.mask && pipeline.background !== false && picture.alpha !== null;
  if (picture.alpha !== null && format === 'jpeg')
    notes.push(`transparency was filled with ${pipeline.output.background}`);
  const mask = masked && picture.alpha !== null ? await encodeMask(picture.alpha, width, height, maskPath) : null;
  progress('encode', 0.2);
  // How large the file becomes is not known; a byte a pixel is on the small side, so this slows down but never stands still.
  const grow = (bytes: number) => progress('encode', 1 - 0.8 * Math.exp(-bytes / (width * height)));
  const encoding = encodePicture(picture, profile, resultPath, format, pipeline.output);
  const result = await watchGrowth(resultPath, grow, encoding);
  signal.throwIfAborted();
  progress('encode', 1);

  const report: RunReport = {
    input: inputFacts(header),
    result: { ...result, path: resultPath },
    mask: mask === null ? null : { ...mask, path: maskPath },
    stages: run.stages,
    timings_ms: {
      decode: Math.round(decoded - started),
      infer: Math.round(inferred - decoded),
      encode: Math.round(performance.now() - inferred),
    },
    notes,
    models: run.networks.map(({ record }) => ({ id: record.id, sha256: record.sha256 })),
  };
  const provenance = { ...report, result, mask, pipeline, versions: setting.versions };
  await writeFile(join(outputDir, 'result.json'), `${JSON.stringify(provenance, null, 2)}\n`);
  return report;
}

/** Known before any pixel is touched, save whether the result will be transparent: PNG then stands in for `auto`. */
function checkPlannedOutput({ width, height }: Header, { output, upscale }: Pipeline, limits: ImageLimits): void {
  // Under `auto` the enlargement may turn out not to be needed.
  const scale = upscale === false || upscale.when === 'auto' ? 1 : upscale.scale;
  checkOutputSize(width * scale, height * scale, outputFormat(output, true), limits);
}

function inputFacts(header: Header): RunInput {
  return {
    content_type: header.contentType,
    width: header.width,
    height: header.height,
    bytes: header.bytes,
    sha256: header.sha256,
    orientation: header.orientation,
    icc: header.icc,
    has_alpha: header.hasAlpha,
    bits: header.bits,
  };
}
