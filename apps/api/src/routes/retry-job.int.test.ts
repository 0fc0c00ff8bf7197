import { accepted, itemsOf, postForm, problem } from '../fixtures/client';
import { finishItem } from '../fixtures/finish-item';
import { png } from '../fixtures/images';
import { apiForFile } from '../fixtures/start-api';

const api = apiForFile();

describe('200', () => {
  test('queues what did not succeed again, as the next run, with messages for all of it', async () => {
    const job = await accepted(await postForm(api.url, ['a', png(1, 1)], ['b', png(2, 2)]));
    await fetch(job.links.cancel, { method: 'POST' });
    await api.deps.jobs.queues.items.drain();
    const response = await fetch(job.links.retry, { method: 'POST' });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: 'queued', run: 2, progress: 0, counts: { queued: 2 } });
    expect((await itemsOf(job)).map(({ status, error }) => ({ status, error }))).toEqual([
      { status: 'queued', error: null },
      { status: 'queued', error: null },
    ]);
    expect(await api.deps.jobs.queues.items.getWaitingCount()).toBe(2);
  });
});

describe('404', () => {
  test('answers for a job that was deleted', async () => {
    const job = await accepted(await postForm(api.url, ['a', png(1, 1)]));
    await fetch(job.links.cancel, { method: 'POST' });
    await fetch(job.links.self, { method: 'DELETE' });
    const response = await fetch(job.links.retry, { method: 'POST' });
    expect(response.status).toBe(404);
    expect((await problem(response)).code).toBe('not_found');
  });
});

describe('409', () => {
  test('answers while the job has not ended, and when all of it succeeded', async () => {
    const job = await accepted(await postForm(api.url, ['a', png(1, 1)]));
    const open = await fetch(job.links.retry, { method: 'POST' });
    for (const item of await itemsOf(job)) await finishItem(api.deps, job.id, item, { result: png(2, 2) });
    const done = await fetch(job.links.retry, { method: 'POST' });
    expect([open.status, done.status]).toEqual([409, 409]);
    expect([(await problem(open)).code, (await problem(done)).code]).toEqual(['conflict', 'conflict']);
  });
});
