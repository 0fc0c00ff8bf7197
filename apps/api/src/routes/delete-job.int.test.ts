import { getDelivery, transitionMany } from '@packshot/jobs';
import { accepted, postForm, problem } from '../fixtures/client';
import { png } from '../fixtures/images';
import { apiForFile } from '../fixtures/start-api';

const api = apiForFile();

const submit = async (...fields: [string, string][]) => accepted(await postForm(api.url, ['a', png(1, 1)], ...fields));
const cancel = (job: { links: { cancel: string } }) => fetch(job.links.cancel, { method: 'POST' });
const remove = (job: { links: { self: string } }) => fetch(job.links.self, { method: 'DELETE' });

describe('204', () => {
  test('means that nothing of the job is left, neither records nor files', async () => {
    const job = await submit();
    const { storage, jobs } = api.deps;
    const [item] = await jobs.store.listItems(job.id, 0, 1);
    expect(await storage.head(`jobs/${job.id}/${item?.id}/original`)).not.toBeNull();
    await cancel(job);
    expect((await remove(job)).status).toBe(204);
    expect((await fetch(job.links.self)).status).toBe(404);
    expect(await storage.head(`jobs/${job.id}/${item?.id}/original`)).toBeNull();
    expect(await jobs.store.redis.keys(`*${job.id}*`)).toEqual([]);
  });

  test('loses no webhook of a job that is deleted the moment it ends', async () => {
    const { jobs } = api.deps;
    const job = await submit(['webhook_url', 'https://example.com/']);
    const { store } = jobs;
    // As a worker that dies right after it has ended the job.
    await store.requestCancel(await store.require(job.id, null));
    const items = await store.itemIds(job.id, 0, 1);
    await transitionMany(store, job.id, items, 'cancel');
    expect((await remove(job)).status).toBe(204);
    const messages = await jobs.queues.webhooks.getJobs(['waiting']);
    const told = await Promise.all(messages.map(({ data }) => getDelivery(store, data.deliveryId)));
    const bodies = told.map((delivery) => JSON.parse(delivery?.body ?? '{}'));
    expect(bodies).toContainEqual(expect.objectContaining({ type: 'job.canceled' }));
    expect(bodies.map(({ data }) => data.id)).toContain(job.id);
  });
});

describe('404', () => {
  test('answers for a job that is gone already', async () => {
    const job = await submit();
    await cancel(job);
    await remove(job);
    const response = await remove(job);
    expect(response.status).toBe(404);
    expect((await problem(response)).code).toBe('not_found');
  });
});

describe('409', () => {
  test('answers while the job has not ended, and leaves it alone', async () => {
    const job = await submit();
    const response = await remove(job);
    expect(response.status).toBe(409);
    expect((await problem(response)).code).toBe('conflict');
    expect(await (await fetch(job.links.self)).json()).toMatchObject({ status: 'queued' });
  });
});
