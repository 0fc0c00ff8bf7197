import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { clientTls, makeCertificates } from './certificates';
import { startRedis } from './redis';

test('a Redis with TLS talks to those who show a certificate of its authority, and to nobody else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'packshot-tls-'));
  const files = await makeCertificates(folder);
  const redis = await startRedis({ tls: files, password: 'secret' });
  try {
    const { tls } = await clientTls(files);
    if (!tls) throw new Error('no certificates');
    const { ca, cert, key } = tls;
    const talk = async (parts: object) => {
      const client = new Redis(redis.url, {
        tls: parts,
        lazyConnect: true,
        retryStrategy: () => null,
        maxRetriesPerRequest: 0,
      });
      client.on('error', () => {});
      try {
        await client.connect();
        return await client.ping();
      } finally {
        client.disconnect();
      }
    };
    expect(await talk({ ca, cert, key })).toBe('PONG');
    await expect(talk({ ca })).rejects.toThrow();
    await expect(talk({ cert, key })).rejects.toThrow();
  } finally {
    await redis.stop();
    await rm(folder, { recursive: true });
  }
});
