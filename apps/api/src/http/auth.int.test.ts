import { request } from 'node:http';
import { AppError } from '@packshot/contracts';
import { startRedis, type TestRedis } from '@packshot/testing';
import { problem } from '../fixtures/client';
import { apiForFile, startApi, type TestApi } from '../fixtures/start-api';
import { ROUTES } from '../routes';
import { COMMON_ERRORS, type Route, statusOf } from './route';

const api = apiForFile({ API_KEYS: 'first-key, shop=second-key, sandbox_third==', ADMIN_KEYS: 'boss=admin-key' });

const job = 'job_01890000-0000-7000-8000-000000000000';
const call = (method: string, path: string, headers: Record<string, string> = {}, to: TestApi = api) =>
  fetch(to.url + path.replace(/:job\b/, job).replace(/:\w+|\*\w+/g, 'x'), { method, headers });
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const guarded = ROUTES.filter((route): route is Route & { scope: string } => route.scope !== null);

describe('without a key', () => {
  test.each(guarded)('$method $path refuses and says how to come in', async (route) => {
    const response = await call(route.method, route.path);
    // A façade may have another status for it, and has a form of its own.
    const { errorForm } = route;
    expect(response.status).toBe(statusOf(route, 'unauthorized'));
    const challenge = route.basic ? 'Basic realm="Packshot", charset="UTF-8"' : 'Bearer';
    expect(response.headers.get('www-authenticate')).toBe(challenge);
    if (errorForm) expect(await response.json()).toEqual(errorForm.bodyOf(new AppError('unauthorized')));
    else expect((await problem(response)).code).toBe('unauthorized');
    expect(COMMON_ERRORS).toContain('unauthorized');
  });

  test.each(['/health', '/health/live', '/metrics'])('GET %s answers', async (path) => {
    expect((await call('GET', path)).status).toBe(200);
  });
});

describe('with a key', () => {
  test.each<Record<string, string>>([
    bearer('first-key'),
    { authorization: 'bearer second-key' },
    { 'x-api-key': 'second-key' },
    { authorization: 'Basic dXNlcjpwYXNz', 'x-api-key': 'second-key' },
    bearer('sandbox_third=='),
    bearer('admin-key'),
  ])('%j is let in', async (headers) => {
    expect((await call('GET', '/jobs/:job', headers)).status).toBe(404);
  });

  test.each<Record<string, string>>([
    bearer('first-ke'),
    bearer('first-key, second-key'),
    bearer('shop=second-key'),
    bearer('sandbox_third'),
    bearer(`pk_${'a'.repeat(43)}`),
    bearer('a.b.c'),
    { authorization: 'Bearer' },
    { authorization: 'Bearer ' },
    { authorization: 'Bearer', 'x-api-key': 'first-key' },
    { 'x-api-key': 'FIRST-KEY' },
    { 'x-api-key': '' },
    { 'x-api-key': '0123456789'.repeat(20) },
    { 'x-api-key': '__proto__' },
  ])('%j is kept out', async (headers) => {
    const response = await call('GET', '/jobs/:job', headers);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
    expect((await problem(response)).code).toBe('unauthorized');
  });

  test.each(guarded.filter(({ scope }) => scope === 'admin'))(
    '$method $path is refused to those without the scope admin',
    async ({ method, path }) => {
      const response = await call(method, path, bearer('first-key'));
      expect(response.status).toBe(403);
      expect(response.headers.get('www-authenticate')).toBe('Bearer error="insufficient_scope", scope="admin"');
      expect((await problem(response)).code).toBe('forbidden');
    },
  );
});

test('a key is never logged', () => {
  expect(JSON.stringify(api.log)).not.toMatch(/first-key|second-key|admin-key|sandbox_third/i);
});

describe('without keys in the settings', () => {
  let redis: TestRedis;
  let open: TestApi;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  afterEach(() => open.close());

  /** `fetch` does not let a caller choose these headers. */
  const statusOf = (path: string, headers: Record<string, string>) =>
    new Promise<number>((resolve, reject) => {
      request(`${open.url}${path}`, { headers, agent: false }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      })
        .on('error', reject)
        .end();
    });

  test('this machine may do everything, but a wrong key is refused and a good one is honoured', async () => {
    open = await startApi(redis.url);
    expect((await call('GET', '/keys', {}, open)).status).toBe(200);
    expect((await call('GET', '/keys', bearer('nonsense'), open)).status).toBe(401);
    const { token } = await open.deps.apiKeys.create({
      name: 'reader',
      scopes: ['read'],
      sandbox: false,
      requests_per_minute: null,
      megapixels_per_minute: null,
      expires_at: null,
    });
    expect((await call('GET', '/jobs/:job', bearer(token), open)).status).toBe(404);
    expect((await call('GET', '/keys', bearer(token), open)).status).toBe(403);
    expect((await call('POST', '/jobs', bearer(token), open)).status).toBe(403);
  });

  test.each<Record<string, string>>([
    { 'x-forwarded-for': '203.0.113.9' },
    { forwarded: 'for=203.0.113.9' },
    { host: 'rebound.example:8080' },
    { 'sec-fetch-site': 'cross-site' },
    { origin: 'https://page.example' },
  ])('administration is refused to what a proxy or a web page may have sent: %j', async (headers) => {
    open = await startApi(redis.url);
    expect(await statusOf('/keys', headers)).toBe(403);
    expect(await statusOf(`/jobs/${job}`, headers)).toBe(404);
  });

  test('on another address nobody may administrate', async () => {
    open = await startApi(redis.url, { HOST: '0.0.0.0', ALLOW_UNAUTHENTICATED: 'true' });
    expect((await call('GET', '/keys', {}, open)).status).toBe(403);
    expect((await call('GET', '/jobs/:job', {}, open)).status).toBe(404);
  });
});
