import type { Backlog, JobStore, OutboxSender } from '@packshot/jobs';
import type { Logger } from '@packshot/service';
import type { ObjectStore, SourceReader } from '@packshot/storage';
import type { EnginePool } from './engine/pool';
import type { FetchRules } from './fetch-input';
import type { TimeoutRules } from './item-limits';
import type { WorkerMetrics } from './metrics';
import type { Spool } from './spool';

/** All that processing an item needs; the same for every item. */
export interface ItemContext {
  store: JobStore;
  backlog: Backlog;
  outbox: OutboxSender;
  storage: ObjectStore;
  sources: SourceReader;
  engines: EnginePool;
  spool: Spool;
  logger: Logger;
  metrics: WorkerMetrics;
  rules: {
    fetch: FetchRules;
    time: TimeoutRules;
    attempts: number;
    /** Embeddings of photos that are clicked on are kept in the store. */
    keepEmbeddings: boolean;
  };
}
