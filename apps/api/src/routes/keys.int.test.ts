import type { ApiKeyView } from '@packshot/contracts';
import { eventually, poll, startRedis, type TestRedis } from '@packshot/testing';
import { problem } from '../fixtures/client';
import { startApi, type TestApi } from '../fixtures/start-api';

let redis: TestRedis;
let api: TestApi;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());
beforeEach(async () => {
  api = await startApi(redis.url, { ADMIN_KEYS: 'root-key' });
});
afterEach(() => api.close());

type WithToken = ApiKeyView & { token: string };

const call = (method: string, path: string, body?: unknown, { key = 'root-key', to = api } = {}) =>
  fetch(to.url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });

async function make(fields: object = {}): Promise<WithToken> {
  const response = await call('POST', '/keys', { name: 'shop', ...fields });
  if (response.status !== 201) throw new Error(await response.text());
  return (await response.json()) as WithToken;
}

/** What a key is told when it looks for a job: 404 when it may look. */
const lookWith = async (key: string, to = api) =>
  (await call('GET', '/jobs/job_01890000-0000-7000-8000-000000000000', undefined, { key, to })).status;

describe('a key', () => {
  test('is made with its fields, shown without its token afterwards, and kept only as a hash', async () => {
    const response = await call('POST', '/keys', { name: 'shop', tenant: 'shop|1', scopes: ['read'], weight: 3 });
    expect(response.status).toBe(201);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const { token, ...view } = (await response.json()) as WithToken;
    expect(token).toMatch(/^pk_[\w-]{43}$/);
    expect(response.headers.get('location')).toBe(`${api.url}/keys/${view.id}`);
    expect(view).toMatchObject({ name: 'shop', tenant: 'shop|1', scopes: ['read'], sandbox: false, weight: 3 });
    expect(await (await call('GET', `/keys/${view.id}`)).json()).toEqual(view);
    const { redis: client } = api.deps.jobs.store;
    const kept = await Promise.all((await client.keys('*key*')).map((key) => client.dump(key)));
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.join()).not.toContain(token.slice(3));
    expect(JSON.stringify(api.log)).not.toContain(token.slice(3));
  });

  test('has a tenant of its own when none is named', async () => {
    const key = await make();
    expect(key.tenant).toBe(key.id);
    expect(key.scopes).toEqual(['submit', 'read']);
  });

  test('for the sandbox can be told by its token', async () => {
    const { token, sandbox } = await make({ sandbox: true });
    expect([token.startsWith('sandbox_'), sandbox]).toEqual([true, true]);
    expect(await lookWith(token)).toBe(404);
  });

  test('says when it was last used', async () => {
    const { id, token } = await make();
    expect(await lookWith(token)).toBe(404);
    await eventually(async () => {
      expect((await (await call('GET', `/keys/${id}`)).json()) as ApiKeyView).toMatchObject({
        last_used_at: expect.any(String),
      });
    });
  });

  test('may from then on do what a change says, here at once', async () => {
    const { id, token } = await make();
    expect((await call('GET', '/keys', undefined, { key: token })).status).toBe(403);
    const changed = await call('PATCH', `/keys/${id}`, { scopes: ['admin'], weight: 0.5, requests_per_minute: 100 });
    expect(await changed.json()).toMatchObject({
      scopes: ['admin'],
      weight: 0.5,
      requests_per_minute: 100,
      name: 'shop',
    });
    expect((await call('GET', '/keys', undefined, { key: token })).status).toBe(200);
    const again = await call('PATCH', `/keys/${id}`, { requests_per_minute: null });
    expect(await again.json()).toMatchObject({ requests_per_minute: null, scopes: ['admin'] });
  });

  test('that has expired is refused', async () => {
    const { id, token } = await make({ expires_at: new Date(Date.now() + 3_600_000).toISOString() });
    expect(await lookWith(token)).toBe(404);
    await api.deps.jobs.store.redis.hset(api.deps.jobs.store.keys.apiKey(id), 'expiresAt', String(Date.now() - 1));
    await poll(async () => (await lookWith(token)) === 401, { what: 'the key to be refused' });
  });

  test('is revoked here at once, and elsewhere within five seconds', async () => {
    const elsewhere = await startApi(redis.url, {
      ADMIN_KEYS: 'root-key',
      REDIS_PREFIX: api.deps.config.REDIS_PREFIX,
    });
    try {
      const { id, token } = await make();
      expect([await lookWith(token), await lookWith(token, elsewhere)]).toEqual([404, 404]);
      expect((await call('DELETE', `/keys/${id}`)).status).toBe(204);
      expect(await lookWith(token)).toBe(401);
      await poll(async () => (await lookWith(token, elsewhere)) === 401, { timeoutMs: 5000, what: 'the key to go' });
      expect((await call('GET', `/keys/${id}`)).status).toBe(404);
      const { redis: client, keys } = api.deps.jobs.store;
      expect([await client.exists(keys.apiKey(id)), await client.hlen(keys.apiKeyDigests)]).toEqual([0, 0]);
    } finally {
      await elsewhere.close();
    }
  });
});

