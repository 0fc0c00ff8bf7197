/**
 * What fair shares cost, and what they give: three ways to decide which item is next, on the same Redis in one run.
 *
 *     node bench/fair-shares.mjs [items]        after `npm run build`; 10,000 items by default
 *
 *   fifo        plain BullMQ, no shares: what the others are measured against
 *   priorities  start-time tags, computed when an item is queued, as BullMQ priorities (the alternative that was not taken)
 *   backlog     Packshot: messages name no item, the worker asks the backlog when it takes one up
 *
 * `late item`: how many items of the busy tenant start between the submission of another tenant's single item and its start.
 */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { startRedis } = require('../packages/testing');
const jobsPackage = new URL('../packages/jobs/package.json', import.meta.url);
const { Queue, Worker } = createRequire(jobsPackage)('bullmq');
const { Backlog, connectRedis, jobsConfig, redisKeys } = require('../packages/jobs');

const ITEMS = Number(process.argv[2] ?? 10_000);
const CONCURRENCY = 20;
const MOST_PRIORITY = 2_097_151;
const MEGAPIXELS = 12;

const redis = await startRedis({ own: true, fsync: 'everysec' });
const connect = () => connectRedis(jobsConfig.parse({ REDIS_URL: redis.url }), { failFast: false, name: 'bench' });

/** Each scheme: `add(tenant, count)`, and `serve(job)`, which tells whose item it was. */
const SCHEMES = {
  fifo: (queue) => ({
    add: (tenant, count) => addAll(queue, count, () => ({ data: { tenant } })),
    serve: async (job) => job.data.tenant,
  }),
  priorities: (queue) => {
    const finish = {};
    let clock = 0;
    return {
      add: (tenant, count) =>
        addAll(queue, count, () => {
          const start = Math.max(finish[tenant] ?? 0, clock);
          finish[tenant] = start + MEGAPIXELS;
          // A tenth of a megapixel is the unit; past the limit every tag is the same, unless all that wait are re-based.
          return { data: { tenant, start }, priority: Math.min(MOST_PRIORITY, 1 + Math.round(start * 10)) };
        }),
      serve: async (job) => {
        clock = Math.max(clock, job.data.start);
        return job.data.tenant;
      },
    };
  },
  backlog: (queue, client, prefix) => {
    const keys = redisKeys(prefix);
    const backlog = new Backlog(client, keys, { headStartMegapixels: 200, streak: 8 });
    const owners = new Map();
    let made = 0;
    return {
      add: async (tenant, count) => {
        const ids = Array.from({ length: count }, () => `i${made++}`);
        const write = client.pipeline();
        for (const id of ids) {
          write.hset(keys.item(id), { status: 'queued', megapixels: String(MEGAPIXELS) });
          owners.set(id, tenant);
        }
        // The records are there under every scheme; what is timed is the queueing.
        await write.exec();
        const from = performance.now();
        await backlog.enqueue(tenant, 'bulk', ids);
        await addAll(queue, count, () => ({ data: {} }));
        return (performance.now() - from) / 1000;
      },
      serve: async (job) => {
        const id = await backlog.claim(job.id);
        backlog.release(job.id);
        return owners.get(id);
      },
    };
  },
};

async function addAll(queue, count, describe) {
  const from = performance.now();
  for (let i = 0; i < count; i += 1000) {
    const chunk = Array.from({ length: Math.min(1000, count - i) }, () => {
      const { data, priority } = describe();
      return { name: 'item', data, opts: { removeOnComplete: true, ...(priority && { priority }) } };
    });
    await queue.addBulk(chunk);
  }
  return (performance.now() - from) / 1000;
}

async function measure(name) {
  const client = connect();
  await client.flushall();
  const prefix = `bench-${name}`;
  const bullPrefix = `{${prefix}}`;
  const queue = new Queue('items', { connection: client, prefix: bullPrefix });
  const scheme = SCHEMES[name](queue, client, prefix);
  const queueing = await scheme.add('busy', ITEMS);
  const memory = Number(/used_memory:(\d+)/.exec(await client.info('memory'))[1]);

  let served = 0;
  let lateAt = null;
  let submittedAt = null;
  const from = performance.now();
  const worker = new Worker(
    'items',
    async (job) => {
      const tenant = await scheme.serve(job);
      served++;
      if (served === Math.floor(ITEMS / 10)) {
        submittedAt = served;
        await scheme.add('late', 1);
      }
      if (tenant === 'late') lateAt = served;
    },
    { connection: connect(), prefix: bullPrefix, concurrency: CONCURRENCY },
  );
  while (served < ITEMS + 1) await new Promise((resolve) => setTimeout(resolve, 20));
  const seconds = (performance.now() - from) / 1000;
  await worker.close();
  await queue.close();
  client.disconnect();
  return { name, queueing, rate: ITEMS / seconds, late: Math.max(0, lateAt - submittedAt), bytes: memory / ITEMS };
}

try {
  const results = [];
  for (const name of Object.keys(SCHEMES)) results.push(await measure(name));
  const [fifo] = results;
  console.log(`${ITEMS} items, worker concurrency ${CONCURRENCY}`);
  console.log('scheme      queueing s   items/s   of fifo   added ms/item   late item   bytes/item');
  for (const { name, queueing, rate, late, bytes } of results) {
    const added = 1000 / rate - 1000 / fifo.rate;
    const cells = [
      name.padEnd(10),
      queueing.toFixed(2).padStart(11),
      rate.toFixed(0).padStart(9),
      (rate / fifo.rate).toFixed(2).padStart(9),
      added.toFixed(3).padStart(15),
      String(late).padStart(11),
      bytes.toFixed(0).padStart(12),
    ];
    console.log(cells.join(' '));
  }
} finally {
  await redis.stop();
}
process.exit(0);
