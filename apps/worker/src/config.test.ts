import { newWebhookSecret } from '@packshot/contracts';
import { engineEnvironment, readConfig } from './config';

const REDIS_URL = 'redis://localhost:6379';

describe('the settings', () => {
  test('have defaults for all but Redis', () => {
    expect(readConfig({ REDIS_URL })).toMatchObject({
      PROVIDERS: ['cpu'],
      WORKER_CONCURRENCY: 2,
      DRAIN_SECONDS: 25,
      LOCK_SECONDS: 30,
    });
  });

  test('take lists with commas', () => {
    const config = readConfig({ REDIS_URL, PROVIDERS: 'cuda, cpu', CUDA_DEVICES: '0,1' });
    expect([config.PROVIDERS, config.CUDA_DEVICES]).toEqual([
      ['cuda', 'cpu'],
      ['0', '1'],
    ]);
  });

  test('refuse providers that nobody knows', () => {
    expect(() => readConfig({ REDIS_URL, PROVIDERS: 'cuda,cpux' })).toThrow(/PROVIDERS: .*cuda/);
    expect(() => readConfig({ REDIS_URL, PROVIDERS: ',' })).toThrow(/PROVIDERS/);
  });

  test('refuse to take items over from a GPU that is not used', () => {
    expect(() => readConfig({ REDIS_URL, GPU_BUSY_FRACTION: '0.9' })).toThrow(/GPU_BUSY_FRACTION: there is no GPU/);
    expect(readConfig({ REDIS_URL, GPU_BUSY_FRACTION: '0.9', PROVIDERS: 'cuda' }).GPU_BUSY_FRACTION).toBe(0.9);
  });

  test('refuse a webhook secret that receivers could not use, and name every fault', () => {
    const WEBHOOK_SECRET = newWebhookSecret();
    expect(readConfig({ REDIS_URL, WEBHOOK_SECRET }).WEBHOOK_SECRET).toEqual([WEBHOOK_SECRET]);
    expect(() => readConfig({ REDIS_URL, WEBHOOK_SECRET: 'whsec_short', THREADS: '0' })).toThrow(
      /WEBHOOK_SECRET[\s\S]*THREADS/,
    );
  });
});

describe("the engine's environment", () => {
  test('has what libraries need and none of the secrets', () => {
    const env = { PATH: '/bin', LD_PRELOAD: 'jemalloc.so', S3_SECRET_ACCESS_KEY: 's', WEBHOOK_SECRET: 'w', REDIS_URL };
    expect(engineEnvironment(env)).toEqual({ PATH: '/bin', LD_PRELOAD: 'jemalloc.so', MALLOC_ARENA_MAX: '2' });
  });

  test("keeps the operator's own choice of allocator settings", () => {
    expect(engineEnvironment({ MALLOC_ARENA_MAX: '1' })).toEqual({ MALLOC_ARENA_MAX: '1' });
  });
});
