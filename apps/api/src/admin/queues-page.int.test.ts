import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { startRedis, type TestRedis } from '@packshot/testing';
import { accepted, postForm, problem } from '../fixtures/client';
import { png } from '../fixtures/images';
import { startApi, type TestApi } from '../fixtures/start-api';

let redis: TestRedis;
let api: TestApi;
beforeAll(async () => {
  redis = await startRedis();
});
afterEach(() => api.close());
afterAll(() => redis.stop());

const basic = (key: string) => ({ authorization: `Basic ${Buffer.from(`anybody:${key}`).toString('base64')}` });
const open = async (settings: Record<string, string> = {}) => {
  api = await startApi(redis.url, settings);
  return `${api.url}/admin/queues`;
};

describe('/admin/queues without a key', () => {
  test('is open to the user of this machine where no keys are asked for', async () => {
    const response = await fetch(await open());
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/html/);
    expect(await response.text()).toContain('<base href="/admin/queues/"');
  });

  test('is refused so that a browser asks for one, and nothing of the page is loaded', async () => {
    const page = await open({ API_KEYS: 'shop' });
    for (const path of ['', '/api/queues', '/static/js/main.js']) {
      const response = await fetch(page + path);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toMatch(/^Basic realm="Packshot"/);
      expect(await problem(response)).toMatchObject({ code: 'unauthorized' });
    }
  });
});

describe('/admin/queues with a key', () => {
  test('is refused when it is not an administrator’s, or is none', async () => {
    const page = await open({ API_KEYS: 'shop', ADMIN_KEYS: 'root' });
    expect(await problem(await fetch(page, { headers: basic('shop') }))).toMatchObject({ code: 'forbidden' });
    expect(await problem(await fetch(page, { headers: basic('wrong') }))).toMatchObject({ code: 'unauthorized' });
    const bearer = { authorization: 'Bearer shop' };
    expect(await problem(await fetch(page, { headers: bearer }))).toMatchObject({ code: 'forbidden' });
  });

  test.each([
    ['as the password of a browser', basic('root:with:colons')],
    ['as a Bearer token', { authorization: 'Bearer root:with:colons' }],
    ['as X-API-Key', { 'x-api-key': 'root:with:colons' }],
  ])('of an administrator, sent %s, shows both queues', async (_how, headers) => {
    const page = await open({ API_KEYS: 'shop', ADMIN_KEYS: 'root:with:colons' });
    const form = new FormData();
    form.append('files', new Blob([new Uint8Array(png(1, 1))]), 'a.png');
    await accepted(await fetch(`${api.url}/jobs`, { method: 'POST', body: form, headers: { 'x-api-key': 'shop' } }));
    const response = await fetch(`${page}/api/queues`, { headers });
    expect(response.status).toBe(200);
    const { queues } = (await response.json()) as { queues: { name: string; counts: Record<string, number> }[] };
    expect(queues.map(({ name }) => name)).toEqual(['items', 'webhooks']);
    expect(queues[0]?.counts.waiting).toBe(1);
    expect(queues).toMatchObject([{ readOnlyMode: true }, { readOnlyMode: true }]);
  });

  test('runs its own scripts and none from elsewhere', async () => {
    const page = await open({ ADMIN_KEYS: 'root' });
    const response = await fetch(page, { headers: basic('root') });
    const html = await response.text();
    const script = /<script[^>]* src="([^"]+)"/.exec(html)?.[1] ?? '';
    const asset = await fetch(`${page}/${script}`, { headers: basic('root') });
    expect([asset.status, asset.headers.get('content-type')]).toEqual([200, expect.stringContaining('javascript')]);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect((await fetch(`${api.url}/health`)).headers.get('content-security-policy')).not.toContain('script-src');
  });

  test('knows the path that a proxy puts before it', async () => {
    const page = await open({ PUBLIC_URL: 'https://shop.example/packshot' });
    expect(await (await fetch(page)).text()).toContain('<base href="/packshot/admin/queues/"');
  });
});

describe('changes on /admin/queues', () => {
  const change = (url: string, headers: Record<string, string> = {}) => fetch(url, { method: 'PUT', headers });

  test('are refused unless the settings allow them', async () => {
    const page = await open();
    const response = await change(`${page}/api/queues/items/pause`);
    expect(await problem(response)).toMatchObject({ code: 'forbidden' });
    expect(await api.deps.jobs.queues.items.isPaused()).toBe(false);
  });

  test('that lose nothing are made when they are allowed', async () => {
    const page = await open({ ADMIN_QUEUES_WRITE: 'true' });
    expect((await change(`${page}/api/queues/items/pause`, { 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    expect(await api.deps.jobs.queues.items.isPaused()).toBe(true);
    expect((await change(`${page}/api/queues/items/resume`)).status).toBe(200);
    expect(await api.deps.jobs.queues.items.isPaused()).toBe(false);
  });

  test('that could lose an item are refused even then', async () => {
    const page = await open({ ADMIN_QUEUES_WRITE: 'true' });
    await accepted(await postForm(api.url, ['files', png(1, 1)]));
    const { items } = api.deps.jobs.queues;
    const [message] = await items.getWaiting();
    const paths = ['empty', 'obliterate', 'clean/completed', `${message?.id}/clean`, 'EMPTY', './empty', '%65mpty'];
    for (const path of paths) {
      expect(await problem(await change(`${page}/api/queues/items/${path}`))).toMatchObject({ code: 'forbidden' });
    }
    expect(await items.getWaitingCount()).toBe(1);
  });

  test.each<Record<string, string>>([{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }])(
    'that the page of another site asks for are refused: %j',
    async (headers) => {
      const page = await open({ ADMIN_QUEUES_WRITE: 'true' });
      const response = await change(`${page}/api/queues/items/pause`, headers);
      expect(await problem(response)).toMatchObject({ code: 'forbidden' });
    },
  );
});

test('the page is not loaded before somebody comes who may see it', () => {
  const list = 'require("./dist/app"); process.stdout.write(Object.keys(require.cache).join("\\n"))';
  const loaded = execFileSync(process.execPath, ['-e', list], { cwd: join(__dirname, '../..'), encoding: 'utf8' });
  expect(loaded).toContain('admin/queues-page');
  expect(loaded).not.toMatch(/bull-board|admin\/queue-board/);
});
