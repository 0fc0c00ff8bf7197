import { deriveWebhookSecret, JOB_END_EVENTS, newWebhookSecret, type WebhookPayload } from '@packshot/contracts';
import { createEndpoint, type DeliveryRecord, listDeliveries } from '@packshot/jobs';
import { type Delivery, poll, type Respond, startWebhookSink, type WebhookSink } from '@packshot/testing';
import { Webhook } from 'standardwebhooks';
import { PATIENCE_MS, scripted, Workbench } from './testing/workbench';

const SECRET = newWebhookSecret();
const SETTINGS = { WEBHOOK_SECRET: SECRET, ALLOW_PRIVATE_HOSTS: '127.0.0.1' };

jest.setTimeout(3 * PATIENCE_MS);

let bench: Workbench;
const sinks: WebhookSink[] = [];
beforeEach(async () => {
  bench = await Workbench.open();
});
afterEach(async () => {
  await bench.close();
  for (const sink of sinks.splice(0)) await sink.close();
});

async function sinkThat(respond: Respond = () => ({ status: 200 })): Promise<WebhookSink> {
  const sink = await startWebhookSink({ respond });
  sinks.push(sink);
  return sink;
}

/** What the reference library makes of a delivery; throws when it would refuse it. */
function verified(secret: string, delivery: Delivery | undefined): WebhookPayload {
  const headers = Object.fromEntries(
    Object.entries(delivery?.headers ?? {}).map(([name, value]) => [name, String(value)]),
  );
  return new Webhook(secret).verify(delivery?.body ?? '', headers) as WebhookPayload;
}

const deliveries = async (tenant: string): Promise<DeliveryRecord[]> =>
  (await listDeliveries(bench.jobs.store, tenant, { limit: 100 })).deliveries;

/** Waits until nothing is under way. */
const allEnded = (tenant: string) =>
  poll(
    async () => {
      const all = await deliveries(tenant);
      return all.length > 0 && all.every(({ status }) => status !== 'pending') && all;
    },
    { timeoutMs: PATIENCE_MS, what: 'the end of all deliveries' },
  );

const endpoint = (tenant: string, url: string) =>
  createEndpoint(bench.jobs.store, tenant, { url, events: [...JOB_END_EVENTS], description: '', disabled: false });

const GOOD = scripted({ do: 'succeed' });

describe('the end of a job', () => {
  test('is told once, signed so that the reference verifier accepts it, with the job as GET shows it', async () => {
    const sink = await sinkThat();
    await bench.startWorker(SETTINGS);
    const job = await bench.submit([GOOD, scripted({ do: 'fail', code: 'corrupt_image' })], {
      webhookUrl: `${sink.url}hook`,
    });
    const [delivery] = await sink.waitFor(1, PATIENCE_MS);
    expect(await allEnded('default')).toMatchObject([{ status: 'delivered', attemptCount: 1, jobId: job.id }]);
    expect(sink.deliveries).toHaveLength(1);
    expect(verified(SECRET, delivery)).toMatchObject({
      type: 'job.partially_succeeded',
      data: { id: job.id, status: 'partially_succeeded', counts: { total: 2, succeeded: 1, failed: 1 } },
    });
    expect(delivery).toMatchObject({ method: 'POST', path: '/hook' });
    expect(delivery?.headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': `msg_${job.id.slice(4)}_1`,
    });
    expect(delivery?.headers['user-agent']).toMatch(/^Packshot\/\d/);
  });

  test('is told to the URL of the job and to every endpoint of its tenant, each with its own secret, and to no other', async () => {
    const [own, first, second, foreign] = [await sinkThat(), await sinkThat(), await sinkThat(), await sinkThat()];
    const receivers = [await endpoint('shop', first.url), await endpoint('shop', second.url)];
    await endpoint('rival', foreign.url);
    await bench.startWorker(SETTINGS);
    const job = await bench.submit([GOOD], { tenant: 'shop', webhookUrl: own.url });
    expect((await allEnded('shop')).map(({ status }) => status)).toEqual(['delivered', 'delivered', 'delivered']);
    const secrets = [
      await deriveWebhookSecret(SECRET, 'shop'),
      ...receivers.map(({ secrets }) => secrets[0]?.secret ?? ''),
    ];
    for (const [i, sink] of [own, first, second].entries()) {
      expect(sink.deliveries).toHaveLength(1);
      expect(verified(secrets[i] ?? '', sink.deliveries[0])).toMatchObject({ data: { id: job.id } });
      expect(() => verified(secrets[(i + 1) % 3] ?? '', sink.deliveries[0])).toThrow();
    }
    expect(foreign.deliveries).toEqual([]);
  });

  test('is told again at the end of each run, under an id of its own', async () => {
    const sink = await sinkThat();
    await bench.startWorker(SETTINGS);
    const job = await bench.submit([scripted({ do: 'fail', code: 'corrupt_image' })], { webhookUrl: sink.url });
    await sink.waitFor(1, PATIENCE_MS);
    await bench.jobs.retry(await bench.jobs.store.require(job.id, null), bench.links);
    await sink.waitFor(2, PATIENCE_MS);
    await allEnded('default');
    const ids = sink.deliveries.map(({ headers }) => headers['webhook-id']);
    expect(ids).toEqual([`msg_${job.id.slice(4)}_1`, `msg_${job.id.slice(4)}_2`]);
  });
});

describe('the end of an item', () => {
  test('is told while its job goes on, by the worker that ended it', async () => {
    const sink = await sinkThat();
    const { redis, keys } = bench.jobs.store;
    // Nobody tends or sweeps.
    for (const lock of ['tend', 'sweep']) await redis.set(keys.lock(lock), 'another');
    await bench.startWorker(SETTINGS);
    const job = await bench.submit([GOOD, scripted({ do: 'wait', until: bench.path('go') })], {
      webhookUrl: sink.url,
      webhookEvents: ['item.succeeded', 'job.succeeded'],
      itemEvents: true,
    });
    const [delivery] = await sink.waitFor(1, PATIENCE_MS);
    expect(verified(SECRET, delivery)).toMatchObject({ type: 'item.succeeded', data: { job_id: job.id, index: 0 } });
    bench.release('go');
    const told = (await sink.waitFor(3, PATIENCE_MS)).map((each) => verified(SECRET, each).type);
    expect(told.sort()).toEqual(['item.succeeded', 'item.succeeded', 'job.succeeded']);
  });
});

describe('a worker without WEBHOOK_SECRET', () => {
  test('leaves what is for URLs of jobs to one that has it, and tells endpoints, which have secrets of their own', async () => {
    const [own, other] = [await sinkThat(), await sinkThat()];
    await endpoint('default', other.url);
    await bench.startWorker({ ALLOW_PRIVATE_HOSTS: '127.0.0.1' });
    await bench.submit([GOOD], { webhookUrl: own.url });
    await other.waitFor(1, PATIENCE_MS);
    const forJob = async () => (await deliveries('default')).filter(({ endpointId }) => endpointId === null);
    const waiting = await poll(
      async () => {
        const found = await forJob();
        return found.some(({ nextAttemptAt }) => (nextAttemptAt ?? 0) > Date.now() + 10_000) && found;
      },
      { timeoutMs: PATIENCE_MS, what: 'the delivery to be put off' },
    );
    expect(waiting).toMatchObject([{ status: 'pending', attemptCount: 0 }]);
    expect(own.deliveries).toEqual([]);
  });
});
