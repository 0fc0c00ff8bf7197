import type { Route } from '../http/route';
import { cancelJob } from './cancel-job';
import { createJob } from './create-job';
import { getItem } from './get-item';
import { getJob } from './get-job';
import { getMask } from './get-mask';
import { getResult } from './get-result';
import { health } from './health';
import { healthLive } from './health-live';
import { healthReady } from './health-ready';
import { listItems } from './list-items';
import { metrics } from './metrics';

/** Every endpoint: a file and a line here. */
export const ROUTES: readonly Route[] = [
  createJob,
  getJob,
  listItems,
  getItem,
  getResult,
  getMask,
  cancelJob,
  health,
  healthLive,
  healthReady,
  metrics,
];
