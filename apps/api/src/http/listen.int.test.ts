import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { poll, startRedis, type TestRedis } from '@packshot/testing';
import { startApi, type TestApi } from '../fixtures/start-api';

let redis: TestRedis;
let api: TestApi;
const sockets: Socket[] = [];
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await api.close();
});

async function open(text = ''): Promise<{ socket: Socket; closed: Promise<string> }> {
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
  sockets.push(socket);
  let received = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    received += chunk;
  });
  socket.on('error', () => {});
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(received)));
  await once(socket, 'connect');
  if (text !== '') socket.write(text);
  return { socket, closed };
}

const HEAD = 'GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n';
const works = async () => (await fetch(`${api.url}/health/live`)).status === 200;

describe('a head that never ends', () => {
  test('is answered with 408 and closed, and others are served meanwhile', async () => {
    api = await startApi(redis.url, { HEADERS_TIMEOUT_SECONDS: '1' });
    const slow = await Promise.all(Array.from({ length: 50 }, () => open(`${HEAD}X-Slow: a`)));
    // Each new line of the head does not win it more time.
    const dripping = setInterval(() => {
      for (const { socket } of slow) socket.write('b\r\nX-Slow: a');
    }, 100);
    try {
      expect(await works()).toBe(true);
      const answers = await Promise.all(slow.map(({ closed }) => closed));
      for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    } finally {
      clearInterval(dripping);
    }
  });

  test('nor does a connection stay open that never says anything', async () => {
    api = await startApi(redis.url, { HEADERS_TIMEOUT_SECONDS: '1' });
    const silent = await Promise.all(Array.from({ length: 50 }, () => open()));
    expect(await works()).toBe(true);
    await Promise.all(silent.map(({ closed }) => closed));
  });
});

test('a head that is too large is answered with 431', async () => {
  api = await startApi(redis.url, { MAX_HEADER_BYTES: '4096' });
  const { closed } = await open(`${HEAD}X-Large: ${'x'.repeat(5000)}\r\n\r\n`);
  expect(await closed).toMatch(/^HTTP\/1\.1 431 /);
});

test('connections beyond the limit are closed at once, and taken again when others have gone', async () => {
  api = await startApi(redis.url, { MAX_CONNECTIONS: '3' });
  const idle = await Promise.all(Array.from({ length: 3 }, () => open()));
  const refused = await open(`${HEAD}\r\n`);
  expect(await refused.closed).toBe('');
  idle[0]?.socket.destroy();
  await idle[0]?.closed;
  let answer = '';
  for (let tries = 0; tries < 50 && answer === ''; tries++)
    answer = await (await open(`${HEAD}Connection: close\r\n\r\n`)).closed;
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
});

test('a connection is closed after as many requests as are allowed on it', async () => {
  api = await startApi(redis.url, { MAX_REQUESTS_PER_SOCKET: '2' });
  const { closed } = await open(`${HEAD}\r\n${HEAD}\r\n`);
  const answers = (await closed).split(/(?=HTTP\/1\.1 )/);
  expect(answers.map((answer) => /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1])).toEqual(['200', '200']);
  expect(answers[1]).toMatch(/Connection: close/i);
});

test('a kept connection on which nothing is asked is closed', async () => {
  api = await startApi(redis.url, { KEEP_ALIVE_SECONDS: '1' });
  const { closed } = await open(`${HEAD}\r\n`);
  expect(await closed).toMatch(/^HTTP\/1\.1 200 [\s\S]*Keep-Alive: timeout=1/i);
});

test('a shutdown ends connections on which nothing was asked, and waits for answers that are under way', async () => {
  api = await startApi(redis.url);
  const silent = await open();
  const kept = await open(`${HEAD}\r\n`);
  const body = '{"items":[{"url":"https://shop.example/a.png"}]}';
  const head = `POST /jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  const busy = await open(head);
  await poll(() => api.deps.inFlight.requests === 1, { what: 'the request to be under way' });
  const closing = api.close();
  await Promise.all([silent.closed, kept.closed]);
  busy.socket.write(body);
  expect(await busy.closed).toMatch(/^HTTP\/1\.1 202 /);
  await closing;
});
