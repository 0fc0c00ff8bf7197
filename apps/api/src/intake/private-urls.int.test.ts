import { INVALID_URLS, PRIVATE_URLS } from '@packshot/testing';
import { accepted, itemsOf, postJson, problem } from '../fixtures/client';
import { apiForFile } from '../fixtures/start-api';

const api = apiForFile();

const urls = [...PRIVATE_URLS, ...INVALID_URLS];
const public_ = { url: 'https://shop.example/shoe.jpg' };

test('an item that points to where nobody may lead us fails, and the others are accepted', async () => {
  const job = await accepted(await postJson(api.url, { items: [...urls.map(([, url]) => ({ url })), public_] }));
  const items = await itemsOf(job);
  const codes = items.map(({ error }) => error?.code ?? null);
  expect(codes).toEqual([...PRIVATE_URLS.map(() => 'url_not_allowed'), ...INVALID_URLS.map(() => 'invalid_url'), null]);
});

test.each(urls)('a webhook to %s is refused', async (_, webhook_url) => {
  const response = await postJson(api.url, { items: [public_], webhook_url });
  expect(response.status).toBe(422);
  const { code, errors } = await problem(response);
  expect(['url_not_allowed', 'invalid_url']).toContain(code);
  expect(errors?.[0]?.pointer).toBe('/webhook_url');
});
