import { accepted, itemsOf, postForm, problem } from '../fixtures/client';
import { finishItem } from '../fixtures/finish-item';
import { png } from '../fixtures/images';
import { apiForFile } from '../fixtures/start-api';

const api = apiForFile();

describe('200', () => {
  test('shows what the 202 showed, and asks to come back while the job goes on', async () => {
    const job = await accepted(await postForm(api.url, ['f', png(1, 1)]));
    const response = await fetch(job.links.self);
    expect(response.status).toBe(200);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await response.json()).toEqual(job);
  });

  test('no longer asks to come back when the job has ended', async () => {
    const job = await accepted(await postForm(api.url, ['f', png(1, 1)]));
    const [item] = await itemsOf(job);
    await finishItem(api.deps, job.id, { id: item?.id ?? '' }, { result: png(2, 2) });
    const response = await fetch(job.links.self);
    expect(response.headers.get('retry-after')).toBeNull();
    expect(await response.json()).toMatchObject({ status: 'succeeded', progress: 1, counts: { succeeded: 1 } });
  });

  test('answers HEAD with the same head and no body', async () => {
    const job = await accepted(await postForm(api.url, ['f', png(1, 1)]));
    const response = await fetch(job.links.self, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });
});

describe('304', () => {
  test('answers a client that has the present state', async () => {
    const job = await accepted(await postForm(api.url, ['f', png(1, 1)]));
    const etag = (await fetch(job.links.self)).headers.get('etag') ?? '';
    // fetch adds `Cache-Control: no-cache` of its own accord, which asks for the whole answer.
    const headers = { 'if-none-match': etag, 'cache-control': 'max-age=0' };
    expect((await fetch(job.links.self, { headers })).status).toBe(304);
    await fetch(job.links.cancel, { method: 'POST' });
    expect((await fetch(job.links.self, { headers })).status).toBe(200);
  });
});

describe('404', () => {
  test.each([
    'job_01890000-0000-7000-8000-000000000000',
    'job_1',
    '..%2f..%2fetc%2fpasswd',
    '%00',
    '__proto__',
    'JOB_01890000-0000-7000-8000-000000000000',
    'x'.repeat(5000),
  ])('answers %s', async (id) => {
    for (const path of [id, `${id}/items`, `${id}/items/${id}`, `${id}/items/${id}/result`, `${id}/items/${id}/mask`]) {
      const response = await fetch(`${api.url}/jobs/${path}`);
      expect(response.status).toBe(404);
      expect((await problem(response)).code).toBe('not_found');
    }
  });
});
