import type { JobStore, Queues } from '@packshot/jobs';
import type { Logger } from '@packshot/service';
import type { ObjectStore } from '@packshot/storage';
import type { EnginePool } from './engine/pool';
import type { FetchRules } from './fetch-input';
import type { TimeoutRules } from './item-limits';
import type { Spool } from './spool';

/** All that processing an item needs; the same for every item. */
export interface ItemContext {
  store: JobStore;
  queues: Queues;
  storage: ObjectStore;
  engines: EnginePool;
  spool: Spool;
  logger: Logger;
  rules: { fetch: FetchRules; time: TimeoutRules; attempts: number };
}
