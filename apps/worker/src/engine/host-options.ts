import type { AppError } from '@packshot/contracts';
import type { Logger } from '@packshot/service';
import type { EngineProcessOptions } from './engine-process';
import type { MemorySetting } from './memory-limits';
import type { LoadOptions } from './protocol';

/**
 * Why an engine was replaced: it died; it, or an item in it, took too much memory; an item was overdue; it had a fault that
 * nobody foresaw; or an item needs models that do not fit beside the loaded ones.
 */
export type RestartReason = 'crashed' | 'memory' | 'overdue' | 'fault' | 'models';

/** Told of what happens to engines, for metrics. */
export interface EngineObserver {
  restarted(reason: RestartReason): void;
  /** Its models are loaded, so many seconds after its start. */
  loaded(seconds: number): void;
}

export interface EngineHostOptions {
  engine: Omit<EngineProcessOptions, 'startTimeoutMs' | 'load'> & {
    startTimeoutMs?: number;
    load: Omit<LoadOptions, 'needed' | 'modelSet'>;
  };
  /** Items inside at a time. */
  slots: number;
  memory: Omit<MemorySetting, 'modelBudgetBytes'>;
  logger: Logger;
  observer?: EngineObserver;
  /** The engine does not start any more, however often it is tried. */
  onHopeless(error: AppError): void;
}
