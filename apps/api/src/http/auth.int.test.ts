import { problem } from '../fixtures/client';
import { apiForFile } from '../fixtures/start-api';
import { ROUTES } from '../routes';

const api = apiForFile({ API_KEYS: 'first-key, second-key' });

const job = 'job_01890000-0000-7000-8000-000000000000';
const item = 'item_01890000-0000-7000-8000-000000000000';
const call = (method: string, path: string, headers: Record<string, string> = {}) =>
  fetch(api.url + path.replace(':job', job).replace(':item', item), { method, headers });

describe('without a key', () => {
  test.each(ROUTES.filter(({ open }) => !open))('$method $path answers 401 and says how to come in', async (route) => {
    const response = await call(route.method, route.path);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect((await problem(response)).code).toBe('unauthorized');
    expect(route.statuses).toContain(401);
  });

  test.each(ROUTES.filter(({ open }) => open))('$method $path answers', async (route) => {
    expect((await call(route.method, route.path)).status).toBe(200);
  });
});

describe('with a key', () => {
  test.each<Record<string, string>>([
    { authorization: 'Bearer first-key' },
    { authorization: 'bearer second-key' },
    { 'x-api-key': 'second-key' },
  ])('%j is let in', async (headers) => {
    expect((await call('GET', '/jobs/:job', headers)).status).toBe(404);
  });

  test.each<Record<string, string>>([
    { authorization: 'Bearer first-ke' },
    { authorization: 'Bearer first-key, second-key' },
    { authorization: 'Basic first-key' },
    { 'x-api-key': 'FIRST-KEY' },
    { 'x-api-key': 'x'.repeat(8000) },
  ])('%j is kept out', async (headers) => {
    const response = await call('GET', '/jobs/:job', headers);
    expect(response.status).toBe(401);
    expect((await problem(response)).code).toBe('unauthorized');
  });
});

test('a key is never logged', () => {
  expect(JSON.stringify(api.log)).not.toMatch(/first-key|second-key/i);
});
