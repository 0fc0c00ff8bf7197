/**
 * Two tenants on one worker, all real: what a batch of one costs the other.
 *
 *     node bench/tenants.mjs [items]        after `npm run build`; 2,000 items by default
 *
 * First tenant B alone sends single images, one now and then. Then tenant A submits its batch, and B does the same again
 * while it runs, in the bulk lane like A's and then in the interactive one. Last B submits a batch as well, and for a while
 * both are counted. All images are of one size, cut out by the compact model.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const root = resolve(fileURLToPath(import.meta.url), '../..');
const { startNode, startRedis } = require('../packages/testing');
const sharp = createRequire(join(root, 'packages/pipeline/package.json'))('sharp');

const ITEMS = Number(process.argv[2] ?? 2000);
const SINGLES = 7;
/** Between two single images: a tenant that sends them without a pause has its share with them, and no more. */
const PAUSE_MS = 3000;
const COUNTED = 80;
const PIPELINE = JSON.stringify({ background: true, output: { mask: false } });

const folder = await mkdtemp(join(tmpdir(), 'packshot-tenants-'));
const redis = await startRedis({ own: true, fsync: 'always' });
const keys = { a: `a-${randomBytes(16).toString('hex')}`, b: `b-${randomBytes(16).toString('hex')}` };
const env = {
  REDIS_URL: redis.url,
  STORAGE_DIR: join(folder, 'objects'),
  SPOOL_DIR: join(folder, 'spool'),
  LOG_FORMAT: 'text',
};
const processes = [];

async function start(main, more, ready) {
  const started = await startNode(join(root, main), { env: { ...env, ...more }, ipc: true });
  processes.push(started);
  return started.waitForLine(ready, 120_000);
}

async function call(tenant, url, init = {}) {
  const response = await fetch(url, { ...init, headers: { 'x-api-key': keys[tenant] } });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response.json();
}

async function submit(base, tenant, photo, { count = 1, priority = 'bulk' } = {}) {
  const form = new FormData();
  form.append('pipeline', PIPELINE);
  form.append('priority', priority);
  for (let i = 0; i < count; i++) form.append('files', new Blob([photo]), `${i}.jpg`);
  return call(tenant, `${base}/jobs`, { method: 'POST', body: form });
}

/** Seconds from submission to the end of a job of one image. */
async function single(base, photo, priority) {
  const from = performance.now();
  const job = await submit(base, 'b', photo, { priority });
  for (;;) {
    const now = await call('b', `${job.links.self}?wait=30`);
    if (now.status === 'succeeded') return (performance.now() - from) / 1000;
    if (now.completed_at) throw new Error(`the image ended as ${now.status}`);
  }
}

async function singles(base, photo, priority) {
  const times = [];
  for (let i = 0; i < SINGLES; i++) {
    times.push(await single(base, photo, priority));
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return times.sort((a, b) => a - b);
}

const median = (sorted) => sorted[Math.floor(sorted.length / 2)];

async function untilSucceeded(tenant, job, count) {
  for (;;) {
    const { counts } = await call(tenant, job.links.self);
    if (counts.succeeded >= count) return counts.succeeded;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

try {
  const photo = await sharp(join(root, 'infra/embedded/samples/caps_cap_01.jpg')).resize(512).jpeg().toBuffer();
  const api = await start(
    'apps/api/dist/main.js',
    { PORT: '0', API_KEYS: `a=${keys.a},b=${keys.b}` },
    /listening on http/,
  );
  const base = /http:\/\/\S+/.exec(api)[0];
  await start('apps/worker/dist/main.js', {}, /worker ready/);

  await singles(base, photo, 'bulk');
  const idle = median(await singles(base, photo, 'bulk'));
  console.log(`B alone, one image at a time: median ${idle.toFixed(2)} s`);

  const batch = await submit(base, 'a', photo, { count: ITEMS });
  await untilSucceeded('a', batch, 10);
  for (const priority of ['bulk', 'interactive']) {
    const times = await singles(base, photo, priority);
    const ratio = (median(times) / idle).toFixed(2);
    const worst = ((times.at(-1) ?? 0) / idle).toFixed(2);
    console.log(
      `B, ${priority}, while A's ${ITEMS} run: median ${median(times).toFixed(2)} s = ${ratio} x, worst ${worst} x`,
    );
  }

  const other = await submit(base, 'b', photo, { count: ITEMS });
  await untilSucceeded('b', other, 5);
  const before = (await call('a', batch.links.self)).counts.succeeded;
  const from = (await call('b', other.links.self)).counts.succeeded;
  const b = (await untilSucceeded('b', other, from + COUNTED)) - from;
  const a = (await call('a', batch.links.self)).counts.succeeded - before;
  const apart = (100 * (Math.max(a, b) / Math.min(a, b) - 1)).toFixed(1);
  console.log(`both with batches: A ${a} images, B ${b} images in the same time, ${apart} % apart`);
} finally {
  for (const started of processes.reverse()) await started.kill9();
  await redis.stop();
  await rm(folder, { recursive: true, force: true });
}
