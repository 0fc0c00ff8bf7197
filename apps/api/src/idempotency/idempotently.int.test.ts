import { createHash, randomUUID } from 'node:crypto';
import { IdempotencyKey } from '@packshot/jobs';
import { eventually, poll } from '@packshot/testing';
import { problem } from '../fixtures/client';
import { png } from '../fixtures/images';
import { beginUpload } from '../fixtures/raw-upload';
import { apiForEachTest } from '../fixtures/start-api';

const api = apiForEachTest({ MAX_FILE_BYTES: '200000' });

const INPUT = png(4, 3, 100_000);
const JSON_BODY = JSON.stringify({ items: [{ url: 'https://example.com/a.png' }], metadata: { order: '7' } });

const postJson = (key: string, body = JSON_BODY) =>
  fetch(`${api.url}/jobs`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
  });

function postFiles(key: string, files: readonly [name: string, bytes: Buffer][], fields: Record<string, string> = {}) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  for (const [name, bytes] of files) form.append('files', new Blob([new Uint8Array(bytes)]), name);
  return fetch(`${api.url}/jobs`, { method: 'POST', body: form, headers: { 'idempotency-key': key } });
}

async function jobIds(): Promise<string[]> {
  const { redis, keys } = api.deps.jobs.store;
  return redis.zrange(keys.jobsOf('default'), '0', '-1');
}

const idempotencyKeys = () => {
  const { redis, keys } = api.deps.jobs.store;
  return redis.keys(`${keys.bullPrefix}:idempotency:*`);
};

/** The record of a key, as another request would find it. */
function record(name: string, { tenant = 'default', operationId = 'createJob' } = {}): IdempotencyKey {
  const digest = createHash('sha256').update(`${operationId}\0${name}`).digest('hex');
  return new IdempotencyKey(api.deps.jobs.store, { tenant, digest, token: randomUUID() });
}

describe('the same key with the same request', () => {
  test('is answered as the first time, with status, body and address, and makes no second job', async () => {
    const first = await postJson('"order-7"');
    const again = await postJson('"order-7"');
    expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([202, null]);
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([202, 'true']);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect(again.headers.get('content-type')).toBe(first.headers.get('content-type'));
    expect(await again.text()).toBe(await first.text());
    expect(await jobIds()).toHaveLength(1);
  });

  test('is the same quoted or bare', async () => {
    const ids = [await postJson('"k"'), await postJson('k')].map(({ headers }) => headers.get('location'));
    expect(ids[0]).toBe(ids[1]);
  });

  test('of a form is recognised whatever its boundary, and its files are not stored again', async () => {
    const send = () =>
      postFiles(
        'form',
        [
          ['a.png', INPUT],
          ['b.txt', Buffer.from('no image')],
          ['c.png', png(1, 1, 300_000)],
        ],
        { preset: 'cutout' },
      );
    const first = await send();
    expect(first.status).toBe(202);
    const objects = await api.objects();
    expect(objects).toHaveLength(1);
    const again = await send();
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([202, 'true']);
    expect(await again.text()).toBe(await first.text());
    expect(await api.objects()).toEqual(objects);
    expect(api.deps.inFlight.bytes).toBe(0);
  });

  test('is answered as it was then, however the job is now', async () => {
    const first = await (await postJson('k')).text();
    await fetch(`${api.url}/jobs/${(await jobIds())[0]}/cancel`, { method: 'POST' });
    expect(await (await postJson('k')).text()).toBe(first);
  });

  test('is remembered for as long as the settings say', async () => {
    await postJson('k');
    const [key = ''] = await idempotencyKeys();
    const ttl = await api.deps.jobs.store.redis.pttl(key);
    expect(ttl).toBeGreaterThan(23.9 * 3_600_000);
    expect(ttl).toBeLessThanOrEqual(24 * 3_600_000);
  });

  test('sent twenty times at once makes exactly one job', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => postFiles('k', [['a.png', INPUT]])));
    const statuses = answers.map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set(statuses.includes(409) ? [202, 409] : [202]));
    const locations = answers.flatMap(({ headers }) => headers.get('location') ?? []);
    expect(new Set(locations).size).toBe(1);
    expect(await jobIds()).toHaveLength(1);
    expect(await api.objects()).toHaveLength(1);
  });
});

