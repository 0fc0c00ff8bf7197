import { existsSync } from 'node:fs';
import { listWorkers } from '@packshot/jobs';
import { poll, startProcess, type TestProcess } from '@packshot/testing';
import { MAIN, PATIENCE_MS, SCRIPTED_RUNNER, scripted, Workbench } from './testing/workbench';

jest.setTimeout(3 * PATIENCE_MS);

let bench: Workbench;
beforeEach(async () => {
  bench = await Workbench.open();
});
afterEach(() => bench.close());

const waiting = () => scripted({ do: 'wait', until: bench.path('go'), journal: bench.path('journal') });
const enginePid = () =>
  poll(() => bench.journal('journal').at(-1)?.pid, { timeoutMs: PATIENCE_MS, what: 'an item in the engine' });

function gone(pid: number): Promise<true> {
  return poll(
    () => {
      try {
        process.kill(pid, 0);
        return false;
      } catch {
        return true;
      }
    },
    { timeoutMs: PATIENCE_MS, what: `the end of process ${pid}` },
  );
}

const exitOf = async (worker: TestProcess) => (await worker.exited).code;

describe('a worker that is killed with an item in it', () => {
  test('leaves no engine behind, and another worker finishes the item', async () => {
    const first = await bench.startWorkerProcess({ LOCK_SECONDS: '2' });
    const job = await bench.submit([waiting()]);
    await bench.underway(job, 0);
    const engine = await enginePid();
    await first.kill9();
    await gone(engine);
    bench.release('go');
    await bench.startWorkerProcess();
    const [item] = await bench.ended(job);
    expect(item).toMatchObject({ status: 'succeeded', attempts: 2, crashes: 0 });
  });

  test('leaves no engine behind even when that computes without a pause', async () => {
    const worker = await bench.startWorkerProcess();
    await bench.submit([scripted({ do: 'spin', journal: bench.path('journal') })]);
    const engine = await enginePid();
    await worker.kill9();
    await gone(engine);
  });

  test('again and again gives the item up as worker_lost', async () => {
    const job = await bench.submit([scripted({ do: 'succeed' })]);
    const [message] = await bench.jobs.queues.items.getWaiting();
    await bench.jobs.store.redis.hset(bench.jobs.queues.items.toKey(message?.id ?? ''), { stc: 9 });
    await bench.startWorker();
    const [item] = await bench.ended(job);
    expect(item).toMatchObject({ status: 'failed', error: { code: 'worker_lost' } });
  });
});

describe('a worker that is told to stop', () => {
  test('finishes what runs, takes no more, and leaves', async () => {
    const worker = await bench.startWorkerProcess({ WORKER_CONCURRENCY: '1' });
    const job = await bench.submit([waiting(), scripted({ do: 'succeed' })]);
    await bench.underway(job, 0);
    worker.child.kill('SIGTERM');
    await worker.waitForLine(/shutting down/, PATIENCE_MS);
    bench.release('go');
    expect(await exitOf(worker)).toBe(0);
    expect((await bench.items(job)).map(({ status }) => status)).toEqual(['succeeded', 'queued']);
    expect(existsSync(bench.path('spool'))).toBe(true);
    expect(await listWorkers(bench.jobs.store)).toEqual([]);
  });

  test('gives back what does not end in time, at no cost to the item', async () => {
    const worker = await bench.startWorkerProcess({ DRAIN_SECONDS: '0' });
    const job = await bench.submit([waiting(), scripted({ do: 'hang' })]);
    await bench.underway(job, 0);
    const engine = await enginePid();
    worker.child.kill('SIGTERM');
    expect(await exitOf(worker)).toBe(0);
    await gone(engine);
    expect(await bench.items(job)).toMatchObject([
      { status: 'queued', attempts: 1, crashes: 0, error: null },
      { status: 'queued', attempts: 1, crashes: 0, error: null },
    ]);
    // Tending may have put spare ones beside theirs.
    const messages = await bench.jobs.queues.items.getWaiting();
    expect(messages.length).toBeGreaterThanOrEqual(2);
    expect(messages.filter(({ attemptsMade }) => attemptsMade > 0)).toEqual([]);
  });

  test('does the same when the process that started it goes away', async () => {
    const script = `require('node:child_process').fork(${JSON.stringify(MAIN)}, [${JSON.stringify(SCRIPTED_RUNNER)}])`;
    const env = { ...bench.env, DRAIN_SECONDS: '0', LOG_LEVEL: 'info' };
    const parent = await startProcess(process.execPath, { args: ['-e', script], env });
    await parent.waitForLine(/worker ready/, PATIENCE_MS);
    const job = await bench.submit([waiting()]);
    await bench.underway(job, 0);
    const engine = await enginePid();
    parent.child.kill('SIGKILL');
    await parent.waitForLine(/shutting down.*parent is gone/, PATIENCE_MS);
    await parent.exited;
    await gone(engine);
    expect((await bench.items(job))[0]?.status).toBe('queued');
  });
});

describe('a worker that runs', () => {
  test('reports itself and what it runs on', async () => {
    await bench.startWorkerProcess();
    const [report] = await poll(
      async () => {
        const workers = await listWorkers(bench.jobs.store);
        return workers.length > 0 && workers;
      },
      { timeoutMs: PATIENCE_MS },
    );
    expect(report).toMatchObject({ state: 'ready', concurrency: 2, engine: { provider: 'cpu', restarts: 0 } });
    expect(report?.event_loop_p99_ms).toBeGreaterThanOrEqual(0);
    expect(report?.engine?.devices).toMatchObject([{ id: 'cpu', kind: 'cpu' }]);
    expect(report?.engine?.rss_bytes).toBeGreaterThan(1e6);
  });

  test('keeps its items over a restart of Redis', async () => {
    const worker = await bench.startWorkerProcess();
    const job = await bench.submit([waiting()]);
    await bench.underway(job, 0);
    await bench.redis.kill9();
    await bench.redis.restart();
    bench.release('go');
    const [item] = await bench.ended(job);
    expect(item?.status).toBe('succeeded');
    expect(await bench.storage.head(item?.result?.key ?? '')).not.toBeNull();
    expect(worker.child.exitCode).toBeNull();
  });
});

describe('a worker that cannot work', () => {
  test('says which settings are wrong, and leaves', async () => {
    const starting = bench.startWorkerProcess({ WEBHOOK_SECRET: 'short', THREADS: 'many' });
    await expect(starting).rejects.toThrow(/WEBHOOK_SECRET[\s\S]*THREADS|THREADS[\s\S]*WEBHOOK_SECRET/);
  });

  test('leaves when its engine cannot load the models', async () => {
    const starting = bench.startWorkerProcess({ MODELS_DIR: bench.path('nothing') }, null);
    await expect(starting).rejects.toThrow(/cannot start/);
  });
});
