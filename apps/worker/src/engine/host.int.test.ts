import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AppError, pipelineSchema, resolvePipeline } from '@packshot/contracts';
import { createLogger } from '@packshot/service';
import { poll } from '@packshot/testing';
import { PATIENCE_MS, SCRIPTED_RUNNER, type Script, scripted } from '../testing/workbench';
import { EngineHost, type EngineHostOptions, type EngineItem } from './host';
import { EnginePool } from './pool';

jest.setTimeout(3 * PATIENCE_MS);

let folder: string;
const closers: (() => Promise<void>)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packshot-host-'));
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  await rm(folder, { recursive: true });
});

const limits = { maxFileBytes: 1e6, maxInputPixels: 1e6, maxInputSide: 1e3, maxOutputPixels: 1e6 };

function hostOptions(options: Partial<EngineHostOptions> = {}): EngineHostOptions {
  const logger = createLogger({ name: 'test', level: 'error', format: 'text' });
  logger.silent = true;
  return {
    engine: {
      load: { modelsDir: folder, storeDir: folder, providers: ['cpu'], threads: 1, limits },
      env: {},
      runnerModule: SCRIPTED_RUNNER,
    },
    slots: 2,
    rssLimitBytes: 2 ** 30,
    logger,
    onHopeless: (error) => {
      throw error;
    },
    ...options,
  };
}

async function startHost(options: Partial<EngineHostOptions> = {}): Promise<EngineHost> {
  const host = new EngineHost(hostOptions(options));
  closers.push(() => host.close());
  await host.start();
  return host;
}

let items = 0;
async function itemOf(script: Script, options: Partial<EngineItem> = {}): Promise<EngineItem> {
  const id = `item-${++items}`;
  const inputPath = join(folder, id);
  await writeFile(inputPath, scripted(script));
  return {
    id,
    inputPath,
    outputDir: folder,
    owner: 'test',
    pipeline: resolvePipeline(pipelineSchema.parse({})),
    timeoutMs: PATIENCE_MS,
    progressTimeoutMs: PATIENCE_MS,
    alone: false,
    watermark: false,
    signal: new AbortController().signal,
    onProgress: () => {},
    ...options,
  };
}

const outcome = (run: Promise<unknown>) =>
  run.then(
    () => 'done',
    (error: AppError) => error.code,
  );

describe('an engine host', () => {
  test('starts no engine in vain: the reason is what the first start rejects with', async () => {
    await writeFile(join(folder, 'broken'), '');
    await expect(startHost()).rejects.toMatchObject({ code: 'model_mismatch' });
  });

  test('gives up, and says so, when an engine that did run does not start any more', async () => {
    let hopeless: AppError | undefined;
    const host = await startHost({
      onHopeless: (error) => {
        hopeless = error;
      },
    });
    await writeFile(join(folder, 'broken'), '');
    process.kill(host.facts().pid ?? 0, 'SIGKILL');
    const error = await poll(() => hopeless, { timeoutMs: PATIENCE_MS, what: 'the end of hope' });
    expect(error.code).toBe('model_mismatch');
  });

  test('lets items wait in line while the engine is started again', async () => {
    const host = await startHost();
    const before = host.facts().pid ?? 0;
    process.kill(before, 'SIGKILL');
    await poll(() => host.facts().pid !== before, { timeoutMs: PATIENCE_MS, what: 'the death to be noticed' });
    expect(await outcome(host.run(await itemOf({ do: 'succeed' })))).toBe('done');
    expect(host.facts().restarts).toBe(1);
  });

  test('lets an item that is to be alone wait for the others, and the others for it', async () => {
    const host = await startHost({ slots: 3 });
    const journal = join(folder, 'journal');
    const run = async (name: string, alone: boolean) =>
      host.run(await itemOf({ do: 'wait', ms: 50, name, journal }, { alone }));
    await Promise.all([run('a', false), run('b', true), run('c', false)]);
    const lines = (await readFile(journal, 'utf8')).split('\n').slice(0, -1);
    const events = lines.map((line) => JSON.parse(line) as { name: string; event: string });
    const entered = events.findIndex(({ name }) => name === 'b');
    expect(events[entered + 1]?.name).toBe('b');
    const before = events.slice(0, entered).map(({ event }) => event);
    expect(before.filter((event) => event === 'start').length).toBe(before.filter((event) => event === 'end').length);
  });

  test('lets in as many at a time as there are places', async () => {
    const host = await startHost({ slots: 2 });
    const inside = new Set<string>();
    const run = async (name: string) => {
      const onProgress = () => inside.add(name);
      return host.run(await itemOf({ do: 'wait', until: join(folder, 'go') }, { onProgress }));
    };
    const runs = [run('a'), run('b'), run('c')];
    await poll(() => inside.size === 2 && host.load === 3, { timeoutMs: PATIENCE_MS, what: 'two inside, one in line' });
    await writeFile(join(folder, 'go'), '');
    await Promise.all(runs);
    expect(inside.size).toBe(3);
  });

  test('forgets an item that is aborted in line, and stops one that is aborted inside', async () => {
    const host = await startHost({ slots: 1 });
    const inside = new AbortController();
    const inLine = new AbortController();
    const never = { do: 'wait', until: join(folder, 'never') } as const;
    const first = outcome(host.run(await itemOf(never, { signal: inside.signal })));
    const second = outcome(host.run(await itemOf(never, { signal: inLine.signal })));
    inLine.abort();
    expect(await second).toBe('canceled');
    inside.abort();
    expect(await first).toBe('canceled');
    expect(await outcome(host.run(await itemOf({ do: 'succeed' })))).toBe('done');
  });

  test('takes nothing when it is closed, and tells those inside and in line', async () => {
    const host = await startHost({ slots: 1 });
    const runs = [await itemOf({ do: 'hang' }), await itemOf({ do: 'hang' })].map((item) => outcome(host.run(item)));
    await host.close();
    expect(await Promise.all(runs)).toEqual(['engine_restarted', 'engine_restarted']);
    expect(await outcome(host.run(await itemOf({ do: 'succeed' })))).toBe('engine_restarted');
    expect(host.facts().rssBytes).toBeNull();
  });
});

describe('an engine pool', () => {
  test('has one engine a device, and gives an item to the one with the least to do', async () => {
    const devices = [{ CUDA_VISIBLE_DEVICES: '0' }, { CUDA_VISIBLE_DEVICES: '3' }];
    const pool = new EnginePool(hostOptions({ slots: 1 }), devices);
    closers.push(() => pool.close());
    await pool.start();
    const never = { do: 'wait', until: join(folder, 'go') } as const;
    const stages: string[] = [];
    const wait = async (device: string) =>
      pool.run(await itemOf(never, { onProgress: ({ stage }) => stages.push(`${device} ${stage}`) }));
    const runs = [wait('first'), wait('second')];
    const both = () => ['first', 'second'].every((name) => stages.includes(`${name} background`));
    await poll(both, { timeoutMs: PATIENCE_MS, what: 'both items at work in engines of one place each' });
    await writeFile(join(folder, 'go'), '');
    await Promise.all(runs);
    expect(pool.facts().restarts).toBe(0);
  });
});
