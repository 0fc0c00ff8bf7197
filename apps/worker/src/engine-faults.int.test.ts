import { poll } from '@packshot/testing';
import { PATIENCE_MS, type Script, scripted, Workbench } from './testing/workbench';

jest.setTimeout(3 * PATIENCE_MS);

let bench: Workbench;
beforeEach(async () => {
  bench = await Workbench.open();
});
afterEach(() => bench.close());

const enginePid = (journal: string) =>
  poll(() => bench.journal(journal).at(-1)?.pid, { timeoutMs: PATIENCE_MS, what: 'an item in the engine' });

describe('an engine that is killed with items in it', () => {
  test('costs nobody a result: each is run again, alone', async () => {
    await bench.startWorker();
    const wait = { do: 'wait', until: bench.path('go'), journal: bench.path('journal') } as const;
    const job = await bench.submit([scripted({ ...wait, name: 'a' }), scripted({ ...wait, name: 'b' })]);
    await bench.underway(job, 0, 1);
    process.kill(await enginePid('journal'), 'SIGKILL');
    await poll(() => bench.journal('journal').length >= 3, {
      timeoutMs: PATIENCE_MS,
      what: 'the first item to run again',
    });
    bench.release('go');
    const items = await bench.ended(job);
    expect(items.map(({ status, attempts, crashes }) => ({ status, attempts, crashes }))).toEqual([
      { status: 'succeeded', attempts: 2, crashes: 1 },
      { status: 'succeeded', attempts: 2, crashes: 1 },
    ]);
    const again = bench.journal('journal').slice(2);
    expect(again.map(({ event }) => event)).toEqual(['start', 'end', 'start', 'end']);
    expect(again[1]?.name).toBe(again[0]?.name);
    await bench.spoolEmpty();
  });

  test('leaves no files of the attempt that was lost', async () => {
    await bench.startWorker();
    const job = await bench.submit([scripted({ do: 'crash', once: bench.path('once') })]);
    const [item] = await bench.ended(job);
    expect(item).toMatchObject({ status: 'succeeded', attempts: 2, crashes: 1 });
    const prefix = `jobs/${job.id}/${item?.id}`;
    expect(await bench.keys(job)).toEqual([`${prefix}/2/result.json`, `${prefix}/2/result.png`, `${prefix}/original`]);
  });
});

describe('an image that crashes the engine every time', () => {
  test('fails as engine_crashed at the second crash, and its neighbours succeed', async () => {
    await bench.startWorker({ WORKER_CONCURRENCY: '3' });
    const good = scripted({ do: 'succeed' });
    const poison = scripted({ do: 'crash', name: 'poison', journal: bench.path('journal') });
    const job = await bench.submit([good, good, poison, good, good, good]);
    const items = await bench.ended(job);
    expect(items.map(({ status }) => status)).toEqual([
      'succeeded',
      'succeeded',
      'failed',
      'succeeded',
      'succeeded',
      'succeeded',
    ]);
    expect(items[2]).toMatchObject({ crashes: 2, error: { code: 'engine_crashed', retryable: false } });
    expect(bench.journal('journal')).toHaveLength(2);
  });
});

describe('an image that hangs', () => {
  const limits = { ITEM_TIMEOUT_BASE_SECONDS: '4', PROGRESS_TIMEOUT_SECONDS: '2' };

  test.each(['hang', 'spin'] as const)('in a %s fails as timed_out; who was in there with it succeeds', async (how) => {
    await bench.startWorker(limits);
    // A spinning engine does not even begin with its neighbours; one that hangs has begun, and the neighbour is stuck too.
    const neighbour: Script = how === 'spin' ? { do: 'succeed' } : { do: 'hang', once: bench.path('once') };
    const job = await bench.submit([scripted({ do: how }), scripted(neighbour), scripted({ do: 'succeed' })]);
    const items = await bench.ended(job);
    expect(items[0]).toMatchObject({ status: 'failed', crashes: 0, error: { code: 'timed_out' } });
    expect(items.slice(1)).toMatchObject([
      { status: 'succeeded', crashes: 0 },
      { status: 'succeeded', crashes: 0 },
    ]);
  });

  test('is accused at once when it is the only one in the engine', async () => {
    await bench.startWorker(limits);
    const [item] = await bench.ended(await bench.submit([scripted({ do: 'hang' })]));
    expect(item).toMatchObject({ status: 'failed', attempts: 1, error: { code: 'timed_out' } });
  });

  test('but makes progress all the time is ended at its time limit', async () => {
    await bench.startWorker(limits);
    const [item] = await bench.ended(await bench.submit([scripted({ do: 'wait', until: bench.path('never') })]));
    expect(item).toMatchObject({ status: 'failed', error: { code: 'timed_out' } });
  });
});

describe('memory', () => {
  test('past the limit has the engine replaced between items, never under one', async () => {
    await bench.startWorker({ ENGINE_RSS_LIMIT_MB: '300' });
    const journal = bench.path('journal');
    const wait = scripted({ do: 'wait', until: bench.path('go'), journal, name: 'long' });
    const eat = scripted({ do: 'eat', mb: 240, journal, name: 'eater' });
    const job = await bench.submit([wait, eat, scripted({ do: 'succeed', journal, name: 'next' })]);
    await poll(async () => (await bench.items(job))[1]?.status === 'succeeded', {
      timeoutMs: PATIENCE_MS,
      what: 'the eater to end',
    });
    bench.release('go');
    const items = await bench.ended(job);
    expect(items.map(({ status, attempts }) => ({ status, attempts }))).toEqual(
      Array.from({ length: 3 }, () => ({ status: 'succeeded', attempts: 1 })),
    );
    const pids = Object.fromEntries(bench.journal('journal').map(({ name, pid }) => [name, pid]));
    expect(pids.eater).toBe(pids.long);
    expect(pids.next).not.toBe(pids.long);
  });

  test('far past the limit has the engine killed, and the item that was alone fails as out_of_memory', async () => {
    await bench.startWorker({ ENGINE_RSS_LIMIT_MB: '150', ITEM_ATTEMPTS: '1' });
    const [item] = await bench.ended(await bench.submit([scripted({ do: 'eat', mb: 400, hold: true })]));
    expect(item).toMatchObject({ status: 'failed', error: { code: 'out_of_memory', retryable: true } });
  });
});

test('an item whose models no engine has room for fails as model_too_large, and is not tried again', async () => {
  await bench.startWorker();
  const job = await bench.submit([scripted({ do: 'succeed', models: ['giant'] }), scripted({ do: 'succeed' })]);
  const items = await bench.ended(job);
  expect(items).toMatchObject([
    { status: 'failed', attempts: 1, crashes: 0, error: { code: 'model_too_large', retryable: false } },
    { status: 'succeeded', attempts: 1 },
  ]);
});
