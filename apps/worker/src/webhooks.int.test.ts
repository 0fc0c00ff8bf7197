import { newWebhookSecret, type WebhookPayload } from '@packshot/contracts';
import { connectRedis } from '@packshot/jobs';
import { createLogger } from '@packshot/service';
import { poll, type Respond, startWebhookSink, type WebhookSink } from '@packshot/testing';
import { Webhook } from 'standardwebhooks';
import { consumeWebhooks } from './consume-webhooks';
import { PATIENCE_MS, scripted, Workbench } from './testing/workbench';

const SECRET = newWebhookSecret();
const HEADERS = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;

jest.setTimeout(3 * PATIENCE_MS);

let bench: Workbench;
const closers: (() => Promise<void>)[] = [];
beforeEach(async () => {
  bench = await Workbench.open();
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await bench.close();
});

async function sinkThat(respond: Respond): Promise<WebhookSink> {
  const sink = await startWebhookSink({ respond });
  closers.push(() => sink.close());
  return sink;
}

/** Deliveries alone, with short waits: the real schedule begins with five seconds and five minutes. */
function startConsumer(options: { allowHosts?: string[]; timeoutMs?: number } = {}): void {
  const connection = connectRedis(bench.redis.url, { failFast: false, name: 'webhooks' });
  const consumer = consumeWebhooks({
    connection,
    prefix: bench.jobs.store.keys.bullPrefix,
    lockMs: 30_000,
    stalledIntervalMs: 30_000,
    secret: SECRET,
    allowHosts: ['127.0.0.1'],
    backoffMs: () => 10,
    logger: createLogger({ name: 'test', level: 'error', format: 'text' }),
    ...options,
  });
  closers.push(async () => {
    await consumer.close();
    connection.disconnect();
  });
}

const send = (url: string) =>
  bench.jobs.queues.addWebhook({ messageId: 'msg_1', jobId: 'job_1', url, body: '{"type":"job.succeeded","ä":1}' });

const queueEmpty = () =>
  poll(
    async () => {
      const counts = await bench.jobs.queues.webhooks.getJobCounts('waiting', 'active', 'delayed', 'failed');
      return Object.values(counts).every((count) => count === 0);
    },
    { timeoutMs: PATIENCE_MS, what: 'an empty webhook queue' },
  );

describe('the webhook of a job that ended', () => {
  test('arrives once, signed so that the reference verifier accepts it, with the job as GET shows it', async () => {
    const sink = await sinkThat(() => ({ status: 200 }));
    await bench.startWorker({ WEBHOOK_SECRET: SECRET, ALLOW_PRIVATE_HOSTS: '127.0.0.1' });
    const job = await bench.submit([scripted({ do: 'succeed' }), scripted({ do: 'fail', code: 'corrupt_image' })], {
      webhookUrl: `${sink.url}hook`,
    });
    const [delivery] = await sink.waitFor(1, PATIENCE_MS);
    await queueEmpty();
    expect(sink.deliveries).toHaveLength(1);
    const headers = Object.fromEntries(HEADERS.map((name) => [name, String(delivery?.headers[name])]));
    const payload = new Webhook(SECRET).verify(delivery?.body ?? '', headers) as WebhookPayload;
    expect(payload).toMatchObject({
      type: 'job.partially_succeeded',
      data: { id: job.id, status: 'partially_succeeded', counts: { total: 2, succeeded: 1, failed: 1 } },
    });
    expect(delivery).toMatchObject({ method: 'POST', path: '/hook' });
    expect(delivery?.headers['content-type']).toBe('application/json');
  });

  test('waits in its queue when the worker has no secret to sign it with', async () => {
    const sink = await sinkThat(() => ({ status: 200 }));
    await bench.startWorker({ ALLOW_PRIVATE_HOSTS: '127.0.0.1' });
    await bench.ended(await bench.submit([scripted({ do: 'succeed' })], { webhookUrl: sink.url }));
    await poll(async () => (await bench.jobs.queues.webhooks.getWaitingCount()) === 1, {
      timeoutMs: PATIENCE_MS,
      what: 'the queued webhook',
    });
    expect(sink.deliveries).toEqual([]);
  });
});

describe('a delivery that fails', () => {
  test('is repeated with the same id and body, and a signature of its own', async () => {
    const sink = await sinkThat((_, index) => ({ status: index < 2 ? 500 : 204 }));
    startConsumer();
    await send(sink.url);
    const deliveries = await sink.waitFor(3, PATIENCE_MS);
    await queueEmpty();
    expect(new Set(deliveries.map(({ body }) => body)).size).toBe(1);
    expect(deliveries.map(({ headers }) => headers['webhook-id'])).toEqual(['msg_1', 'msg_1', 'msg_1']);
    for (const { body, headers } of deliveries) {
      const signed = Object.fromEntries(HEADERS.map((name) => [name, String(headers[name])]));
      expect(() => new Webhook(SECRET).verify(body, signed)).not.toThrow();
    }
  });

  test('with a hang-up or a redirect is a failure like any other', async () => {
    const answers = [{ hangUp: true }, { status: 302, headers: { location: '/elsewhere' } }, { status: 200 }];
    const sink = await sinkThat((_, index) => answers[index] ?? {});
    startConsumer();
    await send(sink.url);
    await sink.waitFor(3, PATIENCE_MS);
    await queueEmpty();
    expect(sink.deliveries.map(({ path }) => path)).toEqual(['/', '/', '/']);
  });

  test('and asks for patience gets it', async () => {
    const sink = await sinkThat(() => ({ status: 503, headers: { 'retry-after': '120' } }));
    startConsumer();
    await send(sink.url);
    const delayed = await poll(async () => (await bench.jobs.queues.webhooks.getDelayed())[0], {
      timeoutMs: PATIENCE_MS,
      what: 'the delay',
    });
    expect(delayed.delay).toBe(120_000);
    expect(delayed.attemptsMade).toBe(1);
  });

  test('ten times is given up', async () => {
    const sink = await sinkThat(() => ({ status: 500 }));
    startConsumer();
    await send(sink.url);
    await sink.waitFor(10, PATIENCE_MS);
    await queueEmpty();
    expect(sink.deliveries).toHaveLength(10);
  });
});

describe('a receiver', () => {
  test('that answers 410 is asked no more', async () => {
    const sink = await sinkThat(() => ({ status: 410 }));
    startConsumer();
    await send(sink.url);
    await sink.waitFor(1, PATIENCE_MS);
    await queueEmpty();
    expect(sink.deliveries).toHaveLength(1);
  });

  test('on a private network is not sent to', async () => {
    const sink = await sinkThat(() => ({ status: 200 }));
    startConsumer({ allowHosts: [] });
    await send(sink.url);
    await queueEmpty();
    expect(sink.deliveries).toEqual([]);
  });

  test('that never answers does not hold the queue', async () => {
    let answer = () => {};
    const late = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const sink = await sinkThat(async (_, index) => {
      if (index === 0) await late;
      return { status: 200 };
    });
    startConsumer({ timeoutMs: 500 });
    await send(sink.url);
    await sink.waitFor(2, PATIENCE_MS);
    answer();
    await queueEmpty();
  });
});
