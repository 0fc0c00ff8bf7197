import { ERRORS, PRESETS } from '@packshot/contracts';
import { problem } from '../fixtures/client';
import { apiForFile } from '../fixtures/start-api';

const api = apiForFile({ PUBLIC_URL: 'https://shop.example/packshot', API_KEYS: 'key' });
const get = (path: string, headers: Record<string, string> = {}) => fetch(api.url + path, { headers });

/** Without it `fetch` adds `no-cache`, which asks for the whole answer. */
const FRESH = { 'cache-control': 'max-age=0' };

describe('the contract', () => {
  test('is given to everybody, with the address that clients reach the server at', async () => {
    const response = await get('/openapi.json');
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    const document = (await response.json()) as Record<string, unknown>;
    expect(document).toMatchObject({ openapi: '3.1.1', servers: [{ url: 'https://shop.example/packshot' }] });
    expect(document.paths).toHaveProperty(['/jobs/{job}', 'get', 'operationId'], 'getJob');
  });

  test('is not sent again while it is the same', async () => {
    const etag = (await get('/openapi.json')).headers.get('etag') ?? '';
    expect(etag).not.toBe('');
    expect((await get('/openapi.json', { 'if-none-match': etag, ...FRESH })).status).toBe(304);
  });
});

describe.each(['/docs', '/redoc'])('%s', (path) => {
  const sources = (html: string) =>
    [...html.matchAll(/(?:src|href|data-url)="(\/[^"]*)"/g)].map(([, url]) => url ?? '');

  test('loads everything from this server, below the address that clients reach it at, and has no script inside', async () => {
    const response = await get(path);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'; script-src 'self'; ");
    const html = await response.text();
    expect(html).not.toMatch(/<script(?! src="\/packshot\/)|\son\w+=|https?:/);
    const loaded = sources(html);
    expect(loaded).toEqual(expect.arrayContaining(['/packshot/openapi.json', `/packshot${path}/start.js`]));
    for (const source of loaded) expect((await get(source.replace(/^\/packshot/, ''))).status).toBe(200);
  });

  test('sends its scripts once', async () => {
    const first = await get(`${path}/start.js`);
    expect(first.headers.get('content-type')).toMatch(/^text\/javascript/);
    const again = await get(`${path}/start.js`, { 'if-none-match': first.headers.get('etag') ?? '', ...FRESH });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  test.each(['nothing.js', '..%2f..%2fpackage.json', '__proto__', '%zz'])('has no file %s', async (name) => {
    const response = await get(`${path}/${name}`);
    expect([404, 400]).toContain(response.status);
    await problem(response);
  });
});

describe('the errors', () => {
  test.each(Object.keys(ERRORS))('has a page for %s, where the type of a problem leads', async (code) => {
    const response = await get(`/errors/${code}`);
    expect([response.status, await response.json()]).toMatchObject([200, { code }]);
  });

  test('has none for another', async () => {
    expect((await problem(await get('/errors/toString'))).code).toBe('not_found');
  });
});

test('the presets are listed by name, with every parameter filled in', async () => {
  const { presets } = (await (await get('/presets')).json()) as { presets: { name: string; pipeline: object }[] };
  expect(presets.map(({ name }) => name)).toEqual(Object.keys(PRESETS));
  for (const { pipeline } of presets) {
    expect(Object.keys(pipeline)).toEqual(
      expect.arrayContaining(['denoise', 'shadow', 'background', 'upscale', 'output']),
    );
  }
});
