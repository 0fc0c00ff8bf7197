import { AppError } from '@packshot/contracts';
import type { Response } from 'express';
import type { Deps } from '../../deps';
import { principalOf } from '../../http/principal';
import type { RemoveBgParameters } from './parameters';

/** A month and a bit: the count of a month outlives it by little. */
const KEPT_SECONDS = 40 * 86_400;

/**
 * What a tenant has used of `REMOVEBG_CREDITS` in this calendar month. Without that setting nothing is counted, and a call
 * costs what it would have; for sandbox keys it costs nothing.
 */
export function creditsOf({ config, jobs: { store } }: Pick<Deps, 'config' | 'jobs'>, response: Response) {
  const { tenant, sandbox } = principalOf(response);
  const allowed = config.REMOVEBG_CREDITS;
  const key = store.keys.facade('credits', tenant, new Date().toISOString().slice(0, 7));
  const left = async () =>
    allowed === undefined ? null : Math.max(0, allowed - Number((await store.redis.get(key)) ?? 0));
  return {
    left,
    /** What this size costs. `auto` takes the largest that the credits are enough for. Throws `insufficient_credits`. */
    async afford(size: RemoveBgParameters['size']): Promise<{ size: RemoveBgParameters['size']; price: number }> {
      const balance = sandbox ? null : await left();
      const chosen = size === 'auto' && balance !== null && balance < 1 ? 'preview' : size;
      const price = sandbox ? 0 : chosen === 'preview' ? 0.25 : 1;
      if (balance !== null && balance < price) throw new AppError('insufficient_credits');
      return { size: chosen, price };
    },
    async charge(price: number): Promise<void> {
      if (allowed === undefined || price === 0) return;
      await store.redis.multi().incrbyfloat(key, price).expire(key, KEPT_SECONDS).exec();
    },
  };
}
