import { poll } from '@packshot/testing';
import { hostBench, outcome, ROOM } from '../testing/host-bench';
import { PATIENCE_MS } from '../testing/workbench';
import type { EngineHost } from './host';
import type { RestartReason } from './host-options';

jest.setTimeout(3 * PATIENCE_MS);

const bench = hostBench();
let reasons: RestartReason[];
beforeEach(() => {
  reasons = [];
});

function start(slots = 1): Promise<EngineHost> {
  return bench.start({ slots, observer: { restarted: (reason) => reasons.push(reason), loaded: () => {} } });
}

const run = async (host: EngineHost, ...models: string[]) =>
  outcome(host.run(await bench.itemOf({ do: 'succeed', name: models.join('+'), models })));

const began = (name: string) => bench.journal().find((entry) => entry.name === name && entry.event === 'start');

const turnedAway = (host: EngineHost) =>
  poll(() => host.facts().inside === 1 && host.load === 2, {
    timeoutMs: PATIENCE_MS,
    what: 'an item to be turned away',
  });

/** In the engine until the file `go` is there; gives its outcome. */
async function keepInside(host: EngineHost, ...models: string[]) {
  const busy = outcome(host.run(await bench.itemOf({ do: 'wait', until: bench.path('go'), name: 'busy', models })));
  await poll(() => began('busy'), { timeoutMs: PATIENCE_MS, what: 'an item in the engine' });
  return { busy };
}

describe('models', () => {
  test('that fit beside the loaded ones are loaded without a restart, and the host knows of them', async () => {
    const host = await start();
    expect(await run(host, 'a')).toBe('done');
    expect(await run(host, 'b')).toBe('done');
    expect(host.info).toMatchObject({ models: [{ id: 'a' }, { id: 'b' }], memoryBytes: 2 });
    expect(reasons).toEqual([]);
  });

  test('that do not fit come with a new engine, and what served longest ago is left out', async () => {
    const host = await start();
    for (const id of ['a', 'b', 'a']) await run(host, id);
    expect(await run(host, 'c')).toBe('done');
    expect(began('c')?.models).toEqual(['a', 'c']);
    expect(reasons).toEqual(['models']);
  });

  test('that the settings ask for are loaded at the start', async () => {
    const { engine } = bench.options();
    const host = await bench.start({ engine: { ...engine, load: { ...engine.load, required: ['r'] } } });
    expect(host.info?.models).toMatchObject([{ id: 'r' }]);
  });

  test('come back after a crash', async () => {
    const host = await start();
    for (const id of ['a', 'b']) await run(host, id);
    const before = host.facts().pid;
    process.kill(before ?? 0, 'SIGKILL');
    await poll(() => host.facts().restarts === 1 && host.info, { timeoutMs: PATIENCE_MS, what: 'another engine' });
    expect(await run(host)).toBe('done');
    expect(host.info?.models.map(({ id }) => id)).toEqual(['b', 'a']);
    expect(reasons).toEqual(['crashed']);
  });
});

describe('an item whose models do not fit', () => {
  test('waits for those inside, goes before those in line, and no attempt of it has failed', async () => {
    const host = await start(2);
    const { busy } = await keepInside(host, 'a', 'b');
    const waiting = run(host, 'c');
    await turnedAway(host);
    const behind = run(host, 'b');
    await bench.release('go');
    expect(await Promise.all([busy, waiting, behind])).toEqual(['done', 'done', 'done']);
    const starts = bench.journal().filter(({ event }) => event === 'start');
    expect(starts.map(({ name }) => name)).toEqual(['busy', 'c', 'b']);
    expect(began('c')?.pid).not.toBe(began('busy')?.pid);
    expect(reasons).toEqual(['models']);
  });

  test('keeps its place when the engine dies before it is empty', async () => {
    const host = await start(2);
    const { busy } = await keepInside(host, 'a', 'b');
    const waiting = run(host, 'c');
    await turnedAway(host);
    process.kill(host.facts().pid ?? 0, 'SIGKILL');
    expect(await Promise.all([busy, waiting])).toEqual(['engine_crashed', 'done']);
    expect(reasons).toEqual(['crashed']);
  });

  test('fails when not even a new engine has room for them, and the next item runs', async () => {
    const host = await start();
    expect(await run(host, 'giant')).toBe('model_too_large');
    expect(await run(host, 'a')).toBe('done');
    expect(reasons).toEqual(['models']);
  });

  test('is suspected of a crash when they end the engine that loads them, and the next item runs', async () => {
    const host = await start();
    for (const id of ['a', 'b']) await run(host, id);
    expect(await run(host, 'fatal')).toBe('engine_crashed');
    expect(await run(host, 'a')).toBe('done');
  });

  test('can be aborted while it waits for its engine', async () => {
    const host = await start(2);
    const { busy } = await keepInside(host, 'a', 'b');
    const abort = new AbortController();
    const item = await bench.itemOf({ do: 'succeed', models: ['c'] }, { signal: abort.signal });
    const waiting = outcome(host.run(item));
    await turnedAway(host);
    abort.abort();
    expect(await waiting).toBe('canceled');
    await bench.release('go');
    expect(await busy).toBe('done');
    expect(await run(host, 'a')).toBe('done');
  });
});

/** Linear congruential, so that a failure can be had again. */
function* numbers(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    yield state;
  }
}

test.each([1, 2])(
  'items of any models all end with theirs loaded, and no restart is for nobody (seed %d)',
  async (seed) => {
    const random = numbers(seed);
    const pick = (below: number) => ((random.next().value as number) >> 8) % below;
    const host = await start(3);
    const wanted = Array.from({ length: 14 }, () =>
      Array.from(
        { length: 1 + pick(ROOM) },
        () => ['a', 'b', 'c', 'd', 'giant'][pick(pick(3) === 0 ? 5 : 4)] as string,
      ),
    );
    const outcomes = await Promise.all(
      wanted.map(async (models, i) =>
        outcome(host.run(await bench.itemOf({ do: 'wait', ms: pick(40), name: String(i), models }))),
      ),
    );
    expect(outcomes).toEqual(wanted.map((models) => (models.includes('giant') ? 'model_too_large' : 'done')));
    for (const [i, models] of wanted.entries()) {
      if (outcomes[i] === 'done') expect(began(String(i))?.models).toEqual(expect.arrayContaining(models));
    }
    expect(reasons.length).toBeLessThanOrEqual(wanted.length);
    expect(new Set(reasons)).toEqual(new Set(['models']));
  },
);
