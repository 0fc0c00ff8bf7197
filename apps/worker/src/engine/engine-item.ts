import type { Pipeline } from '@packshot/contracts';

/** One run that is asked of an engine. */
export interface EngineItem {
  id: string;
  inputPath: string;
  outputDir: string;
  /** Where embeddings of its photo lie, and new ones are to. */
  embeddingsDir?: string;
  /** Whose photo it is. */
  owner: string;
  pipeline: Pipeline;
  watermark: boolean;
  /** What its result is to say of how it came about. */
  notes?: readonly string[];
  /** Its time limit in the engine, in milliseconds; waiting for a place does not count. */
  timeoutMs: number;
  /** How long it may make no progress there. */
  progressTimeoutMs: number;
  /** Nothing else may be in the engine with it. */
  alone: boolean;
  signal: AbortSignal;
  /** `fraction` 0..1 of the item's work in the engine. */
  onProgress(progress: { stage: string; fraction: number }): void;
}
