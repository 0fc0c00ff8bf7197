import { JOB_END_EVENTS, newId, newWebhookSecret, uuidv7 } from '@packshot/contracts';
import {
  CIRCUIT_RULES,
  changeEndpoint,
  circuitView,
  connectRedis,
  createDelivery,
  createEndpoint,
  type DeliveryRecord,
  type EndpointRecord,
  getDelivery,
  getEndpoint,
  type Jobs,
  jobsConfig,
  openJobs,
  redeliver,
  rotateSecret,
  sendTest,
} from '@packshot/jobs';
import { createLogger } from '@packshot/service';
import {
  type Delivery,
  eventually,
  poll,
  type Respond,
  startRedis,
  startWebhookSink,
  type TestRedis,
  type WebhookSink,
} from '@packshot/testing';
import { Webhook } from 'standardwebhooks';
import { consumeWebhooks, type WebhookConsumerOptions, type WebhookOutcome } from './consume-webhooks';

const SECRET = newWebhookSecret();
const PATIENCE_MS = 30_000;

jest.setTimeout(2 * PATIENCE_MS);

let redis: TestRedis;
let jobs: Jobs;
let outcomes: WebhookOutcome[];
const closers: (() => Promise<void>)[] = [];
beforeAll(async () => {
  redis = await startRedis();
});
beforeEach(() => {
  jobs = openJobs(config(), { failFast: false, name: 'test' });
  outcomes = [];
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await jobs.close();
});
afterAll(() => redis.stop());

const config = () => jobsConfig.parse({ REDIS_URL: redis.url, REDIS_PREFIX: `test-${uuidv7()}` });

async function sinkThat(respond: Respond): Promise<WebhookSink> {
  const sink = await startWebhookSink({ respond });
  closers.push(() => sink.close());
  return sink;
}

/** Deliveries with short waits: the real schedule begins with five seconds and five minutes. */
function startConsumer(options: Partial<WebhookConsumerOptions> = {}): void {
  const connection = connectRedis(config(), { failFast: false, name: 'webhooks' });
  const logger = createLogger({ name: 'test', level: 'error', format: 'text' });
  const consumer = consumeWebhooks({
    store: jobs.store,
    connection,
    lockMs: 30_000,
    stalledIntervalMs: 30_000,
    secrets: [SECRET],
    allowHosts: ['127.0.0.1'],
    userAgent: 'Packshot/test',
    backoffMs: () => 10,
    circuit: { failures: 100, openMs: 50, longestOpenMs: 400, probeMs: 5000 },
    onOutcome: (outcome) => outcomes.push(outcome),
    logger,
    ...options,
  });
  closers.push(async () => {
    await consumer.close();
    connection.disconnect();
  });
}

/** A message to the URL of a job. */
async function send(url: string, more: { trace?: string } = {}): Promise<string> {
  const { id, series } = await createDelivery(jobs.store, {
    tenant: 'default',
    messageId: newId('msg'),
    type: 'job.succeeded',
    jobId: newId('job'),
    endpointId: null,
    url,
    body: '{"type":"job.succeeded","ä":1}',
    trace: more.trace ?? null,
    traceState: more.trace ? 'vendor=1' : null,
    createdAt: new Date().toISOString(),
  });
  await jobs.queues.addDelivery(id, series);
  return id;
}

async function record(id: string): Promise<DeliveryRecord> {
  const delivery = await getDelivery(jobs.store, id);
  if (!delivery) throw new Error('the delivery is gone');
  return delivery;
}

/** Waits until the delivery has ended. */
const ended = (id: string) =>
  poll(
    async () => {
      const delivery = await record(id);
      return delivery.status !== 'pending' && delivery;
    },
    { timeoutMs: PATIENCE_MS, what: 'the end of the delivery' },
  );

/** Waits until the delivery was tried so often. */
const tried = (id: string, count: number) =>
  poll(
    async () => {
      const delivery = await record(id);
      return delivery.attemptCount >= count && delivery;
    },
    { timeoutMs: PATIENCE_MS, what: `${count} attempts` },
  );

