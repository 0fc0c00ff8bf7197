/**
 * How long one request with 10,000 references takes to be accepted, and how much memory the API needs for it: by `s3`, by
 * `upload`, and by `s3` with a pipeline of its own for every item.
 *
 *     node bench/ten-thousand.mjs [items]        after `npm run build`
 *
 * Every request has an API process of its own, so that each figure is of that request alone. Redis syncs every write.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const root = resolve(fileURLToPath(import.meta.url), '../..');
const { startNode, startRedis } = require('../packages/testing');

const ITEMS = Number(process.argv[2] ?? 10_000);
/** Most uploads of one call. */
const UPLOADS = 1000;
const PIPELINE = {
  denoise: 'auto',
  background: { matting: 'guided' },
  upscale: { scale: 2 },
  output: { format: 'webp' },
};

const count = (items, make) => Array.from({ length: items }, (_, index) => make(index));
const s3 = (index) => ({ s3: { bucket: 'photos', key: `season/${index}.jpg` }, custom_id: `sku-${index}` });

const FORMS = {
  s3: async () => count(ITEMS, s3),
  's3, own pipelines': async () => count(ITEMS, (index) => ({ ...s3(index), pipeline: PIPELINE })),
  upload: async (base) => {
    const ids = [];
    while (ids.length < ITEMS) {
      const uploads = count(Math.min(UPLOADS, ITEMS - ids.length), () => ({
        content_type: 'image/jpeg',
        bytes: 300_000,
      }));
      const answer = await post(`${base}/uploads`, { uploads });
      ids.push(...answer.uploads.map(({ id }) => id));
    }
    return ids.map((upload, index) => ({ upload, custom_id: `sku-${index}` }));
  },
};

async function post(url, body) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response.json();
}

/** Of the process, in megabytes: now, and the most it ever had. */
async function memory(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const of = (name) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1000;
  return { now: of('VmRSS'), peak: of('VmHWM') };
}

async function measure(redis, folder, makeItems) {
  const env = {
    ...{ REDIS_URL: redis.url, STORAGE_DIR: folder, LOG_LEVEL: 'warn', PORT: '0', PACKSHOT_CONFIG: '/dev/null' },
    S3_SOURCES: 'photos',
  };
  const api = await startNode(join(root, 'apps/api/dist/main.js'), { env, ipc: true });
  try {
    const base = /http\S+/.exec(await api.waitForLine(/listening on/, 30_000))[0];
    const body = JSON.stringify({ items: await makeItems(base) });
    const before = await memory(api.pid);
    const from = performance.now();
    const job = await post(`${base}/jobs`, body);
    const seconds = (performance.now() - from) / 1000;
    if (job.counts.queued !== ITEMS) throw new Error(`only ${job.counts.queued} items were accepted`);
    return { seconds, before, after: await memory(api.pid), megabytes: body.length / 1e6 };
  } finally {
    await api.stop();
  }
}

const folder = await mkdtemp(join(tmpdir(), 'packshot-ten-thousand-'));
const redis = await startRedis({ own: true, fsync: 'always' });
try {
  for (const [form, makeItems] of Object.entries(FORMS)) {
    const { seconds, before, after, megabytes } = await measure(redis, folder, makeItems);
    const memoryText = `API memory at most ${after.peak.toFixed(0)} MB (${before.now.toFixed(0)} MB before)`;
    console.log(
      `${ITEMS} items by ${form}, ${megabytes.toFixed(1)} MB of JSON: accepted in ${seconds.toFixed(2)} s, ${memoryText}`,
    );
  }
} finally {
  await redis.stop();
  await rm(folder, { recursive: true, force: true });
}
