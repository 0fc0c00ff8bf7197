import { AppError } from '@packshot/contracts';
import { listJobs } from '@packshot/jobs';
import { z } from 'zod';
import type { Deps } from '../../deps';
import { principalOf } from '../../http/principal';
import { endpointOf, type Operation } from './operation';

const purgedSchema = z.object({ removed: z.int(), status: z.literal('completed') }).meta({ id: 'RunPodPurged' });

export const purgeQueue: Operation = {
  name: 'PurgeQueue',
  method: 'POST',
  path: '/purge-queue',
  summary: "Cancel the tenant's jobs of this endpoint that have not begun",
  scope: 'submit',
  answers: { 200: { description: 'How many there were', schema: purgedSchema } },
  errors: ['not_found'],
  handler: (deps) => async (request, response) => {
    const removed = await purge(deps, principalOf(response).tenant, endpointOf(request));
    response.json({ removed, status: 'completed' });
  },
};

async function purge({ jobs, links }: Pick<Deps, 'jobs' | 'links'>, tenant: string, endpoint: string): Promise<number> {
  let removed = 0;
  let cursor: string | undefined;
  do {
    const page = await listJobs(jobs.store, { tenant, status: 'queued', limit: 100, cursor });
    for (const job of page.jobs) {
      if (job.facade?.name !== 'runpod' || job.facade.endpoint !== endpoint) continue;
      // One that has ended or begun meanwhile is not in the queue any more.
      const done = await jobs.cancel(job, links).then(
        () => true,
        (error: unknown) => {
          if (error instanceof AppError && error.code === 'conflict') return false;
          throw error;
        },
      );
      if (done) removed += 1;
    }
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return removed;
}
