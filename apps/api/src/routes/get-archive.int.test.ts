import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { ItemView, JobView } from '@packshot/contracts';
import { poll } from '@packshot/testing';
import { accepted, itemsOf, postForm, problem } from '../fixtures/client';
import { finishItem } from '../fixtures/finish-item';
import { png } from '../fixtures/images';
import { apiForEachTest } from '../fixtures/start-api';
import { type Unzipped, unzip } from '../fixtures/unzip';

const api = apiForEachTest();

const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');
const original = (i: number) => png(1, 1, i);
const result = (i: number, padding = 1000) => png(2, 2, padding + i);
const mask = (i: number) => png(2, 2, 10 + i);

/** A job of images with these names, of which all but the last `open` are finished. */
async function newJob(
  names: string[],
  { open = 0, padding = 1000 } = {},
): Promise<{ job: JobView; items: ItemView[] }> {
  const job = await accepted(await postForm(api.url, ...names.map((name, i) => ['f', original(i), name] as const)));
  const items = await itemsOf(job);
  for (const [i, item] of items.slice(0, items.length - open).entries()) {
    await finishItem(api.deps, job.id, item, { result: result(i, padding), mask: mask(i) });
  }
  return { job, items };
}

async function download(url: string, look?: Parameters<typeof unzip>[1]): Promise<Unzipped[]> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  const path = join(api.storageDir, 'archive.zip');
  await writeFile(path, Buffer.from(await response.arrayBuffer()));
  return unzip(path, look);
}

const entry = (name: string, content: Buffer): Unzipped => ({ name, bytes: content.length, sha256: sha256(content) });

describe('200', () => {
  test('holds the results in the order of the items, byte for byte, under names of their own', async () => {
    const names = ['shoe.jpg', 'bag.jpg', 'shoe.png', 'SHOE.jpeg', 'shoe-2.jpg', 'schwärzer 😀.jpg'];
    const { job } = await newJob(names);
    const response = await fetch(job.links.archive, { method: 'HEAD' });
    expect(response.headers.get('content-type')).toBe('application/zip');
    expect(response.headers.get('content-disposition')).toBe(`attachment; filename=${job.id}.zip`);
    const expected = ['shoe.png', 'bag.png', 'shoe-2.png', 'SHOE-3.png', 'shoe-2-2.png', 'schwärzer 😀.png'];
    expect(await download(job.links.archive)).toEqual(expected.map((name, i) => entry(name, result(i))));
  });

  test('holds what has succeeded so far, and nothing of the rest', async () => {
    const { job } = await newJob(['a.png', 'b.png', 'c.png'], { open: 1 });
    const entries = await download(`${job.links.archive}?include=masks,originals`);
    expect(entries).toEqual([
      entry('a.png', result(0)),
      entry('masks/a-mask.png', mask(0)),
      entry('originals/a.png', original(0)),
      entry('b.png', result(1)),
      entry('masks/b-mask.png', mask(1)),
      entry('originals/b.png', original(1)),
    ]);
  });

  test('holds a report of every item as it shows itself, one a line', async () => {
    const { job } = await newJob(['a.png', 'b.png'], { open: 1 });
    let report = '';
    const entries = await download(`${job.links.archive}?include=report`, (name, content) => {
      if (name === 'report.ndjson') report = content.toString();
    });
    expect(entries.map(({ name }) => name)).toEqual(['a.png', 'report.ndjson']);
    const lines = report.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(await itemsOf(job));
  });

  test.each(['../../etc/passwd', '..', 'c:\\evil.jpg', '/abs.jpg', 'a/b.jpg'])(
    'gives an image called %j a name that stays in its folder',
    async (name) => {
      const { job } = await newJob([name]);
      const entries = await download(`${job.links.archive}?include=originals`);
      expect(entries).toHaveLength(2);
      for (const each of entries) expect(each.name).toMatch(/^(originals\/)?[^\\/:]+$/);
    },
  );

  test('stops reading from the store when the client leaves', async () => {
    const { job } = await newJob(['a.png', 'b.png', 'c.png'], { padding: 8_000_000 });
    const before = api.log.length;
    const request = get(job.links.archive).on('error', () => {});
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    await once(response, 'data');
    response.destroy();
    await poll(() => api.deps.inFlight.requests + api.deps.inFlight.streams === 0, { what: 'the request to be over' });
    expect(api.log.slice(before).filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
  });
});

describe('a fault of the store', () => {
  test('half-way cuts the connection, so that a part is not taken for the whole', async () => {
    const { job, items } = await newJob(['a.png', 'b.png']);
    await rm(join(api.storageDir, 'jobs', job.id, items[1]?.id ?? ''), { recursive: true });
    const response = await fetch(job.links.archive);
    expect(response.status).toBe(200);
    await expect(response.arrayBuffer()).rejects.toThrow('terminated');
  });

  test.each([0, 1])('that gives less than there should be of image %i cuts the connection too', async (i) => {
    const { job, items } = await newJob(['a.png', 'b.png']);
    const key = (await api.deps.jobs.store.getItem(items[i]?.id ?? ''))?.result?.key ?? '';
    await writeFile(join(api.storageDir, key), 'short');
    const response = await fetch(job.links.archive);
    await expect(response.arrayBuffer()).rejects.toThrow('terminated');
    const line = () => api.log.find(({ message }) => message === 'request failed');
    expect(await poll(line, { what: 'the log line' })).toMatchObject({ code: 'storage_error' });
  });

  test('before anything was sent is answered as what it is', async () => {
    const { job } = await newJob(['a.png']);
    await rm(join(api.storageDir, 'jobs'), { recursive: true });
    const response = await fetch(job.links.archive);
    expect(response.status).toBe(404);
    expect((await problem(response)).code).toBe('not_found');
    expect(response.headers.get('content-disposition')).toBeNull();
  });
});

describe('400', () => {
  test.each(['include=everything', 'include=masks,,report', 'format=tar'])('refuses %s', async (query) => {
    const { job } = await newJob(['a.png']);
    expect((await problem(await fetch(`${job.links.archive}?${query}`))).code).toBe('invalid_request');
  });
});

describe('404', () => {
  test('answers for a job that does not exist', async () => {
    const response = await fetch(`${api.url}/jobs/job_01890000-0000-7000-8000-000000000000/archive.zip`);
    expect((await problem(response)).code).toBe('not_found');
  });
});

describe('409', () => {
  test('answers while nothing has succeeded', async () => {
    const { job } = await newJob(['a.png'], { open: 1 });
    const response = await fetch(job.links.archive);
    expect(response.status).toBe(409);
    expect((await problem(response)).code).toBe('result_not_ready');
  });
});
