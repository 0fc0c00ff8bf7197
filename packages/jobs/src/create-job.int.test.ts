import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { startRedis } from '@packshot/testing';
import { jobsConfig } from './config';
import { waitForRedis } from './connection';
import { makeJob } from './fixtures/make-job';
import { openJobs } from './open-jobs';

/** A line to Redis that carries questions, and can lose the next answer together with its connection. */
async function startLossyLine(server: URL) {
  let losing = false;
  const sockets = new Set<Socket>();
  const line = createServer((client) => {
    const upstream = connect(Number(server.port), server.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
    client.pipe(upstream);
    upstream.on('data', (answer) => {
      if (!losing) return void client.write(answer);
      losing = false;
      client.destroy();
    });
    client.once('close', () => upstream.destroy());
  });
  line.listen(0, '127.0.0.1');
  await once(line, 'listening');
  return {
    url: `redis://127.0.0.1:${(line.address() as AddressInfo).port}`,
    loseNextAnswer: () => {
      losing = true;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      line.close();
      await once(line, 'close');
    },
  };
}

const ID = 'job_01997f0e-7d2a-7c53-9a54-1f0c8b7d6e21';

test.each([true, false])('a commit whose answer is lost is not made twice (failFast: %s)', async (failFast) => {
  const redis = await startRedis({ own: true });
  const line = await startLossyLine(new URL(redis.url));
  const jobs = openJobs(jobsConfig.parse({ REDIS_URL: line.url }), { failFast, name: 'test' });
  try {
    await waitForRedis(jobs.store.redis, 10_000);
    await Promise.all([jobs.queues.items.waitUntilReady(), jobs.queues.webhooks.waitUntilReady()]);
    line.loseNextAnswer();
    await makeJob(jobs, { id: ID, customIds: [null, null, null] });
    const { keys, redis: client } = jobs.store;
    const ids = await jobs.store.itemIds(ID, 0, 100);
    expect(ids).toHaveLength(3);
    expect((await jobs.backlog.depth()).bulk.items).toBe(3);
    expect(await client.xlen(keys.jobEvents(ID))).toBe(1);
  } finally {
    await jobs.close();
    await line.close();
    await redis.stop();
  }
});
