import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { truncate } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { transition } from '@packshot/jobs';
import { resultKey } from '@packshot/storage';
import { accepted, itemsOf, postForm } from '../fixtures/client';
import { png } from '../fixtures/images';
import { apiForFile } from '../fixtures/start-api';
import { unzip } from '../fixtures/unzip';

const api = apiForFile();

const BYTES = 128 * 2 ** 20;
const MOST_GROWTH = 100 * 2 ** 20;

test.each([
  ['a gigabyte', 8],
  ['more than four gigabytes, which only ZIP64 can hold,', 34],
])(
  'streams an archive of %s in memory that does not grow with it',
  async (_what, images) => {
    const { store } = api.deps.jobs;
    const job = await accepted(
      await postForm(api.url, ...Array.from({ length: images }, () => ['f', png(1, 1)] as const)),
    );
    for (const item of await itemsOf(job)) {
      const ref = { id: item.id, jobId: job.id };
      await transition(store, ref, 'start');
      const key = resultKey(job.id, item.id, 1, 'png');
      const facts = await api.deps.storage.put(key, png(2, 2), { contentType: 'image/png' });
      // Mostly a hole, which costs no disk.
      await truncate(join(api.storageDir, key), BYTES);
      const result = { ...facts, key, content_type: 'image/png', width: 2, height: 2, bytes: BYTES };
      await transition(store, ref, 'succeed', { outcome: { result } });
    }

    const before = process.memoryUsage.rss();
    let highest = before;
    const sampling = setInterval(() => {
      highest = Math.max(highest, process.memoryUsage.rss());
    }, 50);
    const path = join(api.storageDir, 'archive.zip');
    try {
      const [response] = (await once(get(job.links.archive), 'response')) as [IncomingMessage];
      await pipeline(response, createWriteStream(path));
    } finally {
      clearInterval(sampling);
    }
    expect(highest - before).toBeLessThan(MOST_GROWTH);
    expect((await unzip(path)).map(({ bytes }) => bytes)).toEqual(Array.from({ length: images }, () => BYTES));
  },
  600_000,
);
