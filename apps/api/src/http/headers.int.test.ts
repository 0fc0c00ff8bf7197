import { accepted, itemsOf, postForm } from '../fixtures/client';
import { finishItem } from '../fixtures/finish-item';
import { png } from '../fixtures/images';
import { apiForFile } from '../fixtures/start-api';

/** Whatever the answer is: no browser guesses at its type, runs it, frames it, or learns what serves it. */

const api = apiForFile({ CORS_ORIGINS: 'https://shop.example' });
const paths: Record<string, string> = {};

beforeAll(async () => {
  const job = await accepted(await postForm(api.url, ['files', png(2, 2)]));
  const [item] = await itemsOf(job);
  if (!item) throw new Error('the job has no item');
  await finishItem(api.deps, job.id, item, { result: png(2, 2), mask: png(2, 2) });
  const done = (await itemsOf(job))[0];
  Object.assign(paths, {
    'a job': new URL(job.links.self).pathname,
    'a result': new URL(item.links.result).pathname,
    'a mask': new URL(item.links.mask).pathname,
    'a signed link': new URL(done?.result?.url ?? '').href.slice(api.url.length),
    'a signed link that is wrong': `${new URL(done?.result?.url ?? '').pathname}?expires=1&signature=x`,
    'an archive': new URL(job.links.archive).pathname,
    events: new URL(job.links.events).pathname,
    'a refusal': '/jobs/nothing',
    'what is not there': '/nothing',
    'a path that cannot be decoded': '/%',
    health: '/health',
    metrics: '/metrics',
    'the contract': '/openapi.json',
    'the documentation': '/docs',
  });
});

test.each([
  ...[
    'a job',
    'a result',
    'a mask',
    'a signed link',
    'a signed link that is wrong',
    'an archive',
    'events',
    'a refusal',
  ],
  ...['what is not there', 'a path that cannot be decoded', 'health', 'metrics', 'the contract', 'the documentation'],
])('%s', async (what) => {
  const gone = new AbortController();
  const response = await fetch(api.url + paths[what], { signal: gone.signal });
  gone.abort();
  const { headers } = response;
  expect(response.status).toBeLessThan(500);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('content-security-policy')).toMatch(/frame-ancestors 'none'|sandbox/);
  expect(headers.get('content-security-policy')).not.toMatch(/script-src[^;]*unsafe/);
  expect(headers.get('x-powered-by')).toBeNull();
  expect(headers.get('x-request-id')).toMatch(/^req_/);
  expect(headers.get('referrer-policy')).toBe('no-referrer');
});

test('a preflight', async () => {
  const response = await fetch(`${api.url}/jobs`, {
    method: 'OPTIONS',
    headers: { origin: 'https://shop.example', 'access-control-request-method': 'POST' },
  });
  expect([response.status, response.headers.get('x-content-type-options')]).toEqual([204, 'nosniff']);
});
