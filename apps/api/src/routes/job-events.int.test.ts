import { once } from 'node:events';
import type { ItemView, JobView } from '@packshot/contracts';
import { type Transition, transition } from '@packshot/jobs';
import { poll } from '@packshot/testing';
import { accepted, itemsOf, postForm, problem } from '../fixtures/client';
import { allEvents, type EventReader, type ReadEvent, readEvents } from '../fixtures/event-reader';
import { png } from '../fixtures/images';
import { apiForEachTest } from '../fixtures/start-api';

const api = apiForEachTest();

async function newJob(count = 1): Promise<{ job: JobView; items: ItemView[] }> {
  const job = await accepted(
    await postForm(api.url, ...Array.from({ length: count }, () => ['f', png(1, 1)] as const)),
  );
  return { job, items: await itemsOf(job) };
}

type Told = Pick<Transition, 'status' | 'attempts'> & { id: string; index: number };

/** Does something to an item, and notes what came of it. */
async function change(item: ItemView, event: Parameters<typeof transition>[2], told: Told[] = []): Promise<boolean> {
  const { store } = api.deps.jobs;
  const jobId = item.links.job.slice(item.links.job.lastIndexOf('/') + 1);
  const outcome = event === 'fail' ? { error: { code: 'timed_out', message: 'late', retryable: false } as const } : {};
  const { applied, status, attempts } = await transition(store, { id: item.id, jobId }, event, { outcome });
  if (applied) told.push({ id: item.id, index: item.index, status, attempts });
  return applied;
}

const itemsToldIn = (events: readonly ReadEvent[]) => events.filter(({ event }) => event === 'item');
const shortly = ({ data: { id, index, status, attempts } }: ReadEvent): Told => ({ id, index, status, attempts });

