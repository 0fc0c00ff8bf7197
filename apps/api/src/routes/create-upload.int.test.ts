import { createHash, randomUUID } from 'node:crypto';
import { IdempotencyKey, overdueUploads } from '@packshot/jobs';
import { problem } from '../fixtures/client';
import { apiForEachTest } from '../fixtures/start-api';

const api = apiForEachTest();

const PNG = { content_type: 'image/png', bytes: 1000, name: 'shoe.png' };

const announce = (key: string, body: unknown = PNG) =>
  fetch(`${api.url}/uploads`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
  });

/** Every upload there is runs out some day. */
const uploads = () => overdueUploads(api.deps.jobs.store, Date.now() + 1e9, { count: 100 });

/** What another request with the same key would hold. */
function claim(name: string): IdempotencyKey {
  const digest = createHash('sha256').update(`createUpload\0${name}`).digest('hex');
  return new IdempotencyKey(api.deps.jobs.store, { tenant: 'default', digest, token: randomUUID() });
}

describe('POST /uploads with an Idempotency-Key', () => {
  test.each([
    ['one image', PNG, 1],
    ['an image in parts', { ...PNG, method: 'multipart', bytes: 20_000_000 }, 1],
    ['many', { uploads: [PNG, PNG, PNG] }, 3],
  ])('announces %s once, and answers the same when it is sent again', async (_what, body, count) => {
    const first = await announce('k', body);
    const again = await announce('"k"', body);
    expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([201, null]);
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect(await again.text()).toBe(await first.text());
    expect(await uploads()).toHaveLength(count);
  });

  test('gives addresses that work when it is sent again', async () => {
    await announce('k');
    const { url, headers } = (await (await announce('k')).json()) as { url: string; headers: Record<string, string> };
    expect((await fetch(url, { method: 'PUT', body: new Uint8Array(PNG.bytes), headers })).status).toBe(200);
  });

  test('is refused with another body, and announces nothing', async () => {
    await announce('k');
    const response = await announce('k', { ...PNG, bytes: 1001 });
    expect([response.status, (await problem(response)).code]).toEqual([422, 'idempotency_key_reused']);
    expect(await uploads()).toHaveLength(1);
  });

  test('is told to come back while the first is being served', async () => {
    expect(await claim('k').hold()).toEqual({ state: 'held' });
    const response = await announce('k');
    expect([response.status, response.headers.get('retry-after')]).toEqual([409, '1']);
    expect((await problem(response)).code).toBe('idempotency_in_progress');
    expect(await uploads()).toEqual([]);
  });

  test('sent twenty times at once tells of one upload', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => announce('k')));
    const served = answers.filter(({ status }) => status === 201);
    expect(new Set(served.map(({ headers }) => headers.get('location'))).size).toBe(1);
    expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true);
    expect(await uploads()).toHaveLength(1);
  });

  test.each([
    ['was refused', { ...PNG, bytes: 0 }],
    ['asked for a form where there are none', { ...PNG, method: 'post' }],
  ])('is served with a key of a request that %s', async (_what, body) => {
    expect((await announce('k', body)).status).toBe(400);
    expect((await announce('k')).status).toBe(201);
  });

  test('is refused with a key that is none, and announces nothing', async () => {
    expect((await problem(await announce('""'))).code).toBe('invalid_request');
    expect(await uploads()).toEqual([]);
  });
});
