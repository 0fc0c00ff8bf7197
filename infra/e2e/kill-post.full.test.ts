import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Jobs, jobsConfig, openJobs, waitForRedis } from '@packshot/jobs';
import { createLogger } from '@packshot/service';
import { createObjectStore, type ObjectStore, originalKey, storageConfig } from '@packshot/storage';
import { poll, sequence, startNode, startRedis, type TestProcess, type TestRedis } from '@packshot/testing';
import { png } from '../../apps/api/src/fixtures/images';
import { sweep } from '../../apps/worker/src/sweep';

/** The API as it is deployed; needs a build. */
const MAIN = join(__dirname, '../../apps/api/dist/main.js');

const ROUNDS = 15;
const POSTS_A_ROUND = 4;
const FILES = 3;
const HOUR_MS = 3_600_000;

jest.setTimeout(600_000);

/** A request as its client keeps it, to send it again until it knows what became of it. */
interface Post {
  key: string;
  files: Buffer[];
  body: Buffer;
}

function makePost(key: string, random: () => number): Post {
  const files = Array.from({ length: FILES }, () => png(4, 3, Math.floor(random() * 300_000)));
  const part = (disposition: string, content: Buffer | string) => [
    Buffer.from(`--B\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n`),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ];
  const parts = files.flatMap((file, index) => part(`name="files"; filename="${index}.png"`, file));
  const metadata = part('name="metadata"', JSON.stringify({ key }));
  return { key, files, body: Buffer.concat([...parts, ...metadata, Buffer.from('--B--\r\n')]) };
}

/** Sends the first `bytes` of the body; gives what came back when the connection has ended. */
async function send(url: string, { key, body }: Post, bytes: number): Promise<{ answer: Promise<string> }> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => {});
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk;
  });
  const answer = new Promise<string>((resolve) => socket.once('close', () => resolve(text)));
  await once(socket, 'connect');
  const head = [
    'POST /jobs HTTP/1.1',
    'Host: 127.0.0.1',
    'Connection: close',
    `Idempotency-Key: "${key}"`,
    'Content-Type: multipart/form-data; boundary=B',
    `Content-Length: ${body.length}`,
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  socket.write(body.subarray(0, bytes));
  return { answer };
}

