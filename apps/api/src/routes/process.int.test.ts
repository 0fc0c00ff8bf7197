import { request as httpRequest } from 'node:http';
import type { JobView } from '@packshot/contracts';
import { transition } from '@packshot/jobs';
import { eventually, poll } from '@packshot/testing';
import { problem } from '../fixtures/client';
import { finishItem } from '../fixtures/finish-item';
import { png } from '../fixtures/images';
import { apiForEachTest } from '../fixtures/start-api';

const api = apiForEachTest({ MAX_FILE_BYTES: '200000' });

const INPUT = png(4, 3, 1000);
const RESULT = png(8, 6, 500);

const bytes = (buffer: Buffer) => new Uint8Array(buffer);

function form(...entries: [name: string, value: string | Buffer][]): FormData {
  const data = new FormData();
  for (const [name, value] of entries) {
    if (typeof value === 'string') data.append(name, value);
    else data.append(name, new Blob([bytes(value)]), 'shoe.png');
  }
  return data;
}

const post = (init: RequestInit, query = '') => fetch(`${api.url}/process${query}`, { method: 'POST', ...init });
const json = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json', ...headers },
});

/** What stands in for a worker: takes the next item up and, as it is told, succeeds or fails. */
async function work(as: 'succeed' | 'fail' | 'start' = 'succeed') {
  const { backlog, store } = api.deps.jobs;
  const id = await poll(() => backlog.claim(`message-${Math.random()}`), { what: 'an item' });
  const item = await store.getItem(id);
  if (!item) throw new Error('the item has no record');
  if (as === 'succeed') await finishItem(api.deps, item.jobId, item, { result: RESULT });
  else {
    const { attempts: attempt } = await transition(store, item, 'start');
    const error = { code: 'corrupt_image', message: 'The image is cut off.', retryable: false } as const;
    if (as === 'fail') await transition(store, item, 'fail', { attempt, outcome: { error } });
  }
  return item;
}

describe('200', () => {
  test.each<[what: string, init: () => RequestInit, query: string]>([
    ['a form', () => ({ body: form(['file', INPUT], ['pipeline', '{"background":true}']) }), ''],
    ['JSON', () => json({ base64: INPUT.toString('base64'), pipeline: { background: true } }), ''],
    [
      'the image as the body',
      () => ({ body: bytes(INPUT), headers: { 'content-type': 'image/png' } }),
      `?pipeline=${encodeURIComponent('{"background":true}')}`,
    ],
    [
      'bytes of no named type as the body',
      () => ({ body: bytes(INPUT), headers: { 'content-type': 'application/octet-stream' } }),
      '?preset=cutout',
    ],
  ])('takes one image as %s and gives the finished one', async (_what, init, query) => {
    const [response, item] = await Promise.all([post(init(), query), work()]);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('image/png');
    expect(response.headers.get('x-job-id')).toBe(item.jobId);
    expect(response.headers.get('location')).toBe(`${api.url}/jobs/${item.jobId}`);
    expect(response.headers.get('etag')).toMatch(/^"[0-9a-f]{64}"$/);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(RESULT);
    const job = await api.deps.jobs.store.require(item.jobId, null);
    expect(job).toMatchObject({ priority: 'interactive', counts: { total: 1 }, pipeline: { upscale: false } });
    expect(item.input).toMatchObject({ width: 4, height: 3, bytes: INPUT.length });
  });

  test('keeps what else the request says in the job', async () => {
    const body = form(
      ['metadata', '{"order":"7"}'],
      ['custom_id', 'sku-1'],
      ['ttl', '60'],
      ['timeout', '5'],
      ['file', INPUT],
    );
    const [response, item] = await Promise.all([post({ body }), work()]);
    expect(response.status).toBe(200);
    expect(item.customId).toBe('sku-1');
    expect(await api.deps.jobs.store.require(item.jobId, null)).toMatchObject({
      metadata: { order: '7' },
      ttlMs: 60_000,
      timeoutMs: 5_000,
    });
  });

  test('is waited for as long as the query or the preference says', async () => {
    const waiting = post(json({ base64: INPUT.toString('base64') }, { prefer: 'wait=60' }));
    await work();
    const response = await waiting;
    expect([response.status, response.headers.get('preference-applied')]).toEqual([200, 'wait=60']);
  });
});

