import { startRedis, type TestRedis } from '@packshot/testing';
import { startApi, type TestApi } from '../fixtures/start-api';

let redis: TestRedis;
let api: TestApi;
beforeAll(async () => {
  redis = await startRedis();
  api = await startApi(redis.url, {
    PUBLIC_URL: 'https://shop.example/photos',
    API_KEYS: 'a-key-of-24-characters-or-more',
  });
});
afterAll(async () => {
  await api?.close();
  await redis?.stop();
});

const page = async () => {
  const response = await fetch(`${api.url}/studio`);
  return { response, html: await response.text(), policy: response.headers.get('content-security-policy') ?? '' };
};

describe('the studio', () => {
  it('is shown without a key, by a page that lets in nothing but what is its own', async () => {
    const { response, html, policy } = await page();
    expect(response.status).toBe(200);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? 'none';
    expect(html).toContain(`nonce="${nonce}"`);
    expect(html).not.toContain('CSP_NONCE');
  });

  it('gives every visit another nonce', async () => {
    expect((await page()).policy).not.toBe((await page()).policy);
  });

  it('asks for its scripts below the path that the server has from outside', async () => {
    const addresses = [...(await page()).html.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)].map(([, path]) => path);
    expect(addresses).toHaveLength(2);
    for (const path of addresses) expect(path).toMatch(/^\/photos\/studio\/[\w-]+\.(js|css)$/);
  });

  it('serves them for good, compressed for who takes that', async () => {
    const path = /"\/photos(\/studio\/[\w-]+\.js)"/.exec((await page()).html)?.[1];
    const plain = await fetch(api.url + path, { headers: { 'accept-encoding': 'identity' } });
    const small = await fetch(api.url + path, { headers: { 'accept-encoding': 'br' } });
    expect(plain.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(plain.headers.get('content-type')).toMatch(/javascript/);
    expect([plain.headers.get('content-encoding'), small.headers.get('content-encoding')]).toEqual([null, 'br']);
    expect(await small.text()).toBe(await plain.text());
  });
});

describe('404', () => {
  it.each(['nothing.js', 'index.html', '..%2f..%2fpackage.json', 'x.js.br'])('for %s', async (name) => {
    const response = await fetch(`${api.url}/studio/${name}`);
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([404, 'not_found']);
  });
});