const newEndpoint = (url: string) =>
  createEndpoint(jobs.store, 'shop', { url, events: [...JOB_END_EVENTS], description: '', disabled: false });
const secretOf = ({ secrets }: EndpointRecord) => secrets[0]?.secret ?? '';

function verify(secret: string, delivery: Delivery | undefined): unknown {
  const headers = Object.fromEntries(
    Object.entries(delivery?.headers ?? {}).map(([name, value]) => [name, String(value)]),
  );
  return new Webhook(secret).verify(delivery?.body ?? '', headers);
}

describe('a delivery that fails', () => {
  test('is repeated with the same id and body, and a signature of its own, each attempt noted', async () => {
    const sink = await sinkThat((_, index) => ({ status: index < 2 ? 500 : 200, body: `answer ${index}` }));
    startConsumer();
    const id = await send(sink.url);
    const { status, attempts, messageId, nextAttemptAt, endedAt } = await ended(id);
    expect([status, nextAttemptAt]).toEqual(['delivered', null]);
    expect(endedAt).not.toBeNull();
    expect(attempts).toMatchObject([
      { status: 500, answer: 'answer 0', error: 'The receiver answered 500.' },
      { status: 500, answer: 'answer 1' },
      { status: 200, answer: 'answer 2', error: null },
    ]);
    expect(new Set(sink.deliveries.map(({ body }) => body)).size).toBe(1);
    expect(new Set(sink.deliveries.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([messageId]));
    for (const delivery of sink.deliveries) expect(() => verify(SECRET, delivery)).not.toThrow();
    expect(outcomes).toEqual(['retried', 'retried', 'delivered']);
  });

  test('with a hang-up or a redirect is a failure like any other', async () => {
    const answers = [{ hangUp: true }, { status: 302, headers: { location: '/elsewhere' } }, { status: 200 }];
    const sink = await sinkThat((_, index) => answers[index] ?? {});
    startConsumer();
    const { attempts } = await ended(await send(sink.url));
    expect(attempts.map(({ status }) => status)).toEqual([null, 302, 200]);
    expect(attempts[0]?.error).toBe('The receiver could not be reached (ECONNRESET).');
    expect(sink.deliveries.map(({ path }) => path)).toEqual(['/', '/', '/']);
  });

  test.each([
    ['seconds', () => '120'],
    ['a date', () => new Date(Date.now() + 120_500).toUTCString()],
  ])('and asks for patience in %s gets it', async (_form, retryAfter) => {
    const sink = await sinkThat(() => ({ status: 503, headers: { 'retry-after': retryAfter() } }));
    startConsumer();
    const { nextAttemptAt, attempts, status } = await tried(await send(sink.url), 1);
    expect(status).toBe('pending');
    const waitMs = (nextAttemptAt ?? 0) - Date.parse(attempts[0]?.at ?? '');
    expect(waitMs).toBeGreaterThanOrEqual(118_500);
    expect(waitMs).toBeLessThan(180_000);
    await eventually(async () => {
      const [delayed] = await jobs.queues.webhooks.getDelayed();
      expect(delayed?.delay).toBeGreaterThan(100_000);
    });
  });

  test('ten times is given up', async () => {
    const sink = await sinkThat(() => ({ status: 500 }));
    startConsumer();
    const { status, attemptCount } = await ended(await send(sink.url));
    expect([status, attemptCount]).toEqual(['failed', 10]);
    expect(sink.deliveries).toHaveLength(10);
    expect(outcomes).toEqual([...Array<string>(9).fill('retried'), 'failed']);
  });
});

describe('a receiver', () => {
  test('of a job that answers 410 is asked no more', async () => {
    const sink = await sinkThat(() => ({ status: 410 }));
    startConsumer();
    expect((await ended(await send(sink.url))).status).toBe('refused');
    expect(sink.deliveries).toHaveLength(1);
  });

  test('on a private network is not sent to', async () => {
    const sink = await sinkThat(() => ({ status: 200 }));
    startConsumer({ allowHosts: [] });
    const { status, attempts } = await ended(await send(sink.url));
    expect(status).toBe('refused');
    expect(attempts).toMatchObject([{ status: null, error: 'The URL points to a private network.' }]);
    expect(sink.deliveries).toEqual([]);
  });

  test('that talks at length has the first kilobyte kept, and no character of it torn', async () => {
    const sink = await sinkThat(() => ({ status: 200, body: `x${'ä'.repeat(3_000_000)}` }));
    startConsumer();
    const { attempts } = await ended(await send(sink.url));
    expect(attempts[0]?.answer).toBe(`x${'ä'.repeat(511)}`);
  });

  test('is told the trace that the job belongs to', async () => {
    const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const sink = await sinkThat(() => ({ status: 200 }));
    startConsumer();
    await ended(await send(sink.url, { trace }));
    expect(sink.deliveries[0]?.headers).toMatchObject({
      traceparent: trace,
      tracestate: 'vendor=1',
      'user-agent': 'Packshot/test',
    });
  });
});

describe('an endpoint', () => {
  test('is tested with a message that verifies with its secret', async () => {
    const sink = await sinkThat(() => ({ status: 200 }));
    startConsumer({ secrets: [] });
    const endpoint = await newEndpoint(sink.url);
    const { id } = await sendTest(jobs.store, jobs.queues, endpoint);
    expect((await ended(id)).status).toBe('delivered');
    expect(verify(secretOf(endpoint), sink.deliveries[0])).toMatchObject({ type: 'webhook.test' });
  });

  test('whose secret is replaced is signed for with both, until the old one is over', async () => {
    const sink = await sinkThat(() => ({ status: 200 }));
    startConsumer();
    const before = await newEndpoint(sink.url);
    const after = await rotateSecret(jobs.store, before, 3_600_000);
    await ended((await sendTest(jobs.store, jobs.queues, after)).id);
    const over = await rotateSecret(jobs.store, after, 0);
    await ended((await sendTest(jobs.store, jobs.queues, over)).id);
    const [both, newOnly] = sink.deliveries;
    expect(both?.headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);
    for (const secret of [secretOf(before), secretOf(after)]) expect(() => verify(secret, both)).not.toThrow();
    expect(() => verify(secretOf(over), newOnly)).not.toThrow();
    expect(() => verify(secretOf(after), newOnly)).toThrow();
  });

  test('that answers 410 is disabled, and what waits for it ends', async () => {
    const sink = await sinkThat(() => ({ status: 410 }));
    const endpoint = await newEndpoint(sink.url);
    const ids = [];
    for (let i = 0; i < 2; i++) ids.push((await sendTest(jobs.store, jobs.queues, endpoint)).id);
    startConsumer();
    for (const id of ids) expect((await ended(id)).status).toBe('disabled');
    expect(await getEndpoint(jobs.store, endpoint.id)).toMatchObject({ disabled: 'gone' });
  });

  test('that was moved gets what still waits at its new address', async () => {
    const [old, moved] = [await sinkThat(() => ({ status: 500 })), await sinkThat(() => ({ status: 200 }))];
    startConsumer({ backoffMs: () => 200 });
    const endpoint = await newEndpoint(old.url);
    const { id } = await sendTest(jobs.store, jobs.queues, endpoint);
    await tried(id, 1);
    await changeEndpoint(jobs.store, endpoint, { url: moved.url });
    expect(await ended(id)).toMatchObject({ status: 'delivered', url: moved.url });
  });
});

describe('a redelivery', () => {
  test('begins the schedule anew, with the same message id, and keeps the log', async () => {
    let broken = true;
    const sink = await sinkThat(() => ({ status: broken ? 500 : 200 }));
    startConsumer();
    const id = await send(sink.url);
    const failed = await ended(id);
    expect(failed.status).toBe('failed');
    broken = false;
    await redeliver(jobs.store, jobs.queues, failed);
    expect(await ended(id)).toMatchObject({ status: 'delivered', attemptCount: 11, tries: 1 });
    expect(new Set(sink.deliveries.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });
});

describe('a receiver that hangs', () => {
  test('holds up nobody: all that is for another arrives meanwhile', async () => {
    let answer = () => {};
    const never = new Promise<void>((resolve) => {
      answer = resolve;
    });
    closers.push(async () => answer());
    const hanging = await sinkThat(async () => {
      await never;
      return { status: 200 };
    });
    const healthy = await sinkThat(() => ({ status: 200 }));
    const stuck = await Promise.all(Array.from({ length: 40 }, () => send(hanging.url)));
    const fine = await Promise.all(Array.from({ length: 40 }, () => send(healthy.url)));
    startConsumer();
    for (const id of fine) expect((await ended(id)).status).toBe('delivered');
    // It has its share of the slots and no more, and has answered nothing.
    expect(hanging.deliveries).toHaveLength(4);
    for (const id of stuck) expect((await record(id)).attemptCount).toBe(0);
    answer();
    for (const id of stuck) expect((await ended(id)).status).toBe('delivered');
  });

  test('is left alone after five failures in a row, and none that waits for it loses an attempt', async () => {
    const sink = await sinkThat(() => ({ status: 500 }));
    startConsumer({ circuit: CIRCUIT_RULES, backoffMs: () => 3_600_000 });
    const ids = await Promise.all(Array.from({ length: 20 }, () => send(sink.url)));
    // Those that wait for a slot are put off as well, before there are five failures.
    const circuit = await poll(
      async () => {
        const view = await circuitView(jobs.store, 'default', sink.url);
        return view.state === 'open' && (await jobs.queues.webhooks.getDelayedCount()) === 20 && view;
      },
      { timeoutMs: PATIENCE_MS },
    );
    expect(circuit).toMatchObject({ failures: 5 });
    expect(await circuitView(jobs.store, 'shop', sink.url)).toMatchObject({ state: 'closed', failures: 0 });
    // Four may be under way at once, so three more may have been when the fifth failed.
    expect(sink.deliveries.length).toBeGreaterThanOrEqual(5);
    expect(sink.deliveries.length).toBeLessThanOrEqual(8);
    const all = await Promise.all(ids.map(record));
    expect(all.filter(({ attemptCount }) => attemptCount === 1)).toHaveLength(sink.deliveries.length);
    expect(all.filter(({ attemptCount }) => attemptCount === 0)).toHaveLength(20 - sink.deliveries.length);
  });

  test('is tried again by one delivery, and served when that arrives', async () => {
    let broken = true;
    const sink = await sinkThat(() => ({ status: broken ? 500 : 200 }));
    const circuit = { failures: 5, openMs: 200, longestOpenMs: 200, probeMs: 500 };
    startConsumer({ circuit, backoffMs: () => 3_600_000 });
    const ids = await Promise.all(Array.from({ length: 20 }, () => send(sink.url)));
    await poll(async () => (await circuitView(jobs.store, 'default', sink.url)).state !== 'closed', {
      timeoutMs: PATIENCE_MS,
    });
    broken = false;
    await eventually(
      async () => {
        const all = await Promise.all(ids.map(record));
        expect(all.map(({ attemptCount }) => attemptCount)).toEqual(Array(20).fill(1));
        const failed = sink.deliveries.length - all.filter(({ status }) => status === 'delivered').length;
        expect(failed).toBe(all.filter(({ attempts }) => attempts[0]?.status === 500).length);
        expect(failed).toBeLessThan(20);
      },
      { timeoutMs: PATIENCE_MS },
    );
    expect(await circuitView(jobs.store, 'default', sink.url)).toMatchObject({ state: 'closed', failures: 0 });
  });

  test('before it answers is given up after the time limit, and tried again', async () => {
    let answer = () => {};
    const late = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const sink = await sinkThat(async (_, index) => {
      if (index === 0) await late;
      return { status: 200 };
    });
    startConsumer({ timeoutMs: 300 });
    const { attempts } = await ended(await send(sink.url));
    answer();
    expect(attempts).toMatchObject([{ status: null, error: 'The receiver took too long.' }, { status: 200 }]);
  });
});
