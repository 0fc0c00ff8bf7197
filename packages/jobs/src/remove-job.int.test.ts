import { newId } from '@packshot/contracts';
import { jobsForEachTest, makeJob } from './fixtures/make-job';
import type { ItemRecord, JobRecord } from './records';
import { type JobObjects, removeJob } from './remove-job';
import { transition } from './transition';

const held = jobsForEachTest();
const links = { urlOf: async () => ({ url: '', expires_at: '' }) };

/** Notes what is deleted in the object store. */
function objects(deleted: string[] = []): JobObjects {
  return { deleteJob: async (id) => void deleted.push(id), delete: async (keys) => void deleted.push(...keys) };
}

async function failed(): Promise<{ job: JobRecord; item: ItemRecord }> {
  const { jobs } = held;
  const job = await makeJob(jobs);
  const [item] = await jobs.store.listItems(job.id, 0, 1);
  if (!item) throw new Error('the job has no item');
  await transition(jobs.store, item, 'fail');
  return { job: await jobs.store.require(job.id, null), item };
}

describe('removing a job', () => {
  it('leaves it alone, with all it has, when a client retried it meanwhile', async () => {
    const { jobs } = held;
    const { job, item } = await failed();
    await jobs.retry(job, links);
    const deleted: string[] = [];
    expect(await removeJob(jobs.store, job.id, objects(deleted))).toBe(false);
    expect(deleted).toEqual([]);
    expect(await jobs.store.require(job.id, 'shop')).toMatchObject({ status: 'queued', run: 2 });
    expect(await jobs.store.getItem(item.id)).toMatchObject({ status: 'queued' });
  });

  it('leaves it alone when it was kept for longer meanwhile', async () => {
    const { jobs } = held;
    const { job, item } = await failed();
    await jobs.retry(job, links);
    await transition(jobs.store, item, 'fail');
    expect(await removeJob(jobs.store, job.id, objects(), { dueAt: Date.now() })).toBe(false);
    const due = Date.now() + jobs.store.retentionMs + 1000;
    expect(await removeJob(jobs.store, job.id, objects(), { dueAt: due })).toBe(true);
    expect(await jobs.store.get(job.id)).toBeNull();
  });

  it('goes on where it was cut off, and leaves nothing that could be retried', async () => {
    const { jobs } = held;
    const { job } = await failed();
    const broken = { ...objects(), deleteJob: () => Promise.reject(new Error('the store is away')) };
    await expect(removeJob(jobs.store, job.id, broken)).rejects.toThrow('the store is away');
    await expect(jobs.store.retry(job.id)).rejects.toMatchObject({ code: 'not_found' });
    expect(await jobs.store.expired()).toEqual([job.id]);
    const deleted: string[] = [];
    expect(await removeJob(jobs.store, job.id, objects(deleted), { dueAt: Date.now() })).toBe(true);
    expect(deleted).toEqual([job.id]);
    expect(await jobs.store.redis.keys(`*${job.id}*`)).toEqual([]);
    expect(await jobs.store.expired(Date.now() + 1e12)).toEqual([]);
  });

  it('does nothing twice', async () => {
    const { jobs } = held;
    expect(await removeJob(jobs.store, newId('job'), objects())).toBe(true);
    expect(await jobs.store.expired(Date.now() + 1e12)).toEqual([]);
  });
});
