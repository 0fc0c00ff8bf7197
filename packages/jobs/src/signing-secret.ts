import { randomBytes } from 'node:crypto';
import type { JobStore } from './job-store';

/** The secret of this installation that signs links; made by whoever needs it first. */
export async function signingSecret({ redis, keys }: JobStore): Promise<string> {
  await redis.set(keys.signingSecret, randomBytes(32).toString('base64url'), 'NX');
  return (await redis.get(keys.signingSecret)) ?? '';
}
