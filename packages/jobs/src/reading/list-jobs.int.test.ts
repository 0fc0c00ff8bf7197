import { customIdMember } from '../create-job';
import { jobsForEachTest, makeJob } from '../fixtures/make-job';
import { transition } from '../transition';
import { type JobQuery, listJobs } from './list-jobs';

const held = jobsForEachTest();
const T0 = Date.UTC(2026, 0, 1);

/** Every page, as ids. */
async function pages(query: Partial<JobQuery>, between: () => Promise<unknown> = async () => {}): Promise<string[][]> {
  const all: string[][] = [];
  let cursor: string | undefined;
  do {
    const page = await listJobs(held.jobs.store, { tenant: 'shop', limit: 100, ...query, cursor });
    all.push(page.jobs.map(({ id }) => id));
    cursor = page.next ?? undefined;
    await between();
  } while (cursor !== undefined);
  return all;
}

const made = async (count: number, at: (i: number) => number, more: Parameters<typeof makeJob>[1] = {}) => {
  const ids: string[] = [];
  for (let i = 0; i < count; i += 1) ids.push((await makeJob(held.jobs, { at: at(i), ...more })).id);
  return ids;
};

test('gives each job once, the newest first, in pages of the length asked for', async () => {
  const ids = await made(7, (i) => T0 + i);
  const got = await pages({ limit: 3 });
  expect(got.map((page) => page.length)).toEqual([3, 3, 1]);
  expect(got.flat()).toEqual(ids.reverse());
});

test('has no next page when the last one is just full', async () => {
  await made(4, (i) => T0 + i);
  expect((await pages({ limit: 2 })).map((page) => page.length)).toEqual([2, 2]);
});

test('neither repeats nor skips a job while jobs are added and removed', async () => {
  const ids = await made(9, (i) => T0 + i);
  let later = T0 + 1000;
  const { redis, keys } = held.jobs.store;
  const between = async () => {
    later += 1;
    const { id } = await makeJob(held.jobs, { at: later });
    // A job that was on a page already goes away.
    if (later === T0 + 1002) await redis.zrem(keys.jobsOf('shop'), ids[8] ?? '');
    return id;
  };
  expect((await pages({ limit: 2 }, between)).flat()).toEqual(ids.reverse());
});

test('tells jobs of the same millisecond apart, however many they are', async () => {
  const ids = await made(450, () => T0);
  const got = (await pages({ limit: 100 })).flat();
  expect(got).toEqual([...ids].sort().reverse());
});

test('keeps to the times of creation: after is inclusive, before is not', async () => {
  const ids = await made(5, (i) => T0 + i * 1000);
  const window = { createdAfter: T0 + 1000, createdBefore: T0 + 3000 };
  expect((await pages(window)).flat()).toEqual([ids[2], ids[1]]);
  expect((await pages({ ...window, limit: 1 })).flat()).toEqual([ids[2], ids[1]]);
});

test('keeps to a status, also when the index is a moment behind the record', async () => {
  const jobs = [await makeJob(held.jobs, { at: T0 }), await makeJob(held.jobs, { at: T0 + 1 })];
  const [first, second] = jobs.map(({ id }) => id);
  const [item] = await held.jobs.store.listItems(first ?? '', 0, 1);
  await transition(held.jobs.store, { id: item?.id ?? '', jobId: first ?? '' }, 'start');
  expect((await pages({ status: 'processing' })).flat()).toEqual([first]);
  expect((await pages({ status: 'queued' })).flat()).toEqual([second]);
  await held.jobs.store.redis.zadd(held.jobs.store.keys.jobsWithStatus('shop', 'queued'), T0, first ?? '');
  expect((await pages({ status: 'queued' })).flat()).toEqual([second]);
});

test('finds the jobs of a custom id, and of no other one that begins alike', async () => {
  const ids = await made(3, (i) => T0 + i, { customIds: ['sku-1', 'sku-1', 'other'] });
  await made(1, () => T0, { customIds: ['sku-10'] });
  await made(1, () => T0, { customIds: ['sku-'] });
  await made(1, () => T0, { customIds: [`sku-1\0${ids[0]}`, 'sku-1\0job_'] });
  expect((await pages({ customId: 'sku-1' })).flat()).toEqual([...ids].reverse());
  expect((await pages({ customId: 'sku-1', limit: 1 })).flat()).toEqual([...ids].reverse());
  expect((await pages({ customId: 'sku' })).flat()).toEqual([]);
});

test('applies all filters together', async () => {
  const ids = await made(6, (i) => T0 + i * 1000, { customIds: ['a'] });
  for (const id of ids.slice(0, 4)) {
    const [item] = await held.jobs.store.listItems(id, 0, 1);
    await transition(held.jobs.store, { id: item?.id ?? '', jobId: id }, 'start');
  }
  await made(1, () => T0 + 2500, { customIds: ['b'] });
  const query = { customId: 'a', status: 'processing', createdAfter: T0 + 1000, createdBefore: T0 + 5000 } as const;
  expect((await pages(query)).flat()).toEqual([ids[3], ids[2], ids[1]]);
});

test('sees one tenant alone', async () => {
  await made(1, () => T0, { tenant: 'other', customIds: ['a'] });
  expect((await pages({})).flat()).toEqual([]);
  expect((await pages({ customId: 'a' })).flat()).toEqual([]);
});

test('reads two thousand records for a page at most, and goes on in the next', async () => {
  const { redis, keys } = held.jobs.store;
  const wanted = await makeJob(held.jobs, { at: T0, customIds: ['a'] });
  const decoy = (i: number) => `job_01890000-0000-7000-8000-${i.toString(16).padStart(12, '0')}`;
  const members = Array.from({ length: 2500 }, (_, i) => ['0', customIdMember('a', decoy(i))]).flat();
  await redis.zadd(keys.customIds('shop'), ...members);
  const all = await pages({ customId: 'a', status: 'queued' });
  expect(all.flat()).toEqual([wanted.id]);
  expect(all).toHaveLength(2);
});

test.each(['', 'x', 'MS5qb2JfMQ', Buffer.from('1.job_x').toString('base64url')])(
  'refuses the cursor %j',
  async (cursor) => {
    const listing = listJobs(held.jobs.store, { tenant: 'shop', limit: 1, cursor });
    await expect(listing).rejects.toMatchObject({ code: 'invalid_request', errors: [{ pointer: '/cursor' }] });
  },
);
