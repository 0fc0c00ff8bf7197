import { type JobRecord, listWorkers } from '@packshot/jobs';
import { z } from 'zod';
import { principalOf } from '../../http/principal';
import type { Operation } from './operation';

const healthSchema = z
  .object({
    jobs: z
      .object({ completed: z.int(), failed: z.int(), inProgress: z.int(), inQueue: z.int(), retried: z.int() })
      .describe("the tenant's own, as far as they are kept; `retried` is not counted"),
    workers: z.object({
      idle: z.int(),
      initializing: z.int(),
      ready: z.int(),
      running: z.int(),
      throttled: z.int(),
    }),
  })
  .meta({ id: 'RunPodHealth' });

/** Only below `/v2`: the address itself has our own. */
export const health: Operation = {
  name: 'Health',
  method: 'GET',
  path: '/health',
  summary: "The tenant's jobs by state, and the workers",
  scope: 'read',
  answers: { 200: { description: 'Figures of this moment', schema: healthSchema } },
  errors: ['not_found'],
  handler:
    ({ jobs: { store } }) =>
    async (_request, response) => {
      const { tenant } = principalOf(response);
      const count = (state: JobRecord['status']) => store.redis.zcard(store.keys.jobsWithStatus(tenant, state));
      const [completed, failed, expired, inProgress, inQueue, workers] = await Promise.all([
        count('succeeded'),
        count('failed'),
        count('expired'),
        count('processing'),
        count('queued'),
        listWorkers(store),
      ]);
      const ready = workers.filter(({ state }) => state === 'ready');
      const running = ready.filter(({ busy }) => busy > 0).length;
      response.json({
        jobs: { completed, failed: failed + expired, inProgress, inQueue, retried: 0 },
        workers: {
          idle: ready.length - running,
          initializing: workers.filter(({ state }) => state === 'starting').length,
          ready: ready.length,
          running,
          throttled: 0,
        },
      });
    },
};
