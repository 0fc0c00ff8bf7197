import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { type JobView, newWebhookSecret } from '@packshot/contracts';
import { type JobRecord, listWorkers } from '@packshot/jobs';
import { poll, sequence, startWebhookSink, type TestProcess } from '@packshot/testing';
import { PATIENCE_MS, scripted, Workbench } from './testing/workbench';

jest.setTimeout(30 * PATIENCE_MS);

const JOBS = 12;
const ITEMS = 20;
const KILLS = 24;

test.each([1, 2])('nothing is lost while workers, engines and Redis are killed at any moment (%d)', async (seed) => {
  const sink = await startWebhookSink();
  const bench = await Workbench.open({
    ...{ LOCK_SECONDS: '3', STALLED_INTERVAL_SECONDS: '1', WEBHOOK_SECRET: newWebhookSecret() },
    ALLOW_PRIVATE_HOSTS: '127.0.0.1',
  });
  try {
    const workers = [await bench.startWorkerProcess(), await bench.startWorkerProcess()];
    const files = Array.from({ length: ITEMS }, (_, index) => scripted({ do: 'wait', ms: 100, name: `${index}` }));
    const jobs = await Promise.all(Array.from({ length: JOBS }, () => bench.submit(files, { webhookUrl: sink.url })));
    await killAround(bench, jobs, workers, sequence(seed));

    for (const job of jobs) await expectWhole(bench, job, files, 5 * PATIENCE_MS);
    const ids = new Set(jobs.map(({ id }) => id));
    await poll(() => new Set(sink.deliveries.map(jobOf)).size === JOBS, {
      timeoutMs: PATIENCE_MS,
      what: 'all webhooks',
    });
    expect(new Set(sink.deliveries.map(jobOf))).toEqual(ids);
    expect(new Set(sink.deliveries.map(({ headers }) => headers['webhook-id'])).size).toBe(JOBS);
    await poll(
      async () => {
        const { interactive, bulk, active, delayed } = await bench.jobs.queues.depth();
        return interactive + bulk + active + delayed === 0;
      },
      { timeoutMs: PATIENCE_MS, what: 'an empty queue' },
    );
  } finally {
    await bench.close();
    await sink.close();
  }
});

const jobOf = ({ body }: { body: string }) => (JSON.parse(body) as { data: JobView }).data.id;

/** Kills something, waits until work goes on, and again; what dies is replaced, as a supervisor would. */
async function killAround(
  bench: Workbench,
  jobs: readonly JobRecord[],
  workers: TestProcess[],
  random: () => number,
): Promise<void> {
  for (let kill = 0; kill < KILLS; kill++) {
    const before = await ended(bench, jobs);
    const victim = random();
    if (victim < 0.5) {
      const index = random() < 0.5 ? 0 : 1;
      await workers[index]?.kill9();
      workers[index] = await bench.startWorkerProcess();
    } else if (victim < 0.8) {
      const alive = await listWorkers(bench.jobs.store);
      const pid = alive[Math.floor(random() * alive.length)]?.engine?.pid;
      if (pid) killIfThere(pid);
    } else {
      await bench.redis.kill9();
      await bench.redis.restart();
    }
    const more = Math.ceil(random() * 6);
    const goal = Math.min(JOBS * ITEMS, before + more);
    await poll(async () => (await ended(bench, jobs)) >= goal, { timeoutMs: PATIENCE_MS, what: 'work to go on' });
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // A report may be of an engine that is gone since.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Items that have ended, over all jobs. */
async function ended(bench: Workbench, jobs: readonly JobRecord[]): Promise<number> {
  const now = await bench.jobs.store.getJobs(jobs.map(({ id }) => id));
  return now.reduce((sum, { counts }) => sum + counts.succeeded + counts.failed, 0);
}

/**
 * Every item has ended once, and what is published is whole. An engine that is killed twice under the same item is, for
 * the worker, one that the item crashed twice; nothing else may fail.
 */
async function expectWhole(bench: Workbench, job: JobRecord, files: Buffer[], timeoutMs: number): Promise<void> {
  const items = await bench.ended(job, timeoutMs);
  const { counts } = await bench.jobs.store.require(job.id, null);
  const succeeded = items.filter(({ status }) => status === 'succeeded');
  const failed = items.filter(({ status }) => status === 'failed');
  expect(counts).toEqual({
    ...{ total: ITEMS, queued: 0, processing: 0, canceled: 0 },
    ...{ succeeded: succeeded.length, failed: failed.length },
  });
  expect(succeeded.length + failed.length).toBe(ITEMS);
  for (const { error, crashes } of failed) expect([error?.code, crashes]).toEqual(['engine_crashed', 2]);
  for (const item of succeeded) {
    const bytes = await buffer((await bench.storage.get(item.result?.key ?? '')).body);
    expect(bytes.equals(files[item.index] ?? Buffer.alloc(0))).toBe(true);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(item.result?.sha256);
  }
}
