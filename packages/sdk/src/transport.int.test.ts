import { type SinkAnswer, startWebhookSink, type WebhookSink } from '@packshot/testing';
import { Packshot, PackshotError } from './index';

const problem = (status: number, code: string, headers: Record<string, string> = {}): SinkAnswer => ({
  status,
  headers: { 'content-type': 'application/problem+json', ...headers },
  body: JSON.stringify({
    code,
    detail: `because of ${code}`,
    request_id: 'req_1',
    errors: [{ pointer: '/items/0', detail: 'no' }],
  }),
});
const good: SinkAnswer = { status: 202, body: '{"id":"job_1"}' };

let server: WebhookSink;
afterEach(() => server.close());

/** A server that answers so, one after the other, and the last for ever. */
async function answering(answers: readonly SinkAnswer[], options: { maxRetries?: number; apiKey?: string } = {}) {
  server = await startWebhookSink({ respond: (_, index) => answers[Math.min(index, answers.length - 1)] ?? good });
  return new Packshot({ baseUrl: server.url, ...options });
}

const thrown = async (promise: Promise<unknown>): Promise<PackshotError> => {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof PackshotError)) throw error ?? new Error('nothing was thrown');
  return error;
};

const job = { items: [{ url: 'https://shop.example/a.jpg' }] };

it('sends a refused request again under the same key, no earlier than Retry-After says', async () => {
  const packshot = await answering([
    problem(429, 'rate_limited', { 'retry-after': '1' }),
    problem(503, 'overloaded', { 'retry-after': new Date(Date.now() + 2000).toUTCString() }),
    { status: 503, headers: { 'retry-after': '0' }, body: '<html>a proxy</html>' },
    { hangUp: true },
    good,
  ]);
  expect(await packshot.jobs.create(job)).toEqual({ id: 'job_1' });
  const keys = server.deliveries.map(({ headers }) => headers['idempotency-key']);
  expect(keys).toHaveLength(5);
  expect(new Set(keys).size).toBe(1);
  expect(keys[0]).toMatch(/.{16}/);
  expect(new Set(server.deliveries.map(({ body }) => body)).size).toBe(1);
  const [first, second, third] = server.deliveries.map(({ receivedAt }) => receivedAt.getTime());
  expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(990);
  expect((third ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(990);
});

it('gives each request a key of its own, and keeps the one it was given', async () => {
  const packshot = await answering([good]);
  await packshot.jobs.create(job);
  await packshot.jobs.create(job);
  await packshot.jobs.create(job, { idempotencyKey: 'order-7' });
  const [a, b, c] = server.deliveries.map(({ headers }) => headers['idempotency-key']);
  expect(a).not.toBe(b);
  expect(c).toBe('order-7');
});

it('throws what the server says, at once, when the same again would not help', async () => {
  const packshot = await answering([problem(422, 'invalid_pipeline')]);
  const error = await thrown(packshot.jobs.create(job));
  expect(error).toMatchObject({
    code: 'invalid_pipeline',
    status: 422,
    requestId: 'req_1',
    message: 'because of invalid_pipeline',
    retryable: false,
    errors: [{ pointer: '/items/0', detail: 'no' }],
  });
  expect(server.deliveries).toHaveLength(1);
});

it('gives up in the end, and says why', async () => {
  const packshot = await answering([problem(503, 'overloaded', { 'retry-after': '0' })], { maxRetries: 2 });
  expect(await thrown(packshot.jobs.get('job_1'))).toMatchObject({ code: 'overloaded', retryable: true });
  expect(server.deliveries).toHaveLength(3);
});

it('says of what is no answer of Packshot, and of none at all, that it is none', async () => {
  const packshot = await answering([{ status: 404, body: 'nginx' }], { maxRetries: 0 });
  expect(await thrown(packshot.jobs.get('job_1'))).toMatchObject({ code: 'bad_answer', status: 404 });
  const nobody = new Packshot({ baseUrl: 'http://127.0.0.1:9', maxRetries: 0 });
  expect(await thrown(nobody.jobs.get('job_1'))).toMatchObject({ code: 'unreachable', status: null, retryable: true });
});

it('does not send a second time what would then be done twice', async () => {
  const packshot = await answering([{ hangUp: true }]);
  expect(await thrown(packshot.jobs.retry('job_1'))).toMatchObject({ code: 'unreachable' });
  expect(server.deliveries).toHaveLength(1);
});

it('ends with the reason of its signal, while it waits to send again too', async () => {
  const packshot = await answering([problem(503, 'overloaded', { 'retry-after': '60' })]);
  const stop = new AbortController();
  const call = packshot.jobs.get('job_1', { signal: stop.signal });
  await server.waitFor(1);
  stop.abort(new Error('enough'));
  await expect(call).rejects.toThrow('enough');
});

it('shows its key to the server alone, and follows pages by their cursor, not by their address', async () => {
  const elsewhere = 'http://127.0.0.1:9/jobs?cursor=abc&limit=100';
  const packshot = await answering(
    [
      { status: 200, body: JSON.stringify({ jobs: [{ id: 'job_1' }], next: elsewhere }) },
      { status: 200, body: JSON.stringify({ jobs: [{ id: 'job_2' }], next: null }) },
    ],
    { apiKey: 'secret' },
  );
  const ids: string[] = [];
  for await (const { id } of packshot.jobs.list({ status: 'failed' })) ids.push(id);
  expect(ids).toEqual(['job_1', 'job_2']);
  expect(server.deliveries.map(({ path }) => path)).toEqual([
    '/jobs?status=failed&limit=100',
    '/jobs?status=failed&limit=100&cursor=abc',
  ]);
  expect(server.deliveries.map(({ headers }) => headers.authorization)).toEqual(['Bearer secret', 'Bearer secret']);
});

it('comes back with the last event it saw when a stream of events breaks off', async () => {
  const job = (status: string) => JSON.stringify({ id: 'job_1', status });
  const stream = (...lines: string[]): SinkAnswer => ({
    status: 200,
    headers: { 'content-type': 'text/event-stream' },
    body: lines.join('\n'),
  });
  const packshot = await answering([
    stream('id: 1-0', 'event: job', `data: ${job('processing')}`, '', 'id: 2-0', 'event: item', 'data: {"id":'),
    { hangUp: true },
    stream(
      'id: 2-0',
      'event: item',
      'data: {"id":"item_1"}',
      '',
      'id: 3-0',
      'event: job',
      `data: ${job('succeeded')}`,
      '',
      '',
    ),
  ]);
  const told: (string | null)[] = [];
  for await (const { id } of packshot.jobs.events('job_1')) told.push(id);
  expect(told).toEqual(['1-0', '2-0', '3-0']);
  expect(server.deliveries.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '1-0', '1-0']);
});
