/**
 * Whether asking for a job costs the same for 10 items as for 10,000: one API, one Redis, the two asked for in turns.
 *
 *     node bench/status.mjs [requests]        after `npm run build`; 2,000 of each by default
 *
 * The items are named by URL, which nobody fetches: there is no worker.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const root = resolve(fileURLToPath(import.meta.url), '../..');
const { startNode, startRedis } = require('../packages/testing');

const REQUESTS = Number(process.argv[2] ?? 2000);
const WARM_UP = 200;

async function submit(base, items) {
  const from = performance.now();
  const response = await fetch(`${base}/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      items: Array.from({ length: items }, (_, i) => ({
        url: `https://images.example/${i}.jpg`,
        custom_id: `sku-${i}`,
      })),
    }),
  });
  if (response.status !== 202) throw new Error(`${response.status} ${await response.text()}`);
  const job = await response.json();
  console.log(`${items} items accepted in ${(performance.now() - from).toFixed(0)} ms`);
  return job.links.self;
}

async function ask(url) {
  const from = performance.now();
  const response = await fetch(url);
  await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`${response.status}`);
  return performance.now() - from;
}

function quantile(times, share) {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * share)];
}

const folder = await mkdtemp(join(tmpdir(), 'packshot-status-'));
const redis = await startRedis({ own: true, fsync: 'always' });
const env = { REDIS_URL: redis.url, STORAGE_DIR: folder, LOG_LEVEL: 'warn', PORT: '0', PACKSHOT_CONFIG: '/dev/null' };
const api = await startNode(join(root, 'apps/api/dist/main.js'), { env, ipc: true });
try {
  const base = /http\S+/.exec(await api.waitForLine(/listening on/, 30_000))[0];
  const [small, large] = [await submit(base, 10), await submit(base, 10_000)];
  const times = { small: [], large: [] };
  for (let i = -WARM_UP; i < REQUESTS; i++) {
    const [few, many] = [await ask(small), await ask(large)];
    if (i < 0) continue;
    times.small.push(few);
    times.large.push(many);
  }
  for (const share of [0.5, 0.99]) {
    const [few, many] = [quantile(times.small, share), quantile(times.large, share)];
    const figures = `10 items ${few.toFixed(3)} ms, 10,000 items ${many.toFixed(3)} ms, ratio ${(many / few).toFixed(3)}`;
    console.log(`GET /jobs/:id, ${share === 0.5 ? 'median' : 'p99'}: ${figures}`);
  }
} finally {
  await api.stop();
  await redis.stop();
  await rm(folder, { recursive: true, force: true });
}