describe('a rotation', () => {
  const rotate = async (id: string, body?: object) =>
    (await (await call('POST', `/keys/${id}/rotate`, body)).json()) as WithToken;

  test('gives a new token, beside which the old one is valid for a while, and the one before no longer', async () => {
    const first = await make();
    const second = await rotate(first.id);
    expect(second).toMatchObject({ id: first.id, previous_token_until: expect.any(String) });
    expect(second.token).not.toBe(first.token);
    expect([await lookWith(first.token), await lookWith(second.token)]).toEqual([404, 404]);
    const third = await rotate(first.id, { grace_seconds: 60 });
    expect([await lookWith(first.token), await lookWith(second.token), await lookWith(third.token)]).toEqual([
      401, 404, 404,
    ]);
  });

  test('without grace ends the old token at once', async () => {
    const first = await make();
    const second = await rotate(first.id, { grace_seconds: 0 });
    expect(second.previous_token_until).toBeNull();
    expect([await lookWith(first.token), await lookWith(second.token)]).toEqual([401, 404]);
  });

  test('ends the old token when the grace is over', async () => {
    const first = await make();
    await rotate(first.id);
    const { redis: client, keys } = api.deps.jobs.store;
    await client.hset(keys.apiKey(first.id), 'previousUntil', String(Date.now() - 1));
    await poll(async () => (await lookWith(first.token)) === 401, { what: 'the old token to be refused' });
  });
});

test('keys are listed page by page', async () => {
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) ids.push((await make({ name: `key ${i}` })).id);
  const seen: string[] = [];
  let url: string | null = `${api.url}/keys?limit=2`;
  for (let pages = 0; url !== null && pages < 5; pages++) {
    const page = (await (await call('GET', url.slice(api.url.length))).json()) as {
      keys: ApiKeyView[];
      next: string | null;
    };
    seen.push(...page.keys.map(({ id }) => id));
    url = page.next;
  }
  expect(seen).toEqual(ids);
});

describe('refuses', () => {
  test.each<[string, unknown, string]>([
    ['a key without a name', {}, '/name'],
    ['an unknown scope', { name: 'x', scopes: ['root'] }, '/scopes/0'],
    ['no scopes', { name: 'x', scopes: [] }, '/scopes'],
    ['an unknown field', { name: 'x', owner: 'me' }, '/owner'],
    ['a tenant with a control character', { name: 'x', tenant: 'a\u0000b' }, '/tenant'],
    ['a tenant with half a character', { name: 'x', tenant: 'a\ud800' }, '/tenant'],
    ['a weight of nothing', { name: 'x', weight: 0 }, '/weight'],
    ['an expiry in the past', { name: 'x', expires_at: '2001-01-01T00:00:00Z' }, '/expires_at'],
    ['an expiry that is no time', { name: 'x', expires_at: 'soon' }, '/expires_at'],
  ])('%s, and makes none', async (_, body, pointer) => {
    const response = await call('POST', '/keys', body);
    expect(response.status).toBe(400);
    expect((await problem(response)).errors?.map((error) => error.pointer)).toEqual([pointer]);
    expect(await (await call('GET', '/keys')).json()).toEqual({ keys: [], next: null });
  });

  test.each<[string, string, unknown]>([
    ['GET', '', undefined],
    ['PATCH', '', { name: 'y' }],
    ['POST', '/rotate', {}],
    ['DELETE', '', undefined],
  ])('%s of a key that is not there is a 404 (%s)', async (method, path, body) => {
    for (const id of ['key_01890000-0000-7000-8000-000000000000', 'nonsense', 'key_x%2F..']) {
      const response = await call(method, `/keys/${id}${path}`, body);
      expect([response.status, (await problem(response)).code]).toEqual([404, 'not_found']);
    }
    const { redis: client, keys } = api.deps.jobs.store;
    expect(await client.keys(keys.apiKey('*'))).toEqual([]);
  });

  test('a body of another type, and one too large', async () => {
    const headers = { authorization: 'Bearer root-key' };
    const form = await fetch(`${api.url}/keys`, { method: 'POST', headers, body: new URLSearchParams({ name: 'x' }) });
    expect((await problem(form)).code).toBe('unsupported_media_type');
    expect((await problem(await call('POST', '/keys', { name: 'x'.repeat(200_000) }))).code).toBe('body_too_large');
  });
});
