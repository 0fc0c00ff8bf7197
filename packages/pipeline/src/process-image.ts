import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AppError,
  type BesideFile,
  checkCutOut,
  checkPlannedOutput,
  type ImageLimits,
  type Pipeline,
} from '@packshot/contracts';
import type { CostSheet } from './cost';
import { decodeImage } from './image/decode';
import { type Header, readHeader } from './image/header';
import type { Networks } from './models/networks';
import { namedModels } from './named-models';
import { runStages } from './pipeline';
import { createProgress } from './progress';
import type { EmbeddingCache } from './prompt/embedding-cache';
import type { RunFile, RunInput, RunReport } from './report';
import { shrinkPicture } from './shrink-picture';
import { writeCutout, writeResults, writeStage } from './write-results';

export interface RunRequest {
  inputPath: string;
  /** An existing folder of the caller's; `result.<ext>`, `mask.png` and `result.json` are written into it. */
  outputDir: string;
  /** An existing folder with embeddings of this photo that earlier processes wrote; new ones are written into it. */
  embeddingsDir?: string;
  /** Whose photo it is: what is remembered of it serves nobody else, who could tell from the time that it was here. */
  owner?: string;
  /** The image to compose before, where the pipeline names one. */
  backgroundPath?: string;
  pipeline: Pipeline;
  /** Draws the word SANDBOX over the result. */
  watermark?: boolean;
  /** What the caller has to say of how the result came about. */
  notes?: readonly string[];
  signal?: AbortSignal;
  /** `fraction`: 0..1 of the whole item, never falling. */
  onProgress?: (progress: { stage: string; fraction: number }) => void;
}

export interface Setting {
  limits: ImageLimits;
  networks: Networks;
  embeddings: EmbeddingCache;
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
    watermark = false,
    signal = new AbortController().signal,
    onProgress = () => undefined,
  } = request;
  const started = performance.now();
  signal.throwIfAborted();
  const header = await readHeader(inputPath, setting.limits);
  checkPlannedOutput(header, pipeline, setting.limits);
  if (!header.hasAlpha) checkCutOut('image/jpeg', pipeline);
  await setting.networks.prepare(namedModels(pipeline));
  const progress = createProgress(pipeline, header, setting.costs, onProgress);
  progress('decode', 0);
  const { picture, profile, notes } = await decodeImage(
    inputPath,
    header,
    setting.limits,
    pipeline.output.icc === 'keep',
  );
  const fitted = await shrinkPicture(picture, pipeline, signal);
  const decoded = performance.now();

  const embeddings = setting.embeddings.forRun(request.embeddingsDir ?? null, request.owner ?? '');
  const writing = { profile, outputDir, pipeline, watermark, signal, limits: setting.limits };
  let cutout: RunFile | null = null;
  const between = new Map<BesideFile, RunFile>();
  const run = await runStages(fitted, picture, setting.networks, {
    ...{ signal, embeddings, limits: setting.limits, backgroundPath: request.backgroundPath },
    onStage: progress,
    onPicture: async (next, before) => {
      if (next === 'compose') cutout = await writeCutout(picture, writing);
      const left = await writeStage(picture, before, writing);
      if (left !== null) between.set(...left);
    },
  });
  const inferred = performance.now();

  progress('encode', 0);
  if (pipeline.compose === false) cutout = await writeCutout(picture, writing);
  const files = await writeResults(picture, {
    ...writing,
    progress: (fraction) => progress('encode', fraction),
  });
  signal.throwIfAborted();
  const report: RunReport = {
    input: inputFacts(header),
    result: files.result,
    mask: files.mask,
    also: {
      ...beside({ cutout, preview: files.preview, prompt_mask: files.promptMask }),
      ...Object.fromEntries(between),
    },
    subject: files.subject,
    lint: files.lint,
    stages: run.stages,
    timings_ms: {
      decode: Math.round(decoded - started),
      infer: Math.round(inferred - decoded),
      encode: Math.round(performance.now() - inferred),
    },
    notes: [...(request.notes ?? []), ...notes, ...files.notes, ...missing(pipeline, cutout)],
    watermark,
    models: run.networks.map(({ record, sha256 }) => ({ id: record.id, sha256 })),
  };
  await writeProvenance({ ...report, ...run.kept, pipeline, versions: setting.versions }, outputDir);
  progress('encode', 1);
  return report;
}

/** Those that there are. */
function beside(files: Partial<Record<BesideFile, RunFile | null>>): RunReport['also'] {
  return Object.fromEntries(Object.entries(files).filter(([, file]) => file !== null));
}

function missing({ output }: Pipeline, cutout: RunFile | null): string[] {
  if (!output.also.includes('cutout') || cutout !== null) return [];
  return ['there is no cut-out beside the result: nothing was cut out, or the job was made with a sandbox key'];
}

/** The report for whoever finds the result later: with the parameters and versions, without this machine's paths. */
async function writeProvenance(facts: object, outputDir: string): Promise<void> {
  const text = JSON.stringify(facts, (key, value) => (key === 'path' ? undefined : value), 2);
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