describe('202', () => {
  test.each([
    ['respond-async', 'respond-async'],
    ['respond-async, wait=0', 'wait=0'],
    ['handling=lenient; x, respond-async', 'respond-async'],
  ])('is given at once to who prefers %s', async (prefer, applied) => {
    const response = await post(json({ base64: INPUT.toString('base64') }, { prefer }));
    expect([response.status, response.headers.get('preference-applied')]).toEqual([202, applied]);
    await work();
  });

  test('gives the job when it takes longer than is waited, and the job goes on', async () => {
    const response = await post(json({ base64: INPUT.toString('base64') }), '?wait=0');
    const job = (await response.json()) as JobView;
    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe(job.links.self);
    expect(response.headers.get('x-job-id')).toBe(job.id);
    expect(job).toMatchObject({ status: 'queued', counts: { total: 1, queued: 1 } });
    expect((await work()).jobId).toBe(job.id);
  });

  test('is answered at once when the process is to end', async () => {
    const waiting = post(json({ base64: INPUT.toString('base64') }));
    const item = await work('start');
    api.deps.changes.stop();
    const response = await waiting;
    expect([response.status, response.headers.get('x-job-id')]).toEqual([202, item.jobId]);
  });
});

describe('what became of the image', () => {
  test('is answered as a problem with the code and status of the item, and the address of the job', async () => {
    const [response, item] = await Promise.all([post(json({ base64: INPUT.toString('base64') })), work('fail')]);
    expect(response.status).toBe(422);
    expect(response.headers.get('location')).toBe(`${api.url}/jobs/${item.jobId}`);
    expect(await problem(response)).toMatchObject({ code: 'corrupt_image', detail: 'The image is cut off.' });
  });

  test('is told when the job was canceled', async () => {
    const waiting = post(json({ base64: INPUT.toString('base64') }));
    const [id] = await poll(async () => {
      const ids = await api.deps.jobs.store.redis.zrange(api.deps.jobs.store.keys.jobsOf('default'), '0', '-1');
      return ids.length > 0 && ids;
    });
    await fetch(`${api.url}/jobs/${id}/cancel`, { method: 'POST' });
    const response = await waiting;
    expect([response.status, (await problem(response)).code]).toEqual([409, 'canceled']);
  });
});

