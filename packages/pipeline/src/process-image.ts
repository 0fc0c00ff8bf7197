import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, checkPlannedOutput, type ImageLimits, type Pipeline } from '@packshot/contracts';
import type { CostSheet } from './cost';
import { decodeImage } from './image/decode';
import { type Header, readHeader } from './image/header';
import type { Networks } from './models/networks';
import { prepareModels, runStages } from './pipeline';
import { createProgress } from './progress';
import type { RunInput, RunReport } from './report';
import { writeResults } from './write-results';

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
  await prepareModels(pipeline, setting.networks);
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
  const onEncode = (fraction: number) => progress('encode', fraction);
  const files = await writeResults(picture, profile, outputDir, pipeline, setting.limits, onEncode);
  signal.throwIfAborted();
  const report: RunReport = {
    input: inputFacts(header),
    result: files.result,
    mask: files.mask,
    stages: run.stages,
    timings_ms: {
      decode: Math.round(decoded - started),
      infer: Math.round(inferred - decoded),
      encode: Math.round(performance.now() - inferred),
    },
    notes: [...notes, ...files.notes],
    models: run.networks.map(({ record }) => ({ id: record.id, sha256: record.sha256 })),
  };
  await writeProvenance(report, pipeline, setting.versions, outputDir);
  progress('encode', 1);
  return report;
}

/** The report for whoever finds the result later: with the parameters and versions, without this machine's paths. */
async function writeProvenance(
  report: RunReport,
  pipeline: Pipeline,
  versions: Record<string, string>,
  outputDir: string,
): Promise<void> {
  const text = JSON.stringify(
    { ...report, pipeline, versions },
    (key, value) => (key === 'path' ? undefined : value),
    2,
  );
  try {
    await writeFile(join(outputDir, 'result.json'), `${text}\n`);
  } catch (cause) {
    throw new AppError('storage_error', 'The record of the result could not be written.', { cause });
  }
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
