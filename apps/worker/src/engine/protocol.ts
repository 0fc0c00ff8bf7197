import { type ImageLimits, type ItemError, isErrorCode, type Pipeline } from '@packshot/contracts';
import type { ExecutionProvider, RunnerInfo, RunReport } from '@packshot/pipeline';
import { z } from 'zod';

/**
 * What worker and engine process say to each other. Paths and facts only: image bytes lie in files of the spool folder.
 * Both sides are of one build, so what the pipeline package defines is passed through unexamined.
 */
const plain = <T extends object>() => z.custom<T>((value) => typeof value === 'object' && value !== null);

const itemError = z.object({
  code: z.string().refine(isErrorCode),
  message: z.string(),
  retryable: z.boolean(),
}) as unknown as z.ZodType<ItemError>;

const loadMessage = z.object({
  kind: z.literal('load'),
  modelsDir: z.string(),
  storeDir: z.string(),
  providers: z.array(z.custom<ExecutionProvider>((value) => typeof value === 'string')),
  threads: z.number(),
  limits: plain<ImageLimits>(),
  modelMemoryBytes: z.number(),
  needed: z.array(z.string()),
  modelSet: z.array(z.string()),
  required: z.array(z.string()),
});

/** Worker → engine. `load` comes once and first. */
export const toEngine = z.discriminatedUnion('kind', [
  loadMessage,
  z.object({
    kind: z.literal('run'),
    id: z.string(),
    inputPath: z.string(),
    outputDir: z.string(),
    embeddingsDir: z.string().optional(),
    backgroundPath: z.string().optional(),
    owner: z.string(),
    pipeline: plain<Pipeline>(),
    watermark: z.boolean(),
    notes: z.array(z.string()),
  }),
  z.object({ kind: z.literal('abort'), id: z.string() }),
]);
export type ToEngine = z.infer<typeof toEngine>;
export type LoadOptions = Omit<z.infer<typeof loadMessage>, 'kind'>;

/**
 * Engine → worker. `loaded` or `unloadable` answers `load`; `done`, `failed` or `needs_models` answers each `run`, the last
 * before any work. `info` comes when other models are loaded than were told, before the answer to whatever loaded them.
 */
export const fromEngine = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('loaded'), info: plain<RunnerInfo>() }),
  z.object({ kind: z.literal('unloadable'), error: itemError, detail: z.string() }),
  z.object({ kind: z.literal('progress'), id: z.string(), stage: z.string(), fraction: z.number() }),
  z.object({ kind: z.literal('done'), id: z.string(), report: plain<RunReport>() }),
  z.object({ kind: z.literal('failed'), id: z.string(), error: itemError, detail: z.string() }),
  z.object({ kind: z.literal('needs_models'), id: z.string(), models: z.array(z.string()) }),
  z.object({ kind: z.literal('info'), info: plain<RunnerInfo>() }),
  z.object({ kind: z.literal('stats'), rssBytes: z.number() }),
]);
export type FromEngine = z.infer<typeof fromEngine>;
