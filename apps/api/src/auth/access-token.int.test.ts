import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startRedis, type TestRedis } from '@packshot/testing';
import { exportJWK, exportSPKI, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { problem } from '../fixtures/client';
import { startApi, type TestApi } from '../fixtures/start-api';

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;

const AUDIENCE = 'https://images.shop.example';
const JOB = '/jobs/job_01890000-0000-7000-8000-000000000000';

let redis: TestRedis;
let pair: Pair;
let stranger: Pair;
let issuer: string;
let server: Server;
/** What the issuer serves, and how often its keys were read. */
let jwks: { keys: JWK[] };
let status: number;
let reads: number;
let discoveries: number;

const publish = async ({ publicKey }: Pair, kid: string) =>
  void jwks.keys.push({ ...(await exportJWK(publicKey)), kid, use: 'sig' });

beforeAll(async () => {
  redis = await startRedis();
  [pair, stranger] = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256')]);
});
afterAll(() => redis.stop());
beforeEach(async () => {
  jwks = { keys: [] };
  status = 200;
  reads = 0;
  discoveries = 0;
  server = createServer((request, response) => {
    const answer = (body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.url === '/.well-known/openid-configuration') {
      discoveries++;
      return answer({ issuer, jwks_uri: `${issuer}/keys` });
    }
    reads++;
    return answer(jwks);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await publish(pair, 'k1');
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
});

const withApi = async (use: (api: TestApi) => Promise<void>, settings: Record<string, string> = {}) => {
  const api = await startApi(redis.url, { JWT_ISSUER: issuer, JWT_AUDIENCE: AUDIENCE, ...settings });
  try {
    await use(api);
  } finally {
    await api.close();
  }
};

interface Wish {
  claims?: JWTPayload;
  by?: Pair;
  kid?: string;
  iss?: string;
  aud?: string;
  exp?: string | null;
  nbf?: string;
}

async function sign({ claims = {}, by = pair, kid = 'k1', iss = issuer, aud = AUDIENCE, exp = '5m', nbf }: Wish = {}) {
  const jwt = new SignJWT({ sub: 'shop', scope: 'openid read', ...claims })
    .setProtectedHeader({ alg: 'ES256', kid, typ: 'at+jwt' })
    .setIssuedAt()
    .setIssuer(iss)
    .setAudience(aud);
  if (exp !== null) jwt.setExpirationTime(exp);
  if (nbf !== undefined) jwt.setNotBefore(nbf);
  return jwt.sign(by.privateKey);
}

const ask = (api: TestApi, token: string, method = 'GET', path = JOB) =>
  fetch(api.url + path, { method, headers: { authorization: `Bearer ${token}` } });

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('an access token', () => {
  test('lets in, with the scopes and the tenant it names', () =>
    withApi(async (api) => {
      expect((await ask(api, await sign())).status).toBe(404);
      const refused = await ask(api, await sign(), 'POST', '/jobs');
      expect(refused.status).toBe(403);
      expect(refused.headers.get('www-authenticate')).toBe('Bearer error="insufficient_scope", scope="submit"');
      expect((await ask(api, await sign({ claims: { scope: 'admin' } }), 'GET', '/keys')).status).toBe(200);
      const headers = { authorization: `Bearer ${await sign({ claims: { scope: 'submit read' } })}` };
      const body = JSON.stringify({ items: [{ url: 'https://shop.example/a.png' }] });
      const json = { ...headers, 'content-type': 'application/json' };
      const { id } = (await (await fetch(`${api.url}/jobs`, { method: 'POST', headers: json, body })).json()) as {
        id: string;
      };
      expect((await ask(api, await sign(), 'GET', `/jobs/${id}`)).status).toBe(200);
      expect((await ask(api, await sign({ claims: { sub: 'other' } }), 'GET', `/jobs/${id}`)).status).toBe(404);
      expect(reads).toBe(1);
    }));

  test.each<[string, JWTPayload, Record<string, string>]>([
    ['scp as a list', { scope: undefined, scp: ['read'] }, {}],
    ['scp as a text', { scope: undefined, scp: 'email read' }, {}],
    ['permissions', { scope: undefined, permissions: ['read'] }, {}],
    ['a prefix', { scope: 'packshot:read' }, { JWT_SCOPE_PREFIX: 'packshot:' }],
    ['a tenant in another claim', { sub: '', org: 'shop' }, { JWT_TENANT_CLAIM: 'org' }],
  ])('is understood with %s', (_, claims, settings) =>
    withApi(async (api) => expect((await ask(api, await sign({ claims }))).status).toBe(404), settings),
  );

  test('without a scope of ours may do nothing', () =>
    withApi(async (api) => {
      expect((await ask(api, await sign({ claims: { scope: 'reader submitter' } }))).status).toBe(403);
      expect((await ask(api, await sign({ claims: { scope: ['read', 7] } }))).status).toBe(404);
      expect((await ask(api, await sign({ claims: { scope: { read: true } } }))).status).toBe(403);
    }));

  test.each<[string, () => Promise<string>]>([
    ['of another issuer', () => sign({ iss: 'https://issuer.example' })],
    ['for another service', () => sign({ aud: 'https://mail.shop.example' })],
    ['that has expired', () => sign({ exp: '-5m' })],
    ['that never expires', () => sign({ exp: null })],
    ['that is not valid yet', () => sign({ nbf: '10m' })],
    ['signed by a stranger under a known key id', () => sign({ by: stranger })],
    ['signed with an unknown key', () => sign({ by: stranger, kid: 'k9' })],
    ['without a tenant', () => sign({ claims: { sub: undefined } })],
    ['with a tenant that is no name', () => sign({ claims: { sub: 'a\u0000b' } })],
    ['with a tenant that is half a character', () => sign({ claims: { sub: '\ud800' } })],
    ['with a tenant that is a number', () => sign({ claims: { sub: 7 as unknown as string } })],
    [
      'with its claims changed',
      async () => {
        const [header, , signature] = (await sign()).split('.');
        return `${header}.${part({ sub: 'boss', scope: 'admin', iss: issuer, aud: AUDIENCE, exp: 9e9 })}.${signature}`;
      },
    ],
    [
      'without a signature (alg none)',
      async () => {
        const claims = { sub: 'boss', scope: 'admin', iss: issuer, aud: AUDIENCE, exp: 9e9 };
        return `${part({ alg: 'none', kid: 'k1' })}.${part(claims)}.`;
      },
    ],
    [
      'signed with the public key as a secret (HS256)',
      async () => {
        const claims = { sub: 'boss', scope: 'admin', iss: issuer, aud: AUDIENCE, exp: 9e9 };
        const signed = `${part({ alg: 'HS256', kid: 'k1' })}.${part(claims)}`;
        const secret = await exportSPKI(pair.publicKey);
        return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
      },
    ],
    ['that is garbage', async () => 'e30.e30.e30'],
    ['that is huge', async () => `${part({ alg: 'ES256' })}.${'a'.repeat(13_000)}.a`],
  ])('%s is refused', (_, token) =>
    withApi(async (api) => {
      const response = await ask(api, await token());
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
      expect((await problem(response)).code).toBe('unauthorized');
    }),
  );

  test('is never logged', () =>
    withApi(async (api) => {
      const [good, bad] = [await sign(), await sign({ by: stranger })];
      await ask(api, good);
      await ask(api, bad);
      expect(JSON.stringify(api.log)).not.toContain(good.split('.')[2]);
      expect(JSON.stringify(api.log)).not.toContain(bad.split('.')[2]);
    }));

  test('is not asked of those who have a key', () =>
    withApi(
      async (api) => {
        expect((await ask(api, 'plain-key')).status).toBe(404);
        expect((await fetch(api.url + JOB)).status).toBe(401);
        expect(reads).toBe(0);
      },
      { API_KEYS: 'plain-key' },
    ));
});

describe('the keys of the issuer', () => {
  /** Well past the time within which unknown key ids do not make us ask again. */
  const later = () => jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_000);
  afterEach(() => void jest.restoreAllMocks());

  test('are read again when a token names a new one, but not for every unknown one', () =>
    withApi(async (api) => {
      expect((await ask(api, await sign())).status).toBe(404);
      for (let i = 0; i < 5; i++) expect((await ask(api, await sign({ by: stranger, kid: `x${i}` }))).status).toBe(401);
      expect(reads).toBe(1);
      await publish(stranger, 'k2');
      const token = await sign({ by: stranger, kid: 'k2' });
      later();
      expect((await ask(api, token)).status).toBe(404);
      expect(reads).toBe(2);
      expect((await ask(api, await sign())).status).toBe(404);
    }));

  test.each([
    [
      'answers with an error',
      () => {
        status = 500;
      },
    ],
    [
      'answers nonsense',
      () => {
        jwks = { nonsense: true } as unknown as typeof jwks;
      },
    ],
    ['is away', () => void server.close()],
  ])("that cannot be had because it %s are our fault, not the token's, and are asked for again", (what, fail) =>
    withApi(async (api) => {
      fail();
      const response = await ask(api, await sign());
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
      expect((await problem(response)).code).toBe('backend_unavailable');
      if (what === 'is away') return;
      status = 200;
      jwks = { keys: [] };
      await publish(pair, 'k1');
      expect((await ask(api, await sign())).status).toBe(404);
    }),
  );

  test('are not taken from a configuration of another issuer', async () => {
    const real = issuer;
    await withApi(
      async (api) => {
        expect((await ask(api, await sign())).status).toBe(503);
        expect(reads).toBe(0);
      },
      { JWT_ISSUER: `${real}/` },
    );
  });

  test('are read from JWT_JWKS_URL when it is set, and no configuration is asked for', () =>
    withApi(
      async (api) => {
        expect((await ask(api, await sign())).status).toBe(404);
        expect([reads, discoveries]).toEqual([1, 0]);
      },
      { JWT_JWKS_URL: `${issuer}/elsewhere` },
    ));
});
