import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { newId, type UploadTicket, type UploadView } from '@packshot/contracts';
import { overdueUploads } from '@packshot/jobs';
import { eventually, startRedis, startS3, type TestRedis, type TestS3 } from '@packshot/testing';
import { accepted, itemsOf, postJson, problem } from '../fixtures/client';
import { png } from '../fixtures/images';
import { startApi, type TestApi } from '../fixtures/start-api';

const PHOTO = png(4, 4, 1000);
const PNG = { content_type: 'image/png', bytes: PHOTO.length, name: 'shoe.png' };

let redis: TestRedis;
let s3: TestS3;
beforeAll(async () => {
  [redis, s3] = await Promise.all([startRedis(), startS3()]);
}, 300_000);
afterAll(() => Promise.all([redis.stop(), s3.stop()]));

const KEYS = { API_KEYS: 'red=red-key-0123456789abcdef,blue=blue-key-0123456789abcdef' };
const as = (tenant: 'red' | 'blue') => ({ authorization: `Bearer ${tenant}-key-0123456789abcdef` });

/** What clients see of uploads is the same, whatever keeps the images. */
describe.each([
  ['a bucket', async () => s3.environment(await s3.createBucket())],
  [
    'a bucket that clients do not reach',
    async () => ({ ...s3.environment(await s3.createBucket()), S3_DIRECT: 'false' }),
  ],
  ['a local folder', async () => ({})],
])('uploads to %s', (kind, settings: () => Promise<Record<string, string>>) => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startApi(redis.url, { MAX_FILE_BYTES: '20000000', ...(await settings()) });
  });
  afterAll(() => api.close());

  const announce = (body: unknown) =>
    fetch(`${api.url}/uploads`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });

  async function ticket(wanted: object = {}): Promise<UploadTicket> {
    const response = await announce({ ...PNG, ...wanted });
    if (response.status !== 201) throw new Error(`${response.status}: ${await response.text()}`);
    return (await response.json()) as UploadTicket;
  }

  const put = (url: string | null | undefined, body: Buffer, headers: Record<string, string>) =>
    fetch(url ?? '', { method: 'PUT', body: new Uint8Array(body), headers });
  const look = async (upload: UploadTicket) => (await (await fetch(upload.links.self)).json()) as UploadView;
  const complete = (upload: UploadTicket) => fetch(upload.links.complete, { method: 'POST' });
  const objects = async (upload: UploadTicket) => {
    const keys: string[] = [];
    for await (const { key } of api.deps.storage.list(`uploads/${upload.id}/`)) keys.push(key);
    return keys;
  };

  test('say where to send the image, and whether it has arrived', async () => {
    const upload = await ticket();
    expect(upload).toMatchObject({ status: 'waiting', method: 'put', fields: null, parts: null, ...PNG });
    expect(upload.url?.startsWith(kind === 'a bucket' ? s3.endpoint : api.url)).toBe(true);
    expect(Date.parse(upload.expires_at) - Date.parse(upload.created_at)).toBe(24 * 3_600_000);
    expect((await look(upload)).status).toBe('waiting');
    expect(await problem(await complete(upload))).toMatchObject({ code: 'upload_incomplete' });
    expect((await put(upload.url, PHOTO, upload.headers)).status).toBe(200);
    expect(await look(upload)).toMatchObject({ id: upload.id, status: 'arrived' });
    expect((await complete(upload)).status).toBe(200);
    const { body, contentType } = await api.deps.storage.get(`uploads/${upload.id}/original`);
    expect((await buffer(body)).equals(PHOTO)).toBe(true);
    expect(contentType).toBe('image/png');
  });

  test('refuse another length and another type, and keep nothing of them', async () => {
    const upload = await ticket();
    const longer = await put(upload.url, Buffer.concat([PHOTO, PHOTO]), upload.headers);
    const shorter = await put(upload.url, PHOTO.subarray(1), upload.headers);
    const other = await put(upload.url, PHOTO, { 'content-type': 'text/html' });
    for (const { status } of [longer, shorter, other]) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    }
    expect(await objects(upload)).toEqual([]);
    expect((await put(upload.url, PHOTO, upload.headers)).status).toBe(200);
  });

  test('have addresses that work for nothing else', async () => {
    const [one, two] = [await ticket(), await ticket()];
    const swapped = (one.url ?? '').replace(one.id, two.id);
    expect((await put(swapped, PHOTO, one.headers)).status).toBe(403);
    const tampered = (one.url ?? '').replace(/ignature=../, 'ignature=zz');
    expect((await put(tampered, PHOTO, one.headers)).status).toBe(403);
    expect(await objects(two)).toEqual([]);
  });

  test('come in parts, sent in any order, and joined once all are there', async () => {
    const large = Buffer.concat([PHOTO, randomBytes(9_000_000)]);
    const upload = await ticket({ method: 'multipart', bytes: large.length });
    expect(upload).toMatchObject({ method: 'multipart', url: null });
    const parts = upload.parts ?? [];
    expect(parts.map(({ number }) => number)).toEqual([1, 2]);
    const size = parts[0]?.bytes ?? 0;
    const [first, last] = parts.map((part, index) => ({
      ...part,
      piece: large.subarray(index * size, (index + 1) * size),
    }));
    expect((await put(last?.url, last?.piece ?? PHOTO, last?.headers ?? {})).status).toBe(200);
    expect(await problem(await complete(upload))).toMatchObject({
      code: 'upload_incomplete',
      detail: expect.stringMatching(/: 1\.$/),
    });
    const wrong = await put(first?.url, PHOTO, first?.headers ?? {});
    expect([400, 403]).toContain(wrong.status);
    expect((await put(first?.url, first?.piece ?? PHOTO, first?.headers ?? {})).status).toBe(200);
    const both = await Promise.all([complete(upload), complete(upload)]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect((await look(upload)).status).toBe('arrived');
    expect((await complete(upload)).status).toBe(200);
    const { body } = await api.deps.storage.get(`uploads/${upload.id}/original`);
    expect((await buffer(body)).equals(large)).toBe(true);
    await eventually(async () => expect(await objects(upload)).toEqual([`uploads/${upload.id}/original`]));
  });

  test('are announced by the thousand in one request', async () => {
    const wanted = Array.from({ length: 1000 }, (_, index) => ({ ...PNG, name: `${index}.png` }));
    const response = await announce({ uploads: wanted });
    expect(response.status).toBe(201);
    const { uploads } = (await response.json()) as { uploads: UploadTicket[] };
    expect(uploads.map(({ name }) => name)).toEqual(wanted.map(({ name }) => name));
    expect(new Set(uploads.map(({ url }) => url)).size).toBe(1000);
    const some = uploads[537];
    expect((await put(some?.url, PHOTO, some?.headers ?? {})).status).toBe(200);
  });

  describe('make items of jobs', () => {
    test('with what was announced as facts, and live as long as the job', async () => {
      const upload = await ticket();
      await put(upload.url, PHOTO, upload.headers);
      const { store } = api.deps.jobs;
      const due = async () => overdueUploads(store, Date.parse(upload.expires_at) + 7_200_000, { count: 10_000 });
      expect(await due()).toContain(upload.id);
      const job = await accepted(await postJson(api.url, { items: [{ upload: upload.id, custom_id: 'sku' }] }));
      const [item] = await itemsOf(job);
      expect(item?.input).toMatchObject({ name: 'shoe.png', bytes: PHOTO.length, content_type: 'image/png' });
      const record = await store.getItem(item?.id ?? '');
      expect(record?.source).toEqual({ kind: 'upload', key: `uploads/${upload.id}/original` });
      expect(await due()).not.toContain(upload.id);
    });

    test('of this request one by one: an unknown one sinks no other, and all unknown are no job', async () => {
      const upload = await ticket();
      const missing = { upload: newId('upl') };
      const job = await accepted(
        await postJson(api.url, { items: [{ upload: upload.id, name: 'mine.png' }, missing] }),
      );
      const [mine, other] = await itemsOf(job);
      expect(mine).toMatchObject({ status: 'queued', input: { name: 'mine.png' } });
      expect(other).toMatchObject({ status: 'failed', error: { code: 'source_missing' } });
      expect(await problem(await postJson(api.url, { items: [missing] }))).toMatchObject({ code: 'source_missing' });
    });
  });

  describe('are refused', () => {
    test.each([
      ['no body', {}, 'invalid_request', '/content_type'],
      ['a type that is no image', { ...PNG, content_type: 'image/svg+xml' }, 'invalid_request', '/content_type'],
      ['nothing to send', { ...PNG, bytes: 0 }, 'invalid_request', '/bytes'],
      ['a size that is none', { ...PNG, bytes: 1.5 }, 'invalid_request', '/bytes'],
      ['too large a file', { ...PNG, bytes: 20_000_001 }, 'file_too_large', '/bytes'],
      ['a method there is not', { ...PNG, method: 'ftp' }, 'invalid_request', '/method'],
      ['an unknown field', { ...PNG, url: 'x' }, 'invalid_request', '/url'],
      ['no uploads', { uploads: [] }, 'invalid_request', '/uploads'],
      ['too many', { uploads: Array(1001).fill(PNG) }, 'invalid_request', '/uploads'],
      ['a bad one among good ones', { uploads: [PNG, { ...PNG, bytes: -1 }] }, 'invalid_request', '/uploads/1/bytes'],
    ])('with %s', async (_, body, code, pointer) => {
      const { errors, ...refusal } = await problem(await announce(body));
      expect(refusal.code).toBe(code);
      expect(errors?.map((error) => error.pointer)).toContain(pointer);
    });

    test('that do not exist', async () => {
      for (const id of [newId('upl'), 'upl_1', newId('job')]) {
        expect(await problem(await fetch(`${api.url}/uploads/${id}`))).toMatchObject({ code: 'not_found' });
      }
    });
  });

  test(`by form ${kind === 'a bucket' ? 'are signed' : 'are refused'}`, async () => {
    const response = await announce({ ...PNG, method: 'post' });
    if (kind !== 'a bucket') {
      expect(await problem(response)).toMatchObject({ code: 'invalid_request', errors: [{ pointer: '/method' }] });
      return;
    }
    const upload = (await response.json()) as UploadTicket;
    expect(upload.fields).toMatchObject({ key: `uploads/${upload.id}/original`, 'Content-Type': 'image/png' });
  });
});

