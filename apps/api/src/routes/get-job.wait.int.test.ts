import { get } from 'node:http';
import type { JobView } from '@packshot/contracts';
import { transition } from '@packshot/jobs';
import { poll } from '@packshot/testing';
import { accepted, itemsOf, postForm, problem } from '../fixtures/client';
import { finishItem } from '../fixtures/finish-item';
import { png } from '../fixtures/images';
import { apiForEachTest } from '../fixtures/start-api';

const api = apiForEachTest();

async function newJob(): Promise<{ job: JobView; finish: () => Promise<void> }> {
  const job = await accepted(await postForm(api.url, ['f', png(1, 1)]));
  const [item] = await itemsOf(job);
  return { job, finish: () => finishItem(api.deps, job.id, { id: item?.id ?? '' }, { result: png(2, 2) }) };
}

/** A request that is being held back: it is counted as a stream, and is not answered. */
async function held(url: string, headers: Record<string, string> = {}): Promise<{ answer: Promise<Response> }> {
  const before = api.deps.inFlight.streams;
  const answer = fetch(url, { headers });
  await poll(() => api.deps.inFlight.streams === before + 1, { what: 'the request to wait' });
  return { answer };
}

test('answers when the job ends', async () => {
  const { job, finish } = await newJob();
  const { answer } = await held(`${job.links.self}?wait=60`);
  await finish();
  expect(await (await answer).json()).toMatchObject({ status: 'succeeded' });
});

test('answers at once when the job has ended', async () => {
  const { job, finish } = await newJob();
  await finish();
  expect(await (await fetch(`${job.links.self}?wait=60`)).json()).toMatchObject({ status: 'succeeded' });
});

test('answers with the job as it is when the time is over', async () => {
  const { job } = await newJob();
  const response = await fetch(`${job.links.self}?wait=0.1`);
  expect(response.headers.get('retry-after')).toBe('1');
  expect(await response.json()).toEqual(job);
});

test('with If-None-Match, answers as soon as the job is another than the client has', async () => {
  const { job } = await newJob();
  const etag = (await fetch(job.links.self)).headers.get('etag') ?? '';
  const { answer } = await held(`${job.links.self}?wait=60`, { 'if-none-match': etag });
  const [item] = await itemsOf(job);
  await transition(api.deps.jobs.store, { id: item?.id ?? '', jobId: job.id }, 'start');
  const changed = await answer;
  expect(await changed.json()).toMatchObject({ status: 'processing' });
  const stale = await fetch(`${job.links.self}?wait=60`, { headers: { 'if-none-match': etag } });
  expect(stale.headers.get('etag')).toBe(changed.headers.get('etag'));
});

test('with If-None-Match, answers 304 when the time is over and nothing has changed', async () => {
  const { job } = await newJob();
  const etag = (await fetch(job.links.self)).headers.get('etag') ?? '';
  const response = await fetch(`${job.links.self}?wait=0.1`, { headers: { 'if-none-match': etag } });
  expect([response.status, await response.text()]).toEqual([304, '']);
});

test('heeds `Prefer: wait`, and says so', async () => {
  const { job, finish } = await newJob();
  const { answer } = await held(job.links.self, { prefer: 'respond-async, wait=300' });
  await finish();
  const response = await answer;
  expect(response.headers.get('preference-applied')).toBe('wait=60');
  expect(await response.json()).toMatchObject({ status: 'succeeded' });
  const other = await fetch(job.links.self, { headers: { prefer: 'handling=lenient; await=3' } });
  expect(other.headers.get('preference-applied')).toBeNull();
});

test('answers 404 when the job is deleted meanwhile', async () => {
  const { job } = await newJob();
  const { answer } = await held(`${job.links.self}?wait=60`);
  // What removing a job does first.
  const { redis, keys } = api.deps.jobs.store;
  await redis.hset(keys.job(job.id), { removing: '1' });
  await redis.publish(keys.changes, job.id);
  expect((await problem(await answer)).code).toBe('not_found');
});

test('stops waiting when the client leaves', async () => {
  const { job } = await newJob();
  const request = get(`${job.links.self}?wait=60`).on('error', () => {});
  await poll(() => api.deps.inFlight.streams === 1, { what: 'the request to wait' });
  request.destroy();
  await poll(() => api.deps.inFlight.streams === 0, { what: 'the wait to end' });
  expect(api.log.filter(({ level }) => level === 'error')).toEqual([]);
});

test('waits by the hundred without holding up anybody, and each hears of its job', async () => {
  const [one, other] = [await newJob(), await newJob()];
  const waiting = Array.from({ length: 100 }, () => fetch(`${one.job.links.self}?wait=60`));
  await poll(() => api.deps.inFlight.streams === 100, { what: 'everybody to wait' });
  await other.finish();
  expect(await (await fetch(`${other.job.links.self}?wait=60`)).json()).toMatchObject({ status: 'succeeded' });
  await one.finish();
  for (const response of await Promise.all(waiting))
    expect(await response.json()).toMatchObject({ status: 'succeeded' });
});

test('answers everybody who waits when the API is shut down', async () => {
  const { job } = await newJob();
  const { answer } = await held(`${job.links.self}?wait=60`);
  const { changes } = api.deps;
  changes.stop();
  expect(await (await answer).json()).toEqual(job);
});

test.each(['61', '-1', 'long', '1&wait=2'])('refuses wait=%s and points at it', async (wait) => {
  const { job } = await newJob();
  const response = await fetch(`${job.links.self}?wait=${wait}`);
  expect(response.status).toBe(400);
  expect(await problem(response)).toMatchObject({ code: 'invalid_request', errors: [{ pointer: '/wait' }] });
});

test('asks to come back the later, the more there is to do, and within half a minute', async () => {
  const images = (count: number) => Array.from({ length: count }, () => ['f', png(1, 1)] as const);
  const retryAfter = async (url: string) => (await fetch(url)).headers.get('retry-after');
  const { links } = await accepted(await postForm(api.url, ...images(35)));
  expect(await retryAfter(links.self)).toBe('4');
  await accepted(await postForm(api.url, ...images(350)));
  // What waits is counted every other second.
  await poll(async () => (await retryAfter(links.self)) === '30', { intervalMs: 200, what: 'another count' });
});
