import { ConfigError } from '@packshot/service';
import { startRedis, type TestRedis } from '@packshot/testing';
import { loadApiConfig } from '../config';
import { startApi, type TestApi } from '../fixtures/start-api';

let redis: TestRedis;
let api: TestApi | undefined;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());
afterEach(async () => {
  await api?.close();
  api = undefined;
});

const SHOP = 'https://shop.example';
const start = async (settings: Record<string, string>) => {
  api = await startApi(redis.url, { API_KEYS: 'the-key', ...settings });
  return api.url;
};
const preflight = (url: string, origin: string) =>
  fetch(`${url}/jobs`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,idempotency-key',
    },
  });
const allowed = (response: Response) => response.headers.get('access-control-allow-origin');

describe('an origin on the list', () => {
  test('is told by preflight, without a key, what it may send, and may remember it', async () => {
    const response = await preflight(await start({ CORS_ORIGINS: `https://other.example, ${SHOP}` }), SHOP);
    expect([response.status, allowed(response)]).toEqual([204, SHOP]);
    expect(response.headers.get('access-control-allow-methods')).toContain('POST');
    expect(response.headers.get('access-control-allow-headers')).toBe('authorization,idempotency-key');
    expect(response.headers.get('access-control-max-age')).toBe('7200');
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
    expect(response.headers.get('vary')).toMatch(/\bOrigin\b/);
  });

  test('may read answers, refusals too, and the headers that matter', async () => {
    const response = await fetch(`${await start({ CORS_ORIGINS: SHOP })}/jobs/x`, { headers: { origin: SHOP } });
    expect([response.status, allowed(response)]).toEqual([401, SHOP]);
    expect(response.headers.get('vary')).toMatch(/\bOrigin\b/);
    const exposed = (response.headers.get('access-control-expose-headers') ?? '').split(',');
    expect(exposed).toEqual(
      expect.arrayContaining([
        'Location',
        'Link',
        'ETag',
        'Retry-After',
        'RateLimit',
        'RateLimit-Policy',
        'X-Request-Id',
        'X-Job-Id',
      ]),
    );
  });

  test('may send cookies when CORS_CREDENTIALS says so', async () => {
    const url = await start({ CORS_ORIGINS: SHOP, CORS_CREDENTIALS: 'true' });
    expect((await preflight(url, SHOP)).headers.get('access-control-allow-credentials')).toBe('true');
  });
});

describe('any other origin', () => {
  test.each([
    'https://shop.example.evil.example',
    'https://evil-shop.example',
    'http://shop.example',
    'https://shop.example:8443',
    'null',
  ])('%s is not allowed', async (origin) => {
    const url = await start({ CORS_ORIGINS: SHOP });
    for (const response of [await preflight(url, origin), await fetch(`${url}/health`, { headers: { origin } })]) {
      expect(allowed(response)).toBeNull();
      expect(response.headers.get('vary')).toMatch(/\bOrigin\b/);
    }
  });

  test('is not allowed without a list, and an OPTIONS is a method like any other', async () => {
    const url = await start({});
    expect(allowed(await fetch(`${url}/health`, { headers: { origin: SHOP } }))).toBeNull();
    const response = await preflight(url, SHOP);
    expect([response.status, allowed(response), response.headers.get('allow')]).toEqual([
      405,
      null,
      expect.stringContaining('POST'),
    ]);
  });

  test('is allowed with *, which is then all that is said', async () => {
    const url = await start({ CORS_ORIGINS: '*' });
    const response = await fetch(`${url}/health`, { headers: { origin: 'https://anybody.example' } });
    expect([allowed(response), response.headers.get('access-control-allow-credentials')]).toEqual(['*', null]);
  });
});

test('an OPTIONS that is no preflight is a method like any other', async () => {
  const response = await fetch(`${await start({ CORS_ORIGINS: SHOP })}/jobs`, {
    method: 'OPTIONS',
    headers: { origin: SHOP },
  });
  expect([response.status, allowed(response)]).toEqual([405, null]);
});

test.each([
  { CORS_ORIGINS: '*', CORS_CREDENTIALS: 'true' },
  { CORS_ORIGINS: `*,${SHOP}` },
  { CORS_ORIGINS: `${SHOP}/` },
  { CORS_ORIGINS: 'shop.example' },
  { CORS_ORIGINS: 'https://*.shop.example/x' },
  { CORS_ORIGINS: 'null' },
])('%j is refused at start', (settings) => {
  const env = { REDIS_URL: 'redis://127.0.0.1:1', PACKSHOT_CONFIG: '/dev/null', ...settings };
  expect(() => loadApiConfig(env)).toThrow(ConfigError);
});
