import type { Pipeline } from '@packshot/contracts';
import type { CostSheet } from '@packshot/pipeline';
import type { ItemLimits } from '../item-limits';

/** One run that is asked of an engine. */
export interface EngineItem {
  id: string;
  inputPath: string;
  outputDir: string;
  /** Where embeddings of its photo lie, and new ones are to. */
  embeddingsDir?: string;
  /** The image to compose before, where the pipeline names one. */
  backgroundPath?: string;
  /** Whose photo it is. */
  owner: string;
  pipeline: Pipeline;
  watermark: boolean;
  /** What its result is to say of how it came about. */
  notes?: readonly string[];
  /** How long it may take in an engine with these costs; waiting for a place does not count. */
  limits(costs: CostSheet): ItemLimits;
  /** Nothing else may be in the engine with it. */
  alone: boolean;
  signal: AbortSignal;
  /** `fraction` 0..1 of the item's work in the engine. */
  onProgress(progress: { stage: string; fraction: number }): void;
}