describe.each([1, 2])('the API is killed while images are handed in (%d)', (seed) => {
  let redis: TestRedis;
  let folder: string;
  let jobs: Jobs;
  let storage: ObjectStore;
  let api: TestProcess | undefined;
  const posts: Post[] = [];
  /** Job ids that clients were told. */
  const told = new Map<string, string>();

  const settings = () => ({ REDIS_URL: redis.url, STORAGE_DIR: folder, PACKSHOT_CONFIG: '/dev/null', PORT: '0' });
  const jobIds = () => jobs.store.redis.zrange(jobs.store.keys.jobsOf('default'), '0', '-1');

  async function startApi(): Promise<string> {
    api = await startNode(MAIN, { env: { ...settings(), HOST: undefined } });
    return /http:\S+/.exec(await api.waitForLine(/^packshot api listening on http:/, 60_000))?.[0] ?? '';
  }

  beforeAll(async () => {
    redis = await startRedis({ own: true, fsync: 'always' });
    folder = await mkdtemp(join(tmpdir(), 'packshot-kill-post-'));
    jobs = openJobs(jobsConfig.parse(settings()), { failFast: false, name: 'test' });
    storage = await createObjectStore(storageConfig.parse(settings()));
    await waitForRedis(jobs.store.redis, 10_000);
    const random = sequence(seed);
    for (let round = 0; round < ROUNDS; round++) await killOnce(round, random);
  });
  afterAll(async () => {
    await api?.stop();
    await jobs.close();
    await storage.close();
    await redis.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Several requests at once, some of them whole; the kill comes a random moment after one of them has got so far. */
  async function killOnce(round: number, random: () => number): Promise<void> {
    const { redis: client, keys } = jobs.store;
    const url = await startApi();
    const before = (await jobIds()).length;
    const marks = await client.zcard(keys.uploading);
    const sent = await Promise.all(
      Array.from({ length: POSTS_A_ROUND }, async (_, index) => {
        const post = makePost(`${seed}-${round}-${index}`, random);
        posts.push(post);
        const bytes = random() < 0.5 ? post.body.length : Math.floor(random() * post.body.length);
        return { post, whole: bytes === post.body.length, ...(await send(url, post, bytes)) };
      }),
    );
    const goal = sent.some(({ whole }) => whole) && random() < 0.6 ? 'commit' : 'upload';
    await poll(
      async () =>
        goal === 'commit'
          ? (await jobIds()).length > before
          : (await client.zcard(keys.uploading)) > marks || (await jobIds()).length > before,
      { timeoutMs: 30_000, intervalMs: 1, what: `the first ${goal}` },
    );
    const moment = performance.now() + random() * 20;
    await poll(() => performance.now() >= moment, { intervalMs: 1 });
    await api?.kill9();
    for (const { post, answer } of sent) {
      const id = /Location: \S+(job_\S+)/i.exec(await answer)?.[1];
      if (id) told.set(post.key, id);
    }
  }

  test('there is either no job or a whole one, and none that a client was told is missing', async () => {
    const { redis: client, keys } = jobs.store;
    const ids = await jobIds();
    // The schedule is of use only when both happened.
    expect(ids.length).toBeGreaterThan(0);
    expect(ids.length).toBeLessThan(posts.length);
    expect([...told.values()].filter((id) => !ids.includes(id))).toEqual([]);
    for (const id of ids) {
      const job = await jobs.store.require(id, null);
      const post = posts.find(({ key }) => key === job.metadata.key);
      const items = await jobs.store.listItems(id, 0, 100);
      expect([job.counts.total, job.counts.queued, items.length]).toEqual([FILES, FILES, FILES]);
      for (const item of items) {
        expect(item).toMatchObject({ jobId: id, status: 'queued', input: { bytes: post?.files[item.index]?.length } });
        expect(await storage.head(originalKey(id, item.id))).toMatchObject({ bytes: item.input.bytes });
      }
    }
    expect(await client.keys(`${keys.bullPrefix}:item:*`)).toHaveLength(FILES * ids.length);
    const backlog = await jobs.backlog.depth();
    expect(backlog.bulk.items).toBe(FILES * ids.length);
  });

  test('the sweeper leaves no object without a record, and queues what was not queued', async () => {
    const { redis: client, keys } = jobs.store;
    const context = {
      ...{ store: jobs.store, queues: jobs.queues, storage },
      links: { urlOf: async () => ({ url: '', expires_at: '' }) },
      embeddings: { maxBytes: 0, maxAgeMs: HOUR_MS },
      logger: createLogger({ name: 'test', level: 'error', format: 'json' }),
    };
    const round = () => sweep(context, Date.now() + 2 * HOUR_MS);
    expect((await round())?.abandoned).toBeGreaterThan(0);
    await poll(async () => (await round())?.abandoned === 0, { what: 'a clean round' });
    const expected: string[] = [];
    for (const id of await jobIds()) {
      for (const item of await jobs.store.listItems(id, 0, 100)) expected.push(originalKey(id, item.id));
    }
    const objects: string[] = [];
    for await (const { key } of storage.list('jobs/')) objects.push(key);
    expect(objects.sort()).toEqual(expected.sort());
    expect(await client.zcard(keys.uploading)).toBe(0);
    expect(await client.scard(keys.unqueued)).toBe(0);
    expect(await jobs.queues.items.getWaitingCount()).toBeGreaterThanOrEqual(expected.length);
  });

  test('no idempotency key is stuck: who sends again gets the one job of the request', async () => {
    const url = await startApi();
    const before = new Map<string, string>();
    for (const id of await jobIds()) before.set((await jobs.store.require(id, null)).metadata.key ?? '', id);
    for (const post of posts) {
      const answer = await poll(
        async () => {
          const text = await (await send(url, post, post.body.length)).answer;
          return text.startsWith('HTTP/1.1 409 ') ? null : text;
        },
        { timeoutMs: 60_000, intervalMs: 500, what: `the key ${post.key} to be free` },
      );
      expect(answer).toMatch(/^HTTP\/1\.1 202 /);
      const committed = before.get(post.key);
      expect(/Idempotency-Replayed: true/i.test(answer)).toBe(committed !== undefined);
      if (committed) expect(answer).toContain(`/jobs/${committed}\r\n`);
    }
    const ids = await jobIds();
    const keys = await Promise.all(ids.map(async (id) => (await jobs.store.require(id, null)).metadata.key));
    expect(keys.sort()).toEqual(posts.map(({ key }) => key).sort());
  });
});
