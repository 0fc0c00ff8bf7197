import { createHash, randomUUID } from 'node:crypto';
import { AppError, type ErrorCode } from '@packshot/contracts';
import { CLAIM_MS, IdempotencyKey, type JobStore, type StoredAnswer } from '@packshot/jobs';
import type { Request, Response } from 'express';
import type { Deps } from '../deps';
import { principalOf } from '../http/principal';
import { type BodyWatch, readOver } from '../intake/body-watch';
import { idempotencyKeySchema, parseIdempotencyKey } from './key';

/** For the contract of endpoints that take keys. */
export const IDEMPOTENCY_HEADER = {
  'Idempotency-Key': {
    description: 'The request is served once, and answered the same when it is sent again with this key',
    schema: idempotencyKeySchema,
  },
};
export const REPLAYED_HEADER = { 'Idempotency-Replayed': '`true` when the request was served before, with this key' };
export const IDEMPOTENCY_ERRORS: readonly ErrorCode[] = ['idempotency_key_reused', 'idempotency_in_progress'];

type Transaction = Parameters<IdempotencyKey['keep']>[0];

/** A key that this request holds while it is served. */
export interface Claim {
  /**
   * Called when the body has been read, right before the transaction that does what was asked. Throws
   * `idempotency_in_progress` when the key was lost meanwhile. From here on a fault leaves the claim to run out by itself:
   * nobody knows whether the transaction took place.
   */
  confirm(): Promise<void>;
  /** Keeps the answer, in that transaction. */
  keep(transaction: Transaction, answer: StoredAnswer): void;
}

export interface IdempotentOptions {
  /** The endpoint: the same key means something else at another. */
  operationId: string;
  watch: BodyWatch;
  /** Answers a request that was answered before; by default as it was answered then. */
  replay?: (answer: StoredAnswer) => Promise<void>;
}

/**
 * Serves a request at most once for each `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a request that was
 * answered is answered the same again, with the same body; with another body it is refused with `idempotency_key_reused`;
 * while the first is being served, with `idempotency_in_progress`. A refused request frees its key. Without a key the request
 * is just served, with `null` for the claim.
 */
export async function idempotently(
  deps: Deps,
  request: Request,
  response: Response,
  options: IdempotentOptions,
  serve: (claim: Claim | null) => Promise<void>,
): Promise<void> {
  const { operationId, watch, replay = async (answer) => sendAnswer(response, answer) } = options;
  const { fingerprint } = watch;
  const name = parseIdempotencyKey(request.get('idempotency-key'));
  if (name === null || fingerprint === null) return serve(null);
  const key = keyOf(deps.jobs.store, principalOf(response).tenant, operationId, name);
  const known = await key.hold();
  if (known.state === 'in_progress') throw inProgress(response);
  if (known.state === 'answered') {
    await readOver(deps, request, watch);
    if (fingerprint.digest() !== known.fingerprint) throw new AppError('idempotency_key_reused');
    response.set('Idempotency-Replayed', 'true');
    return replay(known.answer);
  }
  await whileHeld(deps, key, async (confirmed) => {
    await serve({
      confirm: async () => {
        if ((await key.hold()).state !== 'held') throw inProgress(response);
        confirmed();
      },
      keep: (transaction, answer) => {
        key.keep(transaction, fingerprint.digest(), answer, deps.config.IDEMPOTENCY_HOURS * 3_600_000);
      },
    });
  });
}

/**
 * Keeps the answer by itself, last of all, where what was asked takes more than one transaction. If the process dies before, the
 * request is served anew when it is sent again: for what does no harm when nobody was told of it.
 */
export async function keepAnswer({ jobs }: Pick<Deps, 'jobs'>, claim: Claim, answer: StoredAnswer): Promise<void> {
  await claim.confirm();
  const transaction = jobs.store.redis.multi();
  claim.keep(transaction, answer);
  const replies = await transaction.exec();
  const fault = replies?.find(([error]) => error)?.[0];
  if (!replies || fault) throw new AppError('backend_unavailable', undefined, { cause: fault });
}

/** Answers as a request with a key is answered, at once and when it is sent again. */
export function sendAnswer(response: Response, { status, location, body }: StoredAnswer): void {
  if (location !== '') response.set('Location', location);
  response.status(status).type('application/json').send(body);
}

/** Renews the claim while `serve` runs, and frees it when that throws before it is `confirmed`. */
async function whileHeld(
  { logger }: Pick<Deps, 'logger'>,
  key: IdempotencyKey,
  serve: (confirmed: () => void) => Promise<void>,
): Promise<void> {
  let committing = false;
  const timer = setInterval(() => {
    key.hold().catch((error: unknown) => logger.warn('could not renew an idempotency key', { error }));
  }, CLAIM_MS / 3);
  try {
    await serve(() => {
      committing = true;
      clearInterval(timer);
    });
  } catch (error) {
    if (!committing) {
      await key.free().catch((fault: unknown) => logger.warn('could not free an idempotency key', { error: fault }));
    }
    throw error;
  } finally {
    clearInterval(timer);
  }
}

/** Clients choose their keys; a digest keeps them out of Redis and of one length. */
function keyOf(store: JobStore, tenant: string, operationId: string, name: string): IdempotencyKey {
  const digest = createHash('sha256').update(`${operationId}\0${name}`).digest('hex');
  return new IdempotencyKey(store, { tenant, digest, token: randomUUID() });
}

function inProgress(response: Response): AppError {
  response.set('Retry-After', '1');
  return new AppError('idempotency_in_progress');
}
