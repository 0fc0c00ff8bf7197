import { type Lane, pipelineSchema, resolvePipeline } from '@packshot/contracts';
import { startRedis, type TestRedis } from '@packshot/testing';
import { jobsConfig } from '../config';
import { newItem, newJob } from '../fixtures/make-job';
import { type Jobs, openJobs } from '../open-jobs';
import { transition } from '../transition';
import { UNKNOWN_MEGAPIXELS } from './script';

let redis: TestRedis;
let jobs: Jobs;

beforeAll(async () => {
  redis = await startRedis();
});
beforeEach(() => open());
afterEach(() => jobs.close());
afterAll(() => redis.stop());

const HEAD_START = 50;
const STREAK = 4;

function open(): void {
  const settings = {
    REDIS_URL: redis.url,
    REDIS_PREFIX: `test-${Math.random().toString(36).slice(2)}`,
    INTERACTIVE_HEAD_START_MEGAPIXELS: HEAD_START,
    INTERACTIVE_STREAK: STREAK,
  };
  jobs = openJobs(jobsConfig.parse(settings), { failFast: false, name: 'test' });
}

const pipeline = resolvePipeline(pipelineSchema.parse({}));
/** Items by id, as they were submitted. */
let waiting: Map<string, { tenant: string; lane: Lane; megapixels: number }>;
let served = 0;
beforeEach(() => {
  waiting = new Map();
});

async function submit(tenant: string, lane: Lane, sizes: readonly (number | null)[]): Promise<string[]> {
  const items = sizes.map((megapixels) =>
    newItem({ input: megapixels === null ? {} : { width: Math.round(megapixels * 1000), height: 1000 } }),
  );
  await jobs.store.create(newJob(items, { tenant, pipeline, priority: lane, baseUrl: '' }));
  items.forEach(({ id }, index) => {
    waiting.set(id, { tenant, lane, megapixels: sizes[index] ?? UNKNOWN_MEGAPIXELS });
  });
  return items.map(({ id }) => id);
}

/** The next item by fair shares, taken up and finished. */
async function serve(): Promise<{ id: string; tenant: string; lane: Lane; megapixels: number } | null> {
  const message = `message-${served++}`;
  const id = await jobs.backlog.claim(message);
  const item = id === null ? undefined : waiting.get(id);
  if (id === null || !item) return null;
  waiting.delete(id);
  jobs.backlog.release(message);
  return { id, ...item };
}

async function serveMany(count: number) {
  const served = [];
  for (let i = 0; i < count; i++) {
    const item = await serve();
    if (!item) break;
    served.push(item);
  }
  return served;
}

const repeat = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

describe('shares', () => {
  /** Goyal, Vin, Cheng, theorem 1: two backlogged flows differ by no more than one largest item of each, over its weight. */
  it.each([1, 2, 3, 4, 5, 6])(
    'stay within one item of each tenant, by megapixels over weight (random sizes %i)',
    async (seed) => {
      let state = seed * 7919;
      const random = () => {
        state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
        return state / 2 ** 31;
      };
      const weights = { a: 1, b: 1, c: 3, d: 0.5 };
      const largest = 24;
      for (const [tenant, weight] of Object.entries(weights)) {
        await jobs.backlog.setWeight(tenant, weight);
        await submit(
          tenant,
          'bulk',
          Array.from({ length: 150 }, () => 0.1 + random() * (largest - 0.1)),
        );
      }
      const had: Record<string, number> = { a: 0, b: 0, c: 0, d: 0 };
      // While all of them have work left: the heaviest weight runs out first.
      for (let i = 0; i < 200; i++) {
        const item = await serve();
        if (!item) throw new Error('the backlog ran dry');
        had[item.tenant] = (had[item.tenant] ?? 0) + item.megapixels;
        for (const [x, wx] of Object.entries(weights)) {
          for (const [y, wy] of Object.entries(weights)) {
            const apart = Math.abs((had[x] ?? 0) / wx - (had[y] ?? 0) / wy);
            expect(apart).toBeLessThanOrEqual(largest / wx + largest / wy + 0.1);
          }
        }
      }
    },
  );

  it('are equal in megapixels, not in images', async () => {
    await submit('small', 'bulk', repeat(100, 1));
    await submit('large', 'bulk', repeat(100, 10));
    const order = await serveMany(55);
    const of = (tenant: string) => order.filter((item) => item.tenant === tenant);
    expect(sum(of('small').map(({ megapixels }) => megapixels))).toBeCloseTo(50, -1);
    expect(of('large').length).toBe(5);
  });

  it('are not saved up in idleness, nor owed for it', async () => {
    await submit('busy', 'bulk', repeat(300, 1));
    await serveMany(100);
    await submit('late', 'bulk', repeat(100, 1));
    const order = (await serveMany(20)).map(({ tenant }) => tenant);
    expect(order.filter((tenant) => tenant === 'late').length).toBeGreaterThanOrEqual(9);
    expect(order.filter((tenant) => tenant === 'late').length).toBeLessThanOrEqual(11);
  });

  it('serve a single image of one tenant next, however much another has waiting', async () => {
    await submit('bulky', 'bulk', repeat(500, 12));
    await serveMany(20);
    const [id] = await submit('modest', 'bulk', [12]);
    const next = await serveMany(2);
    expect(next.map((item) => item.id)).toContain(id);
  });

  it('are corrected when the size of an image becomes known', async () => {
    const [unknown] = await submit('a', 'bulk', [null, ...repeat(50, 1)]);
    await submit('b', 'bulk', repeat(50, 1));
    const first = await serve();
    expect(first?.id).toBe(unknown);
    await jobs.backlog.settle('a', unknown ?? '', 20);
    const order = (await serveMany(20)).map(({ tenant }) => tenant);
    expect(order).toEqual(repeat(20, 'b'));
  });

  it('keep tenants apart whose names look like keys', async () => {
    await submit('a:b', 'bulk', repeat(5, 1));
    await submit('a', 'bulk', repeat(5, 1));
    await submit('%3A', 'bulk', repeat(5, 1));
    const order = await serveMany(15);
    expect(order.length).toBe(15);
    expect(await serve()).toBeNull();
  });
});