describe('the same key with another request', () => {
  test.each<[what: string, send: () => Promise<Response>]>([
    ['another file', () => postFiles('k', [['a.png', png(4, 3, 99_999)]])],
    ['another file name', () => postFiles('k', [['b.png', INPUT]])],
    [
      'a file more',
      () =>
        postFiles('k', [
          ['a.png', INPUT],
          ['a.png', INPUT],
        ]),
    ],
    ['another field', () => postFiles('k', [['a.png', INPUT]], { strict: 'true' })],
    ['JSON instead', () => postJson('k')],
  ])('is refused: %s', async (_what, send) => {
    expect((await postFiles('k', [['a.png', INPUT]])).status).toBe(202);
    const objects = await api.objects();
    const response = await send();
    expect([response.status, (await problem(response)).code]).toEqual([422, 'idempotency_key_reused']);
    expect(await jobIds()).toHaveLength(1);
    expect(await api.objects()).toEqual(objects);
  });
});

describe('while the first request is being served', () => {
  test('the second is told to come back, and is answered as the first when that has ended', async () => {
    const upload = await beginUpload(api.url, { bytes: INPUT.length, headers: { 'Idempotency-Key': 'k' } });
    await poll(async () => (await idempotencyKeys()).length === 1, { what: 'the claim' });
    const second = await postFiles('k', [['a.png', INPUT]]);
    expect([second.status, second.headers.get('retry-after')]).toEqual([409, '1']);
    expect((await problem(second)).code).toBe('idempotency_in_progress');
    upload.write(INPUT);
    upload.finish();
    const location = /Location: (\S+)/i.exec(await upload.answer)?.[1];
    const form = `--x\r\nContent-Disposition: form-data; name="f"; filename="a.png"\r\n\r\n`;
    const third = await fetch(`${api.url}/jobs`, {
      method: 'POST',
      body: Buffer.concat([Buffer.from(form), INPUT, Buffer.from('\r\n--x--\r\n')]),
      headers: { 'content-type': 'multipart/form-data; boundary=x', 'idempotency-key': 'k' },
    });
    expect([third.status, third.headers.get('location')]).toEqual([202, location]);
  });

  test('the claim of a process that died runs out by itself', async () => {
    expect(await record('k').hold()).toEqual({ state: 'held' });
    expect((await postJson('k')).status).toBe(409);
    const [key = ''] = await idempotencyKeys();
    const ttl = await api.deps.jobs.store.redis.pttl(key);
    expect(ttl).toBeGreaterThan(0);
    expect(ttl).toBeLessThanOrEqual(30_000);
  });

  test('a request that lost its key to another makes no job', async () => {
    const upload = await beginUpload(api.url, { bytes: INPUT.length, headers: { 'Idempotency-Key': 'k' } });
    const [key = ''] = await poll(async () => {
      const keys = await idempotencyKeys();
      return keys.length > 0 && keys;
    });
    await api.deps.jobs.store.redis.del(key);
    expect(await record('k').hold()).toEqual({ state: 'held' });
    upload.write(INPUT);
    upload.finish();
    expect(await upload.answer).toMatch(/^HTTP\/1\.1 409 [\s\S]*"code":"idempotency_in_progress"/);
    expect(await jobIds()).toEqual([]);
    expect(await api.objects()).toEqual([]);
    expect((await record('k').hold()).state).toBe('in_progress');
  });
});

describe('a key is free again', () => {
  test.each<[what: string, send: () => Promise<Response>, status: number]>([
    ['was refused', () => postJson('k', '{"items":[]}'), 422],
    ['is no JSON', () => postJson('k', '{'), 400],
    ['brought no image', () => postFiles('k', [['a.txt', Buffer.from('text')]]), 415],
  ])('after a request that %s', async (_what, send, status) => {
    expect((await send()).status).toBe(status);
    expect(await idempotencyKeys()).toEqual([]);
    expect((await postJson('k')).status).toBe(202);
  });

  test('after a client that left', async () => {
    const upload = await beginUpload(api.url, { bytes: INPUT.length, headers: { 'Idempotency-Key': 'k' } });
    await poll(async () => (await idempotencyKeys()).length === 1, { what: 'the claim' });
    upload.hangUp();
    await eventually(async () => expect(await idempotencyKeys()).toEqual([]));
  });
});

describe('a key means something only', () => {
  test('to one endpoint', async () => {
    await postJson('k');
    const process = await fetch(`${api.url}/process?wait=0`, {
      method: 'POST',
      body: '{"url":"https://example.com/a.png"}',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'k' },
    });
    expect([process.status, process.headers.get('idempotency-replayed')]).toEqual([202, null]);
  });

  test('to one tenant', async () => {
    await postJson('k');
    expect(await record('k', { tenant: 'another' }).hold()).toEqual({ state: 'held' });
    expect((await record('k').hold()).state).toBe('answered');
  });
});

test.each(['', '""', 'x'.repeat(256), '"a'])('the key %j is refused, and nothing is read or kept', async (key) => {
  const response = await postJson(key);
  expect([response.status, (await problem(response)).code]).toEqual([400, 'invalid_request']);
  expect(await jobIds()).toEqual([]);
});
