import { poll, startFaultProxy } from '@packshot/testing';
import { jobsConfig } from '../config';
import { connectSubscriber } from '../connection';
import { jobsForEachTest, makeJob } from '../fixtures/make-job';
import { transition } from '../transition';
import { Changes } from './changes';
import { waitForJob } from './wait-for-job';

const held = jobsForEachTest();
let changes: Changes | undefined;
let subscriber: ReturnType<typeof connectSubscriber>;
afterEach(() => changes?.close());

/** Longer than a test may take: whoever waits so long was woken. */
const LONG_MS = 60_000;

/** Changes as heard over a connection to `url`, once it has subscribed. */
async function listen({ url = held.redis.url, lookAgainMs = LONG_MS } = {}): Promise<Changes> {
  const { keys } = held.jobs.store;
  subscriber = connectSubscriber(jobsConfig.parse({ REDIS_URL: url }), 'test-changes');
  changes = new Changes(subscriber, keys.changes, lookAgainMs);
  await subscribed();
  return changes;
}

async function subscribed(): Promise<void> {
  const { keys, redis } = held.jobs.store;
  const probe = async () => ((await redis.pubsub('NUMSUB', keys.changes)) as [string, number])[1] > 0;
  await poll(probe, { what: 'the subscription' });
}

const publish = (jobId: string) => held.jobs.store.redis.publish(held.jobs.store.keys.changes, jobId);
test('wakes those who wait for the job that changed, and nobody else', async () => {
  const heard = await listen();
  const [one, other] = [heard.watch('job_1'), heard.watch('job_2')];
  let otherWoken = false;
  void other.changed(LONG_MS).then(() => {
    otherWoken = true;
  });
  for (let i = 0; i < 2; i += 1) {
    await publish('job_1');
    await one.changed(LONG_MS);
  }
  expect(otherWoken).toBe(false);
});

test('does not miss a change that comes before the wait begins', async () => {
  const watch = (await listen()).watch('job_1');
  await publish('job_1');
  await held.jobs.store.redis.ping();
  await watch.changed(LONG_MS);
});

test('tells the last of many changes in a row', async () => {
  const watch = (await listen()).watch('job_1');
  await publish('job_1');
  await watch.changed(LONG_MS);
  for (let i = 0; i < 5; i += 1) await publish('job_1');
  await watch.changed(LONG_MS);
});

test('tells every step of a job of one image at once, and of a job that goes on changing only now and then', async () => {
  const heard = await listen();
  const watch = heard.watch('job_1');
  const woken: boolean[] = [];
  for (let i = 0; i < 100; i += 1) {
    let told = false;
    const waiting = watch.changed(LONG_MS).then(() => {
      told = true;
    });
    subscriber.emit('message', held.jobs.store.keys.changes, 'job_1');
    // Nothing but what is ready by now gets its turn before that.
    await new Promise((resolve) => process.nextTick(resolve));
    woken.push(told);
    if (!told) break;
    await waiting;
  }
  // Accepted, started, ended: an item tells each of these beside its job.
  expect(woken.slice(0, 6)).toEqual(Array(6).fill(true));
  expect(woken.at(-1)).toBe(false);
});

test('wakes everybody when its connection is back after a cut, since something may have been said meanwhile', async () => {
  const proxy = await startFaultProxy(new URL(held.redis.url));
  try {
    const heard = await listen({ url: `redis://${proxy.host}:${proxy.port}/0` });
    const watch = heard.watch('job_1');
    const waiting = watch.changed(LONG_MS);
    proxy.setState('down');
    await publish('job_1');
    proxy.setState('up');
    await waiting;
    // And it hears again.
    await subscribed();
    const again = watch.changed(LONG_MS);
    await publish('job_1');
    await again;
  } finally {
    changes?.close();
    await proxy.close();
  }
});

test('looks again by itself when a change was not heard', async () => {
  const watch = (await listen({ lookAgainMs: 50 })).watch('job_1');
  // Nothing is published at all.
  await watch.changed(LONG_MS);
});

test('lets everybody go when it is stopped, and lets nobody wait after that', async () => {
  const heard = await listen();
  const watch = heard.watch('job_1');
  const waiting = watch.changed(LONG_MS);
  heard.stop();
  await waiting;
  await heard.watch('job_2').changed(LONG_MS);
});

test('lets a watch go that is closed, and leaves the others of the job', async () => {
  const heard = await listen();
  const [one, other] = [heard.watch('job_1'), heard.watch('job_1')];
  const waiting = one.changed(LONG_MS);
  one.close();
  one.close();
  await waiting;
  await publish('job_1');
  await other.changed(LONG_MS);
});

test('waits for a job until it is as wanted', async () => {
  const heard = await listen();
  const { store } = held.jobs;
  const job = await makeJob(held.jobs);
  const [item] = await store.listItems(job.id, 0, 1);
  const options = { timeoutMs: LONG_MS, signal: new AbortController().signal };
  const waiting = waitForJob(store, heard, job, { ...options, until: ({ status }) => status === 'failed' });
  const ref = { id: item?.id ?? '', jobId: job.id };
  await transition(store, ref, 'start');
  await transition(store, ref, 'fail', { attempt: 1 });
  expect((await waiting).status).toBe('failed');
});

test('gives the job as it is when the time is over', async () => {
  const heard = await listen();
  const job = await makeJob(held.jobs);
  const options = { timeoutMs: 50, signal: new AbortController().signal, until: () => false };
  expect((await waitForJob(held.jobs.store, heard, job, options)).status).toBe('queued');
});
