import { once } from 'node:events';
import { connect } from 'node:net';
import { eventually, poll, startRedis, type TestRedis } from '@packshot/testing';
import { accepted, postForm, postJson, problem } from './fixtures/client';
import { jpegHead, png } from './fixtures/images';
import { startApi, type TestApi } from './fixtures/start-api';

/** What a client does to us, by mistake or on purpose, is answered with a 4xx or not at all, and leaves nothing behind. */

let redis: TestRedis;
let api: TestApi;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());
beforeEach(async () => {
  api = await startApi(redis.url, { MAX_FILE_BYTES: '5000000' });
});
afterEach(async () => {
  // Whatever a test did: the API still works, and no request of it was the server's fault.
  await accepted(await postForm(api.url, ['f', png(1, 1)]));
  expect(api.log.filter(({ level }) => level === 'error')).toEqual([]);
  expect(api.log.filter(({ status }) => Number(status) >= 500)).toEqual([]);
  await api.close();
});

async function expectNothingLeft() {
  const { redis: client, keys } = api.deps.jobs.store;
  await eventually(async () => {
    expect(await client.zcard(keys.uploading)).toBe(0);
    expect(await api.objects()).toEqual([]);
    expect(api.deps.inFlight).toMatchObject({ requests: 0, bytes: 0 });
  });
  expect(await client.zcard(keys.expiry)).toBe(0);
}

/** Sends bytes as they are; gives everything that came back when the connection has ended. */
async function raw(text: string | Buffer, { hangUp = false } = {}): Promise<string> {
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await once(socket, 'connect');
  socket.write(text);
  if (hangUp) {
    await poll(() => api.deps.inFlight.requests > 0, { what: 'the request to arrive' });
    socket.destroy();
  }
  await closed;
  return answer;
}

const head = (length: number) =>
  `POST /jobs HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=B\r\nContent-Length: ${length}\r\n\r\n`;
const part = (name: string) => `--B\r\nContent-Disposition: form-data; name="f"; filename="${name}"\r\n\r\n`;

describe('clients that leave', () => {
  test('in the middle of a file', async () => {
    await raw(Buffer.concat([Buffer.from(head(4_000_000) + part('a.png')), png(1, 1, 1_000_000)]), { hangUp: true });
    await expectNothingLeft();
  });

  test('between two files', async () => {
    const first = Buffer.concat([
      Buffer.from(head(4_000_000) + part('a.png')),
      png(1, 1, 100_000),
      Buffer.from('\r\n'),
    ]);
    await raw(Buffer.concat([first, Buffer.from(part('b.png'))]), { hangUp: true });
    await expectNothingLeft();
  });

  test('in the middle of JSON', async () => {
    const request =
      'POST /jobs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"it';
    await raw(request, { hangUp: true });
    await expectNothingLeft();
  });

  test('many at once', async () => {
    const body = Buffer.concat([Buffer.from(head(9_000_000) + part('a.png')), png(1, 1, 700_000)]);
    await Promise.all(Array.from({ length: 30 }, () => raw(body, { hangUp: true })));
    await expectNothingLeft();
  });
});

