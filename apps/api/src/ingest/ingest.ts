import { createHash } from 'node:crypto';
import { AppError, type IgnoredReason, type Ingested, newId } from '@packshot/contracts';
import type { NewItem } from '@packshot/jobs';
import { assertAllowedSource } from '@packshot/storage';
import type { Request, Response } from 'express';
import type { Deps } from '../deps';
import { principalOf } from '../http/principal';
import type { Claim } from '../idempotency/idempotently';
import type { Arrival } from '../intake/arrival';
import { type Draft, draftOf } from '../intake/draft';
import { fileName } from '../intake/file-name';
import { submitJob } from '../intake/submit';
import { type IngestRule, pipelineOf } from './config';
import type { Commit, Outcome } from './ledger';
import type { Notification } from './notifications';

/** `custom_id` has its limit. */
const MAX_CUSTOM_ID = 255;

/** Half of a surrogate pair, which JSON may hold and UTF-8 may not. */
const HALF_CHARACTER = /\p{Surrogate}/u;

/** A notification that can be acted upon. */
type Created = Notification & { bucket: string; key: string };

/** Makes the jobs that a notification is to make: one for each rule that is for its object. */
export async function ingest(
  deps: Deps,
  request: Request,
  response: Response,
  notification: Notification,
): Promise<Ingested[]> {
  const { bucket, key } = notification;
  const ignored = (reason: IgnoredReason): Ingested[] => [
    { bucket, key, status: 'ignored', reason, rule: null, job: null },
  ];
  if (!notification.created) return ignored('not_created');
  if (!bucket || !key || HALF_CHARACTER.test(key)) return ignored('malformed');
  if (key.endsWith('/')) return ignored('folder');
  if (!isAllowed(deps, { bucket, key })) return ignored('source_not_allowed');
  const rules = deps.config.INGEST_RULES.map((rule, index) => ({ rule, index })).filter(({ rule }) =>
    matches(rule, bucket, key),
  );
  if (rules.length === 0) return ignored('no_rule');
  const results: Ingested[] = [];
  for (const { rule, index } of rules) {
    const { kind, jobId } = await submitOnce(deps, request, response, { ...notification, bucket, key }, rule);
    const isNew = kind === 'accepted';
    const status = isNew ? 'accepted' : 'ignored';
    results.push({ bucket, key, status, reason: isNew ? null : kind, rule: index, job: jobId });
  }
  return results;
}

function matches({ bucket, prefix, suffix }: IngestRule, inBucket: string, key: string): boolean {
  // The two may not share characters: `a.jpg` has not both the prefix `a.j` and the suffix `.jpg`.
  const longEnough = key.length >= prefix.length + suffix.length;
  return bucket === inBucket && longEnough && key.startsWith(prefix) && key.endsWith(suffix);
}

function isAllowed({ config }: Deps, source: { bucket: string; key: string }): boolean {
  try {
    assertAllowedSource(config, source);
    return true;
  } catch (error) {
    if (AppError.from(error).code === 'source_not_allowed') return false;
    throw error;
  }
}

async function submitOnce(
  deps: Deps,
  request: Request,
  response: Response,
  change: Created,
  rule: IngestRule,
): Promise<Outcome> {
  const { bucket, key, sequencer } = change;
  const commit: Commit = async (store, note) => {
    let jobId = '';
    const receive = async (_deps: Deps, _request: Request, arrival: Arrival) => {
      jobId = arrival.jobId;
      return draft(change, rule);
    };
    // The ledger's note is kept as the answer to an idempotency key would be: in the transaction that makes the job.
    const claim: Claim = { confirm: async () => {}, keep: (transaction) => note(transaction, jobId) };
    const watch = { arrived: () => {}, fingerprint: null };
    const watched = { ...deps, jobs: { ...deps.jobs, store } };
    return (await submitJob(watched, request, response, { receive, watch, claim })).id;
  };
  // Without anything to tell the order by, every delivery counts.
  if (sequencer === null) return { kind: 'accepted', jobId: await commit(deps.jobs.store, () => {}) };
  const by = fingerprint(principalOf(response).tenant, rule);
  return deps.ingest.once({ bucket, key, by, sequencer }, commit);
}

function draft(change: Created, rule: IngestRule): Draft {
  const metadata = { s3_bucket: change.bucket, s3_key: change.key, ...rule.metadata };
  return draftOf({ ...rule, metadata, strict: false }, pipelineOf(rule), [newItem(change)]);
}

function newItem({ bucket, key, version }: Created): NewItem {
  return {
    id: newId('item'),
    customId: key.length <= MAX_CUSTOM_ID ? key : null,
    pipeline: null,
    input: { name: fileName(key.split('/').at(-1)) },
    source: { kind: 's3', bucket, key, ...(version !== null && { version }) },
  };
}

/** Stays the same when rules are put in another order. */
function fingerprint(tenant: string, { bucket, prefix, suffix, pipeline, preset }: IngestRule): string {
  const text = JSON.stringify([tenant, bucket, prefix, suffix, pipeline ?? null, preset ?? null]);
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}
