import { accepted, problem } from './fixtures/client';
import { png } from './fixtures/images';
import { apiForFile } from './fixtures/start-api';
import type { Route } from './http/route';
import { ROUTES } from './routes';

/** Nobody sees or touches what is another tenant's, on any endpoint there is: they are all walked through. */

const api = apiForFile({
  API_KEYS: 'a=key-of-a,b=key-of-b',
  ADMIN_KEYS: 'boss=key-of-boss',
  ALLOW_PRIVATE_HOSTS: '127.0.0.1:9',
  WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 1).toString('base64')}`,
});

/** Stands in everything that tenant `a` makes. */
const MARK = 'mark-of-a';
const JSON_TYPE: Record<string, string> = { 'content-type': 'application/json' };

function call(key: string, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  return fetch(api.url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body !== undefined ? JSON_TYPE : {}), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

async function made(response: Response): Promise<Record<string, unknown>> {
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
}

const newJob = {
  items: [{ base64: png(4, 4).toString('base64'), name: `${MARK}.png`, custom_id: MARK }],
  metadata: { mark: MARK },
};

/** What stands for each parameter of a path: something that tenant `a` has. A new kind of thing needs a line in `beforeAll`. */
const ids: Record<string, string> = {};

beforeAll(async () => {
  const created = await accepted(await call('key-of-a', 'POST', '/jobs', newJob));
  ids.job = created.id;
  ids.task = created.id;
  const items = await made(await call('key-of-a', 'GET', `/jobs/${created.id}/items`));
  ids.item = String((items.items as { id: string }[])[0]?.id);
  ids.name = 'cutout';
  const upload = { content_type: 'image/png', bytes: 10, name: `${MARK}.png` };
  ids.upload = String((await made(await call('key-of-a', 'POST', '/uploads', upload))).id);
  const endpoint = { url: `http://127.0.0.1:9/${MARK}`, description: MARK };
  ids.endpoint = String((await made(await call('key-of-a', 'POST', '/webhooks/endpoints', endpoint))).id);
  await made(await call('key-of-a', 'POST', `/webhooks/endpoints/${ids.endpoint}/test`));
  const { deliveries } = await made(await call('key-of-a', 'GET', '/webhooks/deliveries'));
  ids.delivery = String((deliveries as { id: string }[])[0]?.id);
  ids.key = String((await made(await call('key-of-boss', 'POST', '/keys', { name: MARK, tenant: 'a' }))).id);
});

function fill({ path, method }: Route): string {
  // Some hold their answer back for more than a minute.
  const query = method === 'GET' && /stat.*sync|stream/.test(path) ? '?wait=1000' : '';
  return named(path) + query;
}

function named(path: string): string {
  return path.replace(/:(\w+)/g, (_, name: string) => {
    const id = ids[name];
    if (id === undefined) throw new Error(`say in this test what tenant a has as :${name}`);
    return id;
  });
}

/** Models are the server's, and a balance is no list. */
const ofNobody = ({ path }: Route) => path.startsWith('/models') || path === '/v1.0/account';

const guarded = ROUTES.filter((route) => route.scope !== null && !ofNobody(route));
// RunPod's endpoints are names that everybody may use.
const ofOne = guarded.filter(({ path }) => path.replace('/v2/:endpoint', '').includes(':'));
const reading = ofOne.filter(({ method }) => method === 'GET');
const lists = guarded.filter(({ path, method, scope }) => !path.includes(':') && method === 'GET' && scope === 'read');

/** The status, and the body when it ends by itself. */
async function look(key: string, route: Route): Promise<{ status: number; text: string }> {
  const gone = new AbortController();
  const response = await fetch(api.url + fill(route), {
    headers: { authorization: `Bearer ${key}` },
    signal: gone.signal,
  });
  const endless = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  const text = endless ? '' : await response.text();
  gone.abort();
  return { status: response.status, text };
}

test('another tenant gets 404 wherever a path names something, learns nothing, and changes nothing', async () => {
  expect(ofOne.length).toBeGreaterThan(10);
  const before = await Promise.all(
    reading.filter(({ scope }) => scope === 'read').map((route) => look('key-of-a', route)),
  );
  const answers: string[] = [];
  for (const route of ofOne) {
    const example = Object.values(route.body ?? {})[0]?.example;
    const response = await call('key-of-b', route.method, fill(route), example);
    const text = await response.clone().text();
    answers.push(`${route.method} ${route.path}: ${response.status}${text.includes(MARK) ? ' with the mark' : ''}`);
    if (!route.errorForm) await problem(response);
  }
  expect(answers).toEqual(
    ofOne.map(({ method, path, scope }) => `${method} ${path}: ${scope === 'admin' ? 403 : 404}`),
  );
  const after = await Promise.all(
    reading.filter(({ scope }) => scope === 'read').map((route) => look('key-of-a', route)),
  );
  const stable = ({ status, text }: { status: number; text: string }) => [
    status,
    text.replace(/"request_id":"[^"]*"/, ''),
  ];
  expect(after.map(stable)).toEqual(before.map(stable));
});

test.each(reading)('its owner and an administrator find what $path names', async (route) => {
  expect((await look('key-of-boss', route)).status).not.toBe(404);
  if (route.scope !== 'admin') expect((await look('key-of-a', route)).status).not.toBe(404);
});

test.each(lists)('$path lists nothing of another tenant', async ({ path }) => {
  expect(await (await call('key-of-a', 'GET', path)).text()).toContain(MARK);
  const response = await call('key-of-b', 'GET', path);
  expect(response.status).toBe(200);
  const text = await response.text();
  expect(text).not.toContain(MARK);
  for (const id of Object.values(ids)) expect(text).not.toContain(id);
});

test('a list is not opened by naming what another tenant has', async () => {
  const filters = [
    `/jobs?custom_id=${MARK}`,
    `/webhooks/deliveries?job=${ids.job}`,
    `/webhooks/deliveries?endpoint=${ids.endpoint}`,
  ];
  for (const path of filters) expect(await (await call('key-of-b', 'GET', path)).text()).not.toContain(MARK);
  const asking = await call('key-of-b', 'GET', '/jobs?tenant=a');
  expect([400, 403]).toContain(asking.status);
  expect(await (await call('key-of-boss', 'GET', '/jobs?tenant=a')).text()).toContain(MARK);
});

test('an upload of another tenant cannot be made into a job', async () => {
  const response = await call('key-of-b', 'POST', '/jobs', { items: [{ upload: ids.upload }] });
  expect((await problem(response)).code).toBe('source_missing');
});

test('two tenants may use the same idempotency key', async () => {
  const headers = { 'idempotency-key': 'order-7' };
  const ofA = await accepted(await call('key-of-a', 'POST', '/jobs', newJob, headers));
  const ofB = await accepted(await call('key-of-b', 'POST', '/jobs', newJob, headers));
  expect(ofB.id).not.toBe(ofA.id);
  expect((await call('key-of-b', 'GET', `/jobs/${ofA.id}`)).status).toBe(404);
});

test('items are found under their own job alone', async () => {
  const mine = await accepted(await call('key-of-b', 'POST', '/jobs', newJob));
  const [item] = await itemsOfB(mine.id);
  expect((await call('key-of-b', 'GET', `/jobs/${mine.id}/items/${item?.id}`)).status).toBe(200);
  expect((await call('key-of-b', 'GET', `/jobs/${mine.id}/items/${ids.item}`)).status).toBe(404);
});

async function itemsOfB(jobId: string): Promise<{ id: string }[]> {
  return (await made(await call('key-of-b', 'GET', `/jobs/${jobId}/items`))).items as { id: string }[];
}
