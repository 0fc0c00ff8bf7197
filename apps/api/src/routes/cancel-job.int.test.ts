import { getDelivery, transition } from '@packshot/jobs';
import { accepted, itemsOf, postForm, problem } from '../fixtures/client';
import { png } from '../fixtures/images';
import { apiForFile } from '../fixtures/start-api';

const api = apiForFile();

describe('200', () => {
  test('cancels every item that waits, and the job has ended', async () => {
    const job = await accepted(
      await postForm(api.url, ['a', png(1, 1)], ['b', png(2, 2)], ['webhook_url', 'https://example.com/']),
    );
    const response = await fetch(job.links.cancel, { method: 'POST' });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      status: 'canceled',
      progress: 1,
      counts: { canceled: 2, queued: 0 },
    });
    expect((await itemsOf(job)).map((item) => item.status)).toEqual(['canceled', 'canceled']);
    const [webhook] = await api.deps.jobs.queues.webhooks.getJobs(['waiting']);
    const delivery = await getDelivery(api.deps.jobs.store, webhook?.data.deliveryId ?? '');
    expect(JSON.parse(delivery?.body ?? '{}')).toMatchObject({ type: 'job.canceled', data: { id: job.id } });
  });

  test('tells what is being processed to stop', async () => {
    const job = await accepted(await postForm(api.url, ['a', png(1, 1)]));
    const { store } = api.deps.jobs;
    const [item] = await store.listItems(job.id, 0, 1);
    if (!item) throw new Error('the job has no item');
    await transition(store, item, 'start');
    const response = await fetch(job.links.cancel, { method: 'POST' });
    expect(await response.json()).toMatchObject({ status: 'processing', counts: { processing: 1 } });
    expect(await store.progress({ ...item, attempts: 1 }, 0.5, 'denoise')).toBe(false);
  });
});

describe('404', () => {
  test('answers for a job that does not exist', async () => {
    const response = await fetch(`${api.url}/jobs/job_01890000-0000-7000-8000-000000000000/cancel`, { method: 'POST' });
    expect(response.status).toBe(404);
    expect((await problem(response)).code).toBe('not_found');
  });
});

describe('409', () => {
  test('answers when the job has ended', async () => {
    const job = await accepted(await postForm(api.url, ['a', png(1, 1)]));
    await fetch(job.links.cancel, { method: 'POST' });
    const response = await fetch(job.links.cancel, { method: 'POST' });
    expect(response.status).toBe(409);
    expect((await problem(response)).code).toBe('conflict');
  });
});