describe('uploads that we take ourselves', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startApi(redis.url, KEYS);
  });
  afterAll(() => api.close());

  async function ticket(tenant: 'red' | 'blue'): Promise<UploadTicket> {
    const response = await fetch(`${api.url}/uploads`, {
      method: 'POST',
      body: JSON.stringify(PNG),
      headers: { 'content-type': 'application/json', ...as(tenant) },
    });
    return (await response.json()) as UploadTicket;
  }

  test('need no key but the address, and belong to who asked for them', async () => {
    const upload = await ticket('red');
    const sent = await fetch(upload.url ?? '', { method: 'PUT', body: new Uint8Array(PHOTO), headers: upload.headers });
    expect(sent.status).toBe(200);
    expect((await fetch(upload.links.self, { headers: as('red') })).status).toBe(200);
    expect((await fetch(upload.links.self, { headers: as('blue') })).status).toBe(404);
    expect((await fetch(upload.links.complete, { method: 'POST', headers: as('blue') })).status).toBe(404);
    const theirs = await fetch(`${api.url}/jobs`, {
      method: 'POST',
      body: JSON.stringify({ items: [{ upload: upload.id }] }),
      headers: { 'content-type': 'application/json', ...as('blue') },
    });
    expect(await problem(theirs)).toMatchObject({ code: 'source_missing' });
  });

  test('leave nothing when the client hangs up half-way, and can be sent again', async () => {
    const upload = await ticket('red');
    const { pathname, search, host, port } = new URL(upload.url ?? '');
    const socket = connect(Number(port), '127.0.0.1');
    await once(socket, 'connect');
    const head = [`PUT ${pathname}${search} HTTP/1.1`, `Host: ${host}`, `Content-Length: ${PHOTO.length}`];
    socket.write(`${head.join('\r\n')}\r\nContent-Type: image/png\r\n\r\n`);
    socket.write(PHOTO.subarray(0, 500));
    await eventually(() => expect(api.deps.inFlight.bytes).toBe(PHOTO.length));
    socket.destroy();
    await eventually(() => expect(api.deps.inFlight.bytes).toBe(0));
    expect(await api.deps.storage.head(`uploads/${upload.id}/original`)).toBeNull();
    const again = await fetch(upload.url ?? '', {
      method: 'PUT',
      body: new Uint8Array(PHOTO),
      headers: upload.headers,
    });
    expect(again.status).toBe(200);
    expect(api.log.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
