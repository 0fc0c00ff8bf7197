import { eventually } from '@packshot/testing';
import { accepted, postForm, postJson } from './fixtures/client';
import { png } from './fixtures/images';
import { apiForFile } from './fixtures/start-api';

const api = apiForFile();

/** The value of the one series of this name that has these labels; null when there is none. */
async function figure(name: string, labels: Record<string, string> = {}): Promise<number | null> {
  const text = await (await fetch(`${api.url}/metrics`)).text();
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const line = text
    .split('\n')
    .find((candidate) => /^\w+/.exec(candidate)?.[0] === name && wanted.every((label) => candidate.includes(label)));
  return line === undefined ? null : Number(line.slice(line.lastIndexOf(' ')));
}

describe('the metrics of the API', () => {
  test('count refusals by their code', async () => {
    expect((await postJson(api.url, '{')).status).toBe(400);
    expect((await fetch(`${api.url}/nowhere`)).status).toBe(404);
    expect(await figure('packshot_http_problems_total', { code: 'invalid_json' })).toBe(1);
    expect(await figure('packshot_http_problems_total', { code: 'not_found' })).toBe(1);
  });

  test('tell what waits in each lane, and the messages of each queue', async () => {
    await accepted(await postForm(api.url, ['files', png(1, 1)], ['priority', 'interactive']));
    await accepted(await postForm(api.url, ['a', png(1, 1)], ['b', png(1, 1)]));
    expect(await figure('packshot_queue_items', { lane: 'interactive' })).toBe(1);
    expect(await figure('packshot_queue_items', { lane: 'bulk' })).toBe(2);
    for (const [queue, state] of [
      ['items', 'active'],
      ['items', 'delayed'],
      ['webhooks', 'waiting'],
    ] as const) {
      expect(await figure('packshot_queue_messages', { queue, state })).toBe(0);
    }
  });

  test('time the object store, by operation', async () => {
    const puts = (await figure('packshot_storage_operation_duration_seconds_count', { operation: 'put' })) ?? 0;
    await accepted(await postForm(api.url, ['files', png(1, 1)]));
    expect(await figure('packshot_storage_operation_duration_seconds_count', { operation: 'put' })).toBe(puts + 1);
    expect(await figure('packshot_storage_errors_total', { operation: 'put' })).toBeNull();
  });

  test('make no series of a path that somebody made up, nor of the parts of a page', async () => {
    await fetch(`${api.url}/made-up`);
    await (await fetch(`${api.url}/admin/queues/api/queues`)).text();
    await eventually(async () => {
      expect(await figure('packshot_http_requests_total', { route: '/admin/queues', status: '200' })).toBe(1);
      expect(await figure('packshot_http_requests_total', { route: 'unmatched', status: '404' })).toBeGreaterThan(0);
    });
    expect(await figure('packshot_http_requests_total', { route: '/made-up' })).toBeNull();
  });
});