describe('a client that hangs up', () => {
  async function hangUp(query: string) {
    const body = JSON.stringify({ base64: INPUT.toString('base64') });
    const sent = httpRequest(`${api.url}/process${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': body.length },
    });
    // It complains of being cut off.
    sent.on('error', () => {});
    sent.end(body);
    const item = await work('start');
    sent.destroy();
    return api.deps.jobs.store.require(item.jobId, null);
  }

  test('leaves the job to go on', async () => {
    const { id } = await hangUp('');
    await eventually(() => expect(api.deps.inFlight.streams).toBe(0));
    expect((await api.deps.jobs.store.require(id, null)).canceled).toBe(false);
  });

  test('cancels it with cancel_on_disconnect', async () => {
    const { id } = await hangUp('?cancel_on_disconnect=true');
    await eventually(async () => expect((await api.deps.jobs.store.require(id, null)).canceled).toBe(true));
  });
});

describe('an Idempotency-Key', () => {
  const init = () => json({ base64: INPUT.toString('base64') }, { 'idempotency-key': 'one' });

  test('leads whoever asks again to the same image, however long each waits', async () => {
    const first = await post(init(), '?wait=0');
    expect(first.status).toBe(202);
    const [second, item] = await Promise.all([post(init(), '?wait=60'), work()]);
    expect([second.status, second.headers.get('idempotency-replayed')]).toEqual([200, 'true']);
    expect(second.headers.get('x-job-id')).toBe(first.headers.get('x-job-id'));
    expect(Buffer.from(await second.arrayBuffer())).toEqual(RESULT);
    expect(item.jobId).toBe(first.headers.get('x-job-id'));
    expect(await api.deps.jobs.backlog.claim('no more')).toBeNull();
  });

  test('is refused for another pipeline in the query', async () => {
    const send = (preset: string) =>
      post(
        { body: bytes(INPUT), headers: { 'content-type': 'image/png', 'idempotency-key': 'two' } },
        `?wait=0&preset=${preset}`,
      );
    expect((await send('cutout')).status).toBe(202);
    expect((await send('cutout')).status).toBe(202);
    const other = await send('restore');
    expect([other.status, (await problem(other)).code]).toEqual([422, 'idempotency_key_reused']);
  });
});

describe('a refusal', () => {
  const base64 = INPUT.toString('base64');
  test.each<[what: string, init: () => RequestInit, query: string, status: number, code: string]>([
    ['two files', () => ({ body: form(['a', INPUT], ['b', INPUT]) }), '', 413, 'too_many_items'],
    ['no file', () => ({ body: form(['preset', 'cutout']) }), '', 422, 'no_items'],
    ['a field of batches', () => ({ body: form(['a', INPUT], ['strict', 'true']) }), '', 400, 'invalid_request'],
    ['no source', () => json({ preset: 'cutout' }), '', 400, 'invalid_request'],
    ['two sources', () => json({ base64, url: 'https://example.com/a' }), '', 400, 'invalid_request'],
    ['items', () => json({ items: [{ base64 }] }), '', 400, 'invalid_request'],
    ['a bad pipeline', () => json({ base64, pipeline: { upscale: { scale: 3 } } }), '', 422, 'invalid_pipeline'],
    ['no image', () => json({ base64: 'AAAA' }), '', 415, 'unsupported_format'],
    ['a forbidden address', () => json({ url: 'http://127.0.0.1/' }), '', 422, 'url_not_allowed'],
    [
      'an upload that is not there',
      () => json({ upload: 'upl_01997f0e-7d2a-7c53-9a54-1f0c8b7d6e21' }),
      '',
      422,
      'source_missing',
    ],
    ['a wait that is too long', () => json({ base64 }), '?wait=61', 400, 'invalid_request'],
    ['an unknown parameter', () => json({ base64 }), '?colour=red', 400, 'invalid_request'],
    ['a pipeline in the query of JSON', () => json({ base64 }), '?preset=cutout', 400, 'invalid_request'],
    ['text', () => ({ body: 'a', headers: { 'content-type': 'text/plain' } }), '', 415, 'unsupported_media_type'],
    ['an empty image', () => ({ body: '', headers: { 'content-type': 'image/png' } }), '', 422, 'empty_file'],
    [
      'an image over the limit',
      () => ({ body: bytes(png(1, 1, 300_000)), headers: { 'content-type': 'image/png' } }),
      '',
      413,
      'file_too_large',
    ],
    [
      'a pipeline that is no JSON',
      () => ({ body: bytes(INPUT), headers: { 'content-type': 'image/png' } }),
      '?pipeline={',
      400,
      'invalid_json',
    ],
    [
      'a preset that does not exist',
      () => ({ body: bytes(INPUT), headers: { 'content-type': 'image/png' } }),
      '?preset=nope',
      422,
      'invalid_pipeline',
    ],
  ])('of %s leaves neither job nor file', async (_what, init, query, status, code) => {
    const response = await post(init(), query);
    expect([response.status, (await problem(response)).code]).toEqual([status, code]);
    expect(await api.objects()).toEqual([]);
    expect(await api.deps.jobs.backlog.claim('any')).toBeNull();
  });
});
