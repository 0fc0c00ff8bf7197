/**
 * Is this container's worker alive? It is when its own report in Redis is fresh: the report says that its event loop turns
 * and that it reaches Redis, which a look at the process would not. Exits 0 or 1; for the image's health check.
 */
import { createRequire } from 'node:module';
import { hostname } from 'node:os';

const fromWorker = createRequire(new URL('../../apps/worker/package.json', import.meta.url));
const { jobsConfig, listWorkers, openJobs } = fromWorker('@packshot/jobs');
const { loadConfig } = fromWorker('@packshot/service');

// A server that is away must not keep the check waiting for the client's retries.
setTimeout(() => {
  console.error('Redis does not answer');
  process.exit(1);
}, 8000).unref();

const jobs = openJobs(loadConfig(jobsConfig), { failFast: false, name: 'packshot-worker-health' });
for (const part of [jobs.store.redis, jobs.queues.items, jobs.queues.webhooks]) part.on('error', () => {});
try {
  const workers = await listWorkers(jobs.store);
  const own = workers.find(({ host }) => host === hostname());
  if (!own) throw new Error(`no worker on ${hostname()} has given a sign of life lately`);
  console.log(`${own.id} is ${own.state}, ${own.busy} of ${own.concurrency} places busy`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await jobs.close();
}
