import { checkRedis, type Finding, waitForRedis } from '@packshot/jobs';
import { reportFindings } from '@packshot/service';
import { checkAccess } from '@packshot/storage';
import type { Deps } from '../deps';

/**
 * Checks Redis and the object store before requests are taken, and throws StartRefused with everything that is wrong. A
 * backend that does not answer is no reason not to start: requests are answered with `backend_unavailable` until it does.
 *
 * Redis is checked again whenever it comes back, which may be as another server. What is wrong then is logged, and
 * `/health/ready` says it; to end a process that serves would help nobody.
 */
export async function checkBackends(
  { jobs, storage, logger, config }: Pick<Deps, 'jobs' | 'storage' | 'logger' | 'config'>,
  redisWaitMs: number,
): Promise<void> {
  const { store } = jobs;
  const askRedis = async (): Promise<Finding[]> => {
    try {
      await waitForRedis(store.redis, redisWaitMs);
      return (await checkRedis(store)).findings;
    } catch (error) {
      logger.warn('starting without redis: requests are answered with backend_unavailable', { error });
      return [];
    }
  };
  const findings = await Promise.all([askRedis(), checkAccess(storage)]);
  reportFindings(findings.flat(), { logger, lenient: config.REDIS_CHECKS === 'warn' });
  store.redis.on('ready', () => {
    checkRedis(store).then(
      (again) => {
        for (const { severity, message } of again.findings) {
          logger.log(severity === 'refuse' ? 'error' : 'warn', message);
        }
      },
      (error: unknown) => logger.warn('redis could not be checked', { error }),
    );
  });
}