/** The same numbers on every run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

async function next(reader: EventReader, event: string): Promise<ReadEvent> {
  for (;;) {
    const { value, done } = await reader.events.next();
    if (done) throw new Error(`the stream ended without ${event}`);
    if (value.event === event) return value;
  }
}

describe('200', () => {
  test('begins with the job as it is, tells each change of items and job, and ends with the job', async () => {
    const { job, items } = await newJob(2);
    const reader = await readEvents(job.links.events);
    expect(reader.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    expect(await next(reader, 'job')).toMatchObject({ id: expect.stringMatching(/^\d+-\d+$/), data: job });
    const [one, two] = items as [ItemView, ItemView];
    const told: Told[] = [];
    await change(one, 'start', told);
    await change(one, 'succeed', told);
    await change(two, 'start', told);
    await change(two, 'fail', told);
    const events = await allEvents(reader);
    expect(itemsToldIn(events).map(shortly)).toEqual(told);
    expect(itemsToldIn(events).at(-1)?.data).toEqual({
      ...told.at(-1),
      custom_id: null,
      error: { code: 'timed_out', message: 'late', retryable: false },
    });
    const final = (await (await fetch(job.links.self)).json()) as JobView;
    expect(events.filter(({ event }) => event === 'job').map(({ data }) => data.status)).toEqual([
      'processing',
      'partially_succeeded',
    ]);
    expect(events.at(-1)).toMatchObject({ event: 'job', data: final });
  });

  test('tells how far the job is, in events that do not move the client on', async () => {
    const { job, items } = await newJob(1);
    const [item] = items as [ItemView];
    const reader = await readEvents(job.links.events);
    await next(reader, 'job');
    await change(item, 'start');
    const { store } = api.deps.jobs;
    const record = await store.getItem(item.id);
    if (!record) throw new Error('the item is gone');
    await store.progress(record, 0.5, 'denoise');
    let progress: ReadEvent;
    do progress = await next(reader, 'progress');
    while (progress.data.progress !== 0.5);
    expect(progress).toMatchObject({ id: null, data: { counts: { processing: 1 } } });
    reader.cut();
  });

  test.each([1, 2, 3])('resumed after cuts anywhere, tells each change once and in order (seed %i)', async (seed) => {
    const chance = random(seed);
    const { job, items } = await newJob(12);
    const told: Told[] = [];
    const work = async () => {
      const open = [...items];
      while (open.length > 0) {
        const place = chance(open.length);
        const item = open[place] as ItemView;
        const event = (['start', 'start', 'requeue', 'succeed', 'fail'] as const)[chance(5)] ?? 'start';
        if ((await change(item, event, told)) && (event === 'succeed' || event === 'fail')) open.splice(place, 1);
      }
    };
    const heard: ReadEvent[] = [];
    let last: string | undefined;
    let connections = 0;
    const listen = async () => {
      for (;;) {
        const reader = await readEvents(job.links.events, last);
        if (reader.response.statusCode === 204) return;
        connections += 1;
        let left = 1 + chance(6);
        for await (const event of reader.events) {
          if (event.id !== null) last = event.id;
          heard.push(event);
          left -= 1;
          if (left === 0) break;
        }
        reader.cut();
      }
    };
    // One event has to be known before anything happens: what a client did not see begin, it is not told.
    const first = await readEvents(job.links.events);
    last = (await next(first, 'job')).id ?? undefined;
    first.cut();
    await Promise.all([work(), listen()]);
    expect(itemsToldIn(heard).map(shortly)).toEqual(told);
    expect(connections).toBeGreaterThan(5);
    const ends = heard.filter(({ event, data }) => event === 'job' && data.completed_at !== null);
    expect(ends).toHaveLength(1);

    // A retry goes on in the same stream.
    const failed = items.filter(({ id }) => told.some((each) => each.id === id && each.status === 'failed'));
    if (failed.length === 0) throw new Error('the seed lets nothing fail');
    await fetch(job.links.retry, { method: 'POST' });
    const again: Told[] = [];
    const reader = await readEvents(job.links.events, last);
    for (const item of failed) for (const event of ['start', 'succeed'] as const) await change(item, event, again);
    const second = await allEvents(reader);
    expect(itemsToldIn(second).map(shortly)).toEqual(again);
    expect(second.filter(({ event }) => event === 'job').map(({ data }) => data.status)).toEqual([
      'queued',
      'processing',
      'succeeded',
    ]);
  });

  test('takes the id from the address too, and tells everything from 0 on', async () => {
    const { job, items } = await newJob(1);
    const told: Told[] = [];
    await change(items[0] as ItemView, 'start', told);
    await change(items[0] as ItemView, 'succeed', told);
    const events = await allEvents(await readEvents(`${job.links.events}?last_event_id=0`));
    expect(itemsToldIn(events).map(shortly)).toEqual(told);
    expect(events.filter(({ event }) => event === 'job').map(({ data }) => data.status)).toEqual([
      'queued',
      'processing',
      'succeeded',
    ]);
  });

  test('says that something is missing when the stream no longer holds what came after the id', async () => {
    const { job, items } = await newJob(1);
    const reader = await readEvents(job.links.events);
    const { id } = await next(reader, 'job');
    reader.cut();
    await change(items[0] as ItemView, 'start');
    await change(items[0] as ItemView, 'requeue');
    const { redis, keys } = api.deps.jobs.store;
    await redis.xtrim(keys.jobEvents(job.id), 'MAXLEN', 1);
    const resumed = await readEvents(job.links.events, id ?? '');
    const present = (await (await fetch(job.links.self)).json()) as JobView;
    expect(await next(resumed, 'reset')).toMatchObject({ id: expect.stringMatching(/^\d+-\d+$/), data: present });
    // And goes on from there.
    const told: Told[] = [];
    await change(items[0] as ItemView, 'start', told);
    expect(shortly(await next(resumed, 'item'))).toEqual(told[0]);
    resumed.cut();
  });

  test('ends when the job is deleted', async () => {
    const { job } = await newJob(1);
    const reader = await readEvents(job.links.events);
    await next(reader, 'job');
    // What removing a job does first.
    const { redis, keys } = api.deps.jobs.store;
    await redis.hset(keys.job(job.id), { removing: '1' });
    await redis.publish(keys.changes, job.id);
    await allEvents(reader);
  });

  test('says so too when the id is none that it has given yet', async () => {
    const { job } = await newJob(1);
    const reader = await readEvents(job.links.events, '999999999999999-0');
    expect(await next(reader, 'reset')).toMatchObject({ data: job });
    reader.cut();
  });

  test('does not fill the memory for a reader that does not read', async () => {
    const { job } = await newJob(1);
    const { redis, keys } = api.deps.jobs.store;
    const padding = 'x'.repeat(2000);
    for (let chunk = 0; chunk < 10; chunk += 1) {
      const pipeline = redis.pipeline();
      for (let i = 0; i < 1000; i += 1) {
        const entry = ['at', '', 'type', 'item.processing', 'item', `item_${padding}`, 'index', '0', 'attempts', '1'];
        pipeline.xadd(keys.jobEvents(job.id), '*', ...entry);
      }
      await pipeline.exec();
    }
    const sent = jest.spyOn(JSON, 'stringify');
    const reader = await readEvents(`${job.links.events}?last_event_id=0`);
    // Socket buffers take a part; then the stream is held up, and the rest stays in Redis.
    let before = -1;
    const stalled = async () => {
      const now = sent.mock.calls.length;
      const still = now === before;
      before = now;
      return still && now > 0;
    };
    await poll(stalled, { intervalMs: 500, what: 'the stream to be held up' });
    expect(before).toBeLessThan(10_000);
    sent.mockRestore();
    let count = 0;
    for await (const { event } of reader.events) {
      if (event === 'item') count += 1;
      if (count === 10_000) break;
    }
    expect(count).toBe(10_000);
    reader.cut();
  });

  test('ends when the API is shut down, so that the client comes back with its place', async () => {
    const { job } = await newJob(1);
    const reader = await readEvents(job.links.events);
    await next(reader, 'job');
    api.deps.changes.stop();
    expect((await allEvents(reader)).filter(({ event }) => event !== 'progress')).toEqual([]);
  });

  test('counts as a stream, and no longer as a request, until the job has ended', async () => {
    const { job } = await newJob(1);
    const reader = await readEvents(job.links.events);
    await next(reader, 'job');
    expect([api.deps.inFlight.streams, api.deps.inFlight.requests]).toEqual([1, 0]);
    await fetch(job.links.cancel, { method: 'POST' });
    await allEvents(reader);
    await poll(() => api.deps.inFlight.streams === 0, { what: 'the stream to be over' });
  });

  test('answers HEAD with the same head and no body', async () => {
    const { job } = await newJob(1);
    const response = await fetch(job.links.events, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  });
});

describe('204', () => {
  test('tells a client that has heard the end not to come back', async () => {
    const { job, items } = await newJob(1);
    await change(items[0] as ItemView, 'start');
    await change(items[0] as ItemView, 'succeed');
    const events = await allEvents(await readEvents(job.links.events));
    const { response } = await readEvents(job.links.events, events.at(-1)?.id ?? '');
    expect(response.statusCode).toBe(204);
    response.resume();
    await once(response, 'end');
  });
});

describe('400', () => {
  test.each(['x', '1-2-3', '-1'])('refuses the id %s', async (id) => {
    const { job } = await newJob(1);
    for (const options of [{ headers: { 'last-event-id': id } }, {}]) {
      const url = options.headers ? job.links.events : `${job.links.events}?last_event_id=${id}`;
      const response = await fetch(url, options);
      expect(response.status).toBe(400);
      expect(await problem(response)).toMatchObject({ errors: [{ pointer: '/last_event_id' }] });
    }
  });
});

describe('404', () => {
  test('answers for a job that does not exist', async () => {
    const response = await fetch(`${api.url}/jobs/job_01890000-0000-7000-8000-000000000000/events`);
    expect((await problem(response)).code).toBe('not_found');
  });
});

describe('406', () => {
  test('refuses a client that does not take events', async () => {
    const { job } = await newJob(1);
    const response = await fetch(job.links.events, { headers: { accept: 'application/json' } });
    expect(response.status).toBe(406);
    expect((await problem(response)).code).toBe('not_acceptable');
  });
});
