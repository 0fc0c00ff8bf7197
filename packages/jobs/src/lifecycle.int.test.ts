import {
  ITEM_TABLE,
  ITEM_TRANSITIONS,
  type ItemStatus,
  isTerminal,
  JOB_STATUSES,
  type JobStatus,
  jobAllows,
  jobStatus,
  pipelineSchema,
  resolvePipeline,
} from '@packshot/contracts';
import { startRedis, type TestRedis } from '@packshot/testing';
import { jobsConfig } from './config';
import { newItem, newJob } from './fixtures/make-job';
import type { NewJob } from './job-store';
import { type Jobs, openJobs } from './open-jobs';
import { transition, transitionMany } from './transition';

/**
 * Random sequences of everything that can happen to a job, against the two tables of `lifecycle.ts`: a model in plain
 * objects takes the same steps, and after each one the records, counters, indexes and the outbox must say the same.
 */
const WALKS = 40;
const STEPS = 40;

let redis: TestRedis;
let jobs: Jobs;

beforeAll(async () => {
  redis = await startRedis();
});
beforeEach(() => {
  const REDIS_PREFIX = `test-${Math.random().toString(36).slice(2)}`;
  jobs = openJobs(jobsConfig.parse({ REDIS_URL: redis.url, REDIS_PREFIX }), { failFast: false, name: 'test' });
});
afterEach(() => jobs.close());
afterAll(() => redis.stop());

/** A linear congruential generator, so that a failing walk can be walked again. */
function generator(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
}

const pipeline = resolvePipeline(pipelineSchema.parse({}));

function jobOf(items: number, ttlMs: number | null): NewJob {
  return newJob(
    Array.from({ length: items }, () => newItem()),
    { tenant: 'shop & söhne', pipeline, webhookUrl: 'https://shop.test/hook', itemEvents: true, ttlMs },
  );
}

/** What the tables say, step by step. */
class Model {
  run = 1;
  started = false;
  canceled = false;
  readonly items: { id: string; status: ItemStatus; attempts: number; startedIn: number; expired: boolean }[];
  /** Terminal events that must be in the outbox. */
  readonly told: string[] = [];

  constructor(ids: readonly string[]) {
    this.items = ids.map((id) => ({ id, status: 'queued', attempts: 0, startedIn: 0, expired: false }));
  }

  get counts() {
    const tally = (status: ItemStatus) => this.items.filter((item) => item.status === status).length;
    return {
      total: this.items.length,
      queued: tally('queued'),
      processing: tally('processing'),
      succeeded: tally('succeeded'),
      failed: tally('failed'),
      canceled: tally('canceled'),
    };
  }

  get status(): JobStatus {
    const expired = this.items.filter((item) => item.expired).length;
    return jobStatus(this.counts, { started: this.started, canceled: this.canceled, expired });
  }

  /** Gives the item's status after the event, or null when it is refused. */
  step(index: number, event: (typeof EVENTS)[number], late: boolean): ItemStatus | null {
    const item = this.items[index];
    if (!item) throw new Error('no such item');
    let to = ITEM_TRANSITIONS[item.status][event] ?? null;
    const overdue = late && item.status === 'queued' && item.startedIn !== this.run;
    if (event === 'expire' && !overdue) to = null;
    if (to === null) return null;
    if ((event === 'start' || event === 'requeue') && this.canceled) to = 'canceled';
    else if (event === 'expire' || (event === 'start' && overdue)) {
      to = 'failed';
      item.expired = true;
    }
    if (to === 'processing') {
      item.attempts++;
      item.startedIn = this.run;
      this.started = true;
    }
    item.status = to;
    if (isTerminal(to) && this.counts.queued + this.counts.processing === 0)
      this.told.push(`${this.run} job.${this.status}`);
    return to;
  }

  retry(): boolean {
    if (!jobAllows(this.status, 'retry')) return false;
    this.run++;
    this.started = false;
    this.canceled = false;
    for (const item of this.items) {
      if (item.status === 'succeeded') continue;
      item.status = 'queued';
      item.expired = false;
    }
    return true;
  }
}

const EVENTS = ['start', 'succeed', 'fail', 'expire', 'requeue', 'cancel'] as const;

async function compare(model: Model, jobId: string): Promise<void> {
  const { store } = jobs;
  const job = await store.require(jobId, 'shop & söhne');
  expect(job).toMatchObject({ counts: model.counts, status: model.status, run: model.run });
  expect(job.completedAt !== null).toBe(isTerminal(model.status));
  expect(job.startedAt !== null).toBe(model.started);
  expect(job.progressSum).toBe(0);
  for (const status of JOB_STATUSES) {
    const listed = await store.redis.zscore(store.keys.jobsWithStatus(job.tenant, status), jobId);
    expect(listed !== null).toBe(status === model.status);
  }
  const items = await store.listItems(jobId, 0, 10);
  expect(items.map(({ status, attempts }) => ({ status, attempts }))).toEqual(
    model.items.map(({ status, attempts }) => ({ status, attempts })),
  );
  const outbox = Object.values(await store.redis.hgetall(store.keys.unsent)).map((text) => JSON.parse(text));
  const ends = outbox.filter(({ type, job: id }) => id === jobId && /^job\.(?!processing)/.test(type));
  expect(ends.map(({ run, type }) => `${run} ${type}`).sort()).toEqual([...model.told].sort());
}

it.each(Array.from({ length: WALKS }, (_, walk) => walk + 1))(
  'walk %i goes exactly as the tables say, and every terminal state is told once a run',
  async (walk) => {
    const random = generator(walk * 7919);
    const late = walk % 3 === 0;
    // A deadline that is over from the start stands for a job whose `ttl` has passed.
    const job = await jobs.store.create(jobOf(3, late ? 1 : null), late ? { now: Date.now() - 1000 } : {});
    const items = await jobs.store.listItems(job.id, 0, 3);
    const model = new Model(items.map(({ id }) => id));
    for (let i = 0; i < STEPS; i++) {
      const dice = random(20);
      if (dice === 0) {
        const open = jobAllows(model.status, 'cancel');
        const canceled = await jobs.store.requestCancel(job).then(
          () => true,
          () => false,
        );
        expect(canceled).toBe(open);
        model.canceled ||= open;
        if (open) {
          // Queued items go at once.
          await transitionMany(
            jobs.store,
            job.id,
            items.map(({ id }) => id),
            'cancel',
            ['queued'],
          );
          for (const [index, item] of model.items.entries())
            if (item.status === 'queued') model.step(index, 'cancel', late);
        }
      } else if (dice === 1) {
        const retried = await jobs.store.retry(job.id).then(
          () => true,
          () => false,
        );
        expect(retried).toBe(model.retry());
      } else {
        const index = random(3);
        const event = EVENTS[random(EVENTS.length)] ?? 'start';
        const item = items[index];
        if (!item) throw new Error('no such item');
        const before = model.items[index]?.status;
        // The new run of a late job has a deadline of its own, a millisecond ahead; by now it is over as well.
        const expected = model.step(index, event, late);
        const result = await transition(jobs.store, item, event);
        expect(result).toMatchObject({ applied: expected !== null, status: expected ?? before });
      }
      await compare(model, job.id);
    }
  },
);

it('knows an event for every status an item can be in, and leaves none but by retry', () => {
  const out = ITEM_TABLE.filter(({ from }) => isTerminal(from)).map(({ event }) => event);
  expect(new Set(out)).toEqual(new Set(['retry']));
});
