import type { AppError } from '@packshot/contracts';
import { poll } from '@packshot/testing';
import { hostBench, outcome } from '../testing/host-bench';
import { PATIENCE_MS } from '../testing/workbench';
import { OVERFLOW_NOTE } from './cpu-overflow';
import { EnginePool } from './pool';

jest.setTimeout(3 * PATIENCE_MS);

const bench = hostBench();

describe('an engine host', () => {
  test('starts no engine in vain: the reason is what the first start rejects with', async () => {
    await bench.release('broken');
    await expect(bench.start()).rejects.toMatchObject({ code: 'model_mismatch' });
  });

  test('gives up, and says so, when an engine that did run does not start any more', async () => {
    let hopeless: AppError | undefined;
    const host = await bench.start({
      onHopeless: (error) => {
        hopeless = error;
      },
    });
    await bench.release('broken');
    process.kill(host.facts().pid ?? 0, 'SIGKILL');
    const error = await poll(() => hopeless, { timeoutMs: PATIENCE_MS, what: 'the end of hope' });
    expect(error.code).toBe('model_mismatch');
  });

  test('lets items wait in line while the engine is started again', async () => {
    const host = await bench.start();
    const before = host.facts().pid ?? 0;
    process.kill(before, 'SIGKILL');
    await poll(() => host.facts().pid !== before, { timeoutMs: PATIENCE_MS, what: 'the death to be noticed' });
    expect(await outcome(host.run(await bench.itemOf({ do: 'succeed' })))).toBe('done');
    expect(host.facts().restarts).toBe(1);
  });

  test('lets an item that is to be alone wait for the others, and the others for it', async () => {
    const host = await bench.start({ slots: 3 });
    const run = async (name: string, alone: boolean) =>
      host.run(await bench.itemOf({ do: 'wait', ms: 50, name }, { alone }));
    await Promise.all([run('a', false), run('b', true), run('c', false)]);
    const events = bench.journal();
    const entered = events.findIndex(({ name }) => name === 'b');
    expect(events[entered + 1]?.name).toBe('b');
    const before = events.slice(0, entered).map(({ event }) => event);
    expect(before.filter((event) => event === 'start').length).toBe(before.filter((event) => event === 'end').length);
  });

  test('lets in as many at a time as there are places', async () => {
    const host = await bench.start({ slots: 2 });
    const inside = new Set<string>();
    const run = async (name: string) => {
      const onProgress = () => inside.add(name);
      return host.run(await bench.itemOf({ do: 'wait', until: bench.path('go') }, { onProgress }));
    };
    const runs = [run('a'), run('b'), run('c')];
    await poll(() => inside.size === 2 && host.load === 3, { timeoutMs: PATIENCE_MS, what: 'two inside, one in line' });
    await bench.release('go');
    await Promise.all(runs);
    expect(inside.size).toBe(3);
  });

  test('forgets an item that is aborted in line, and stops one that is aborted inside', async () => {
    const host = await bench.start({ slots: 1 });
    const inside = new AbortController();
    const inLine = new AbortController();
    const never = { do: 'wait', until: bench.path('never') } as const;
    const first = outcome(host.run(await bench.itemOf(never, { signal: inside.signal })));
    const second = outcome(host.run(await bench.itemOf(never, { signal: inLine.signal })));
    inLine.abort();
    expect(await second).toBe('canceled');
    inside.abort();
    expect(await first).toBe('canceled');
    expect(await outcome(host.run(await bench.itemOf({ do: 'succeed' })))).toBe('done');
  });

  test('takes nothing when it is closed, and tells those inside and in line', async () => {
    const host = await bench.start({ slots: 1 });
    const runs = [await bench.itemOf({ do: 'hang' }), await bench.itemOf({ do: 'hang' })].map((item) =>
      outcome(host.run(item)),
    );
    await host.close();
    expect(await Promise.all(runs)).toEqual(['engine_restarted', 'engine_restarted']);
    expect(await outcome(host.run(await bench.itemOf({ do: 'succeed' })))).toBe('engine_restarted');
    expect(host.facts().rssBytes).toBeNull();
  });
});

describe('an engine pool', () => {
  test('has one engine a device, and gives an item to the one with the least to do', async () => {
    const devices = [{ CUDA_VISIBLE_DEVICES: '0' }, { CUDA_VISIBLE_DEVICES: '3' }];
    const pool = new EnginePool({ ...bench.options({ slots: 1 }), devices });
    bench.onClose(() => pool.close());
    await pool.start();
    const never = { do: 'wait', until: bench.path('go') } as const;
    const stages: string[] = [];
    const wait = async (device: string) =>
      pool.run(await bench.itemOf(never, { onProgress: ({ stage }) => stages.push(`${device} ${stage}`) }));
    const runs = [wait('first'), wait('second')];
    const both = () => ['first', 'second'].every((name) => stages.includes(`${name} background`));
    await poll(both, { timeoutMs: PATIENCE_MS, what: 'both items at work in engines of one place each' });
    await bench.release('go');
    await Promise.all(runs);
    expect(pool.facts().restarts).toBe(0);
  });

  test('lets items spill to an engine on the CPU while every GPU is busy, as far as that has places', async () => {
    const busy: Record<string, number | null> = { 0: 0.9, 3: 0.1 };
    const gpus = { of: (gpu: string) => busy[gpu] ?? null, close: () => {} };
    const devices = [{ CUDA_VISIBLE_DEVICES: '0' }, { CUDA_VISIBLE_DEVICES: '3' }];
    const pool = new EnginePool({
      ...bench.options({ slots: 1 }),
      devices,
      overflow: { busyFraction: 0.8, gpus },
    });
    bench.onClose(() => pool.close());
    await pool.start();
    const spills = async () => (await pool.run(await bench.itemOf({ do: 'succeed' }))).notes.includes(OVERFLOW_NOTE);

    expect(await spills()).toBe(false);
    expect(bench.journal().at(-1)?.device).toBe('3');
    expect(pool.overflow).toBe('not_needed_yet');

    busy[3] = 0.9;
    await poll(spills, { timeoutMs: PATIENCE_MS, what: 'the engine on the CPU' });
    expect(pool.overflow).toBe('started');
    const held = pool.run(await bench.itemOf({ do: 'wait', until: bench.path('go'), name: 'held' }));
    await poll(() => bench.journal().some(({ name }) => name === 'held'), { timeoutMs: PATIENCE_MS });
    expect(await spills()).toBe(false);
    await bench.release('go');
    expect((await held).notes).toEqual([OVERFLOW_NOTE]);

    busy[0] = null;
    expect(await spills()).toBe(false);
  });
});