describe('bodies made to harm', () => {
  test.each([
    ['18 million brackets', () => `{"items":${'['.repeat(9e6)}${']'.repeat(9e6)}}`],
    ['millions of tiny items', () => `{"items":[${'1,'.repeat(9e6)}1]}`],
    ['a string of 19 MB where a word belongs', () => JSON.stringify({ preset: 'x'.repeat(19e6), items: [] })],
    [
      'a hundred thousand unknown fields',
      () => JSON.stringify(Object.fromEntries(Array.from({ length: 1e5 }, (_, i) => [`k${i}`, 1]))),
    ],
    [
      'a hundred thousand metadata',
      () =>
        JSON.stringify({
          items: [],
          metadata: Object.fromEntries(Array.from({ length: 1e5 }, (_, i) => [`k${i}`, 1])),
        }),
    ],
    ['ten thousand bad items', () => JSON.stringify({ items: Array.from({ length: 1e4 }, () => ({ nonsense: 1 })) })],
    [
      'a polluted prototype',
      () => '{"__proto__":{"strict":true},"items":[{"url":"https://example.com/","__proto__":{}}]}',
    ],
  ])('%s get a 4xx with a short answer', async (_what, body) => {
    const response = await postJson(api.url, body());
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
    expect(JSON.stringify(await problem(response)).length).toBeLessThan(30_000);
    await expectNothingLeft();
  });

  test('brackets inside strings are not counted as depth', async () => {
    const metadata = { a: `${'['.repeat(500)}\\"${'{'.repeat(500)}` };
    await accepted(await postJson(api.url, { metadata, items: [{ url: 'https://example.com/a.png' }] }));
  });

  test('a refused upload that goes on is read to its end, so that the client sees why', async () => {
    const response = await postForm(
      api.url,
      ['colour', 'red'],
      ['f', png(1, 1, 4_000_000)],
      ['g', png(1, 1, 4_000_000)],
    );
    expect(response.status).toBe(400);
    expect((await problem(response)).errors).toEqual([{ pointer: '/colour', detail: 'There is no such field.' }]);
    await expectNothingLeft();
  });

  test('a file over the limit does not take its neighbours with it', async () => {
    const job = await accepted(
      await postForm(api.url, ['a', png(1, 1)], ['b', png(1, 1, 6_000_000)], ['c', png(2, 1)]),
    );
    expect(job.counts).toMatchObject({ total: 3, queued: 2, failed: 1 });
    expect((await api.objects()).length).toBe(2);
  });

  test.each([
    ['PNG', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')],
    ['JPEG', Buffer.from([0xff, 0xd8, 0xff])],
    ['JPEG of nothing but zeros', Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.alloc(600_000)])],
    ['JPEG cut in its frame', jpegHead(10, 10).subarray(0, -28)],
    ['GIF', Buffer.from('GIF89a')],
    ['WebP', Buffer.from('RIFF\0\0\0\0WEBPVP8 ')],
    ['TIFF', Buffer.from('II*\0\xff\xff\xff\xff', 'latin1')],
    ['BMP', Buffer.concat([Buffer.from('BM\x1a\0\0\0\0\0\0\0\x1a\0\0\0\x0c\0\0\0', 'latin1'), Buffer.alloc(40, 255)])],
    ['AVIF', Buffer.from('\0\0\0\x1cftypavif\0\0\0\0avif\xff\xff\xff\xffmeta', 'latin1')],
  ])('a broken %s is accepted without a size, for the worker to read', async (_format, bytes) => {
    const job = await accepted(await postForm(api.url, ['f', bytes]));
    const [item] = await api.deps.jobs.store.listItems(job.id, 0, 1);
    expect(item).toMatchObject({ status: 'queued', input: { width: null, height: null, bytes: bytes.length } });
  });
});

describe('requests that are odd', () => {
  test.each([
    ['headers over the limit', `GET /health HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(70_000)}\r\n\r\n`, 431],
    ['no host', 'GET /health/live HTTP/1.1\r\n\r\n', 400],
    ['no HTTP', 'EHLO packshot\r\n\r\n', 400],
    ['two lengths', 'POST /jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n1', 400],
    [
      'a length and chunks',
      'POST /jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['a percent sign without digits', 'GET /jobs/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 400],
    ['a path that climbs', 'GET /jobs/../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 404],
    ['an absolute target', 'GET http://evil.example/job HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 404],
  ])('%s is answered with a 4xx', async (_what, request, status) => {
    expect(await raw(request)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  test('a host header cannot put an address of its own making into links', async () => {
    const body = '{"items":[{"url":"https://example.com/a.png"}]}';
    const request = `POST /jobs HTTP/1.1\r\nHost: evil.example"><script>\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const answer = await raw(request);
    expect(answer).toMatch(/^HTTP\/1\.1 202 /);
    expect(answer).not.toContain('evil.example');
    expect(answer).toContain(`Location: ${api.url}/jobs/job_`);
  });

  test('forwarded headers count for nothing unless a proxy is trusted', async () => {
    const headers = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      'content-type': 'application/json',
    };
    const body = '{"items":[{"url":"https://example.com/a.png"}]}';
    const job = await accepted(await fetch(`${api.url}/jobs`, { method: 'POST', body, headers }));
    expect(job.links.self).toBe(`${api.url}/jobs/${job.id}`);
  });

  test('a request id is echoed when it is well formed, and replaced when it is not', async () => {
    const idFor = async (given: string) =>
      (await fetch(`${api.url}/nowhere`, { headers: { 'x-request-id': given } })).headers.get('x-request-id');
    expect(await idFor('trace-1:2.3_4')).toBe('trace-1:2.3_4');
    for (const bad of ['a b', '"', 'x'.repeat(129), 'ä']) expect(await idFor(bad)).toMatch(/^req_[0-9a-f-]{36}$/);
  });

  test.each(['DELETE', 'PUT', 'PATCH', 'OPTIONS'])('%s is refused with what is allowed', async (method) => {
    const response = await fetch(`${api.url}/jobs`, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST, GET, HEAD']);
    expect((await problem(response)).code).toBe('method_not_allowed');
  });

  test('an unknown path is not found', async () => {
    const response = await fetch(`${api.url}/job`);
    expect(response.status).toBe(404);
    expect((await problem(response)).code).toBe('not_found');
  });
});