describe('lanes', () => {
  it('serve interactive items before the bulk of everybody', async () => {
    await submit('a', 'bulk', repeat(50, 1));
    await submit('b', 'bulk', repeat(50, 1));
    await serveMany(10);
    const ids = await submit('b', 'interactive', repeat(3, 1));
    expect((await serveMany(3)).map(({ id }) => id)).toEqual(ids);
  });

  it('end the head start of a tenant that has had so much more than its share', async () => {
    await submit('greedy', 'interactive', repeat(200, 1));
    await submit('modest', 'bulk', repeat(200, 1));
    const order = (await serveMany(150)).map(({ tenant }) => tenant);
    const first = order.indexOf('modest');
    expect(first).toBeGreaterThanOrEqual(HEAD_START);
    expect(first).toBeLessThanOrEqual(HEAD_START + 2);
    const after = order.slice(first);
    expect(after.filter((tenant) => tenant === 'modest').length).toBeGreaterThanOrEqual(Math.floor(after.length / 2));
  });

  it('let a bulk item through after a streak of interactive ones of the same tenant', async () => {
    await submit('a', 'bulk', repeat(10, 1));
    await submit('a', 'interactive', repeat(20, 1));
    const order = (await serveMany(15)).map(({ lane }) => lane);
    const streaks = order
      .join(' ')
      .split('bulk')
      .map((part) => part.trim().split(' ').filter(Boolean).length);
    expect(Math.max(...streaks)).toBe(STREAK);
    expect(order.filter((lane) => lane === 'bulk').length).toBe(3);
  });

  it('keep the order of submission within a lane', async () => {
    const ids = [...(await submit('a', 'bulk', repeat(5, 2))), ...(await submit('a', 'bulk', repeat(5, 1)))];
    expect((await serveMany(10)).map(({ id }) => id)).toEqual(ids);
  });
});

describe('a message', () => {
  it('carries the same item until it is done with it', async () => {
    await submit('a', 'bulk', repeat(3, 1));
    const first = await jobs.backlog.claim('m');
    expect(await jobs.backlog.claim('m')).toBe(first);
    jobs.backlog.release('m');
    expect(await jobs.backlog.claim('m')).not.toBe(first);
  });

  it('gets nothing when nothing waits, and what was canceled is passed over', async () => {
    const ids = await submit('a', 'bulk', repeat(1200, 1));
    const [item] = await jobs.store.getItems(ids.slice(0, 1));
    if (!item) throw new Error('no item');
    await transition(jobs.store, item, 'start');
    await jobs.cancel(await jobs.store.require(item.jobId, null), { urlOf: async () => ({ url: '', expires_at: '' }) });
    expect(await jobs.backlog.claim('m')).toBeNull();
    expect(await jobs.backlog.depth()).toEqual({
      interactive: { items: 0, oldest: null },
      bulk: { items: 0, oldest: null },
    });
  });

  it('never carries an item that another one carries, however many ask at once', async () => {
    const ids = await submit('a', 'bulk', repeat(200, 1));
    const claimed = await Promise.all(ids.map((_, index) => jobs.backlog.claim(`m${index}`)));
    expect(new Set(claimed).size).toBe(200);
    expect([...claimed].sort()).toEqual([...ids].sort());
  });

  it('is added where the backlog has more items than there are messages', async () => {
    await submit('a', 'bulk', repeat(7, 1));
    expect(await jobs.queues.topUp()).toBe(7);
    expect(await jobs.queues.items.getWaitingCount()).toBe(7);
    expect(await jobs.queues.topUp()).toBe(0);
  });
});
