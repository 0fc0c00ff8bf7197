import type {
  BesideFile,
  Box,
  FileFacts,
  InputFacts,
  ItemError,
  ItemStatus,
  ItemView,
  JobCounts,
  JobStatus,
  Lane,
  LintReport,
  Pipeline,
  StageReport,
  Timings,
  WebhookEvent,
} from '@packshot/contracts';

/**
 * Where an item's bytes come from: an object that was stored as it arrived, an upload that the client made before, or a
 * reference that the worker fetches.
 */
export type ItemSource =
  | { kind: 'stored'; key: string }
  | { kind: 'upload'; key: string }
  | { kind: 'url'; url: string }
  | { kind: 's3'; bucket: string; key: string; version?: string };

export interface StoredFile extends FileFacts {
  key: string;
}

export interface ItemRecord {
  id: string;
  jobId: string;
  index: number;
  customId: string | null;
  status: ItemStatus;
  attempts: number;
  /** Engine crashes this item is suspected of; the death of a worker does not count. */
  crashes: number;
  progress: number;
  stage: ItemView['stage'];
  source: ItemSource | null;
  /** Its own pipeline, complete; null: the job's. */
  pipeline: Pipeline | null;
  input: InputFacts;
  /** Of the input, when it was accepted; null: not known then. */
  megapixels: number | null;
  result: StoredFile | null;
  mask: StoredFile | null;
  also: Partial<Record<BesideFile, StoredFile>>;
  /** Where the product lies in the result. */
  subject: Box | null;
  lint: LintReport[];
  stages: StageReport[];
  timings: Timings;
  notes: string[];
  error: ItemError | null;
  queuedAt: number;
}

export interface JobRecord {
  id: string;
  tenant: string;
  status: JobStatus;
  run: number;
  pipeline: Pipeline;
  metadata: Record<string, string>;
  /** What the façade that made the job has to know of it for its answers; null: no façade did. */
  facade?: Record<string, string> | null;
  priority: Lane;
  webhookUrl: string | null;
  /** What the webhook URL is told; null: the end of the job. */
  webhookEvents: WebhookEvent[] | null;
  /** Time an item may wait before it is started, and time it may be processed, in milliseconds. */
  ttlMs: number | null;
  timeoutMs: number | null;
  /** Results get a watermark. */
  sandbox: boolean;
  /** W3C `traceparent` and `tracestate`, and the id, of the request that made the job. */
  trace: string | null;
  traceState: string | null;
  requestId: string | null;
  /** Public address of the API as the client saw it, for the links. */
  baseUrl: string;
  counts: JobCounts;
  /** Items of `failed` that were not started in time. */
  expired: number;
  /** Sum of the progress of the items that are being processed. */
  progressSum: number;
  canceled: boolean;
  createdAt: string;
  startedAt: string | null;
  completedAt: string | null;
  expiresAt: string;
}

type Hash = Record<string, string>;

const json = <T>(value: string | undefined, fallback: T): T => (value ? (JSON.parse(value) as T) : fallback);
const count = (value: string | undefined) => Number(value ?? 0);
const optional = (value: string | undefined) => (value === undefined ? null : Number(value));

/** The fields of a hash, as strings; `null` and absent are both left out. */
export function hashFields(record: object): Hash {
  const fields: Hash = {};
  for (const [name, value] of Object.entries(record)) {
    if (value === null || value === undefined) continue;
    fields[name] = typeof value === 'object' ? JSON.stringify(value) : String(value);
  }
  return fields;
}

export function parseItem(hash: Hash): ItemRecord | null {
  if (!hash.id || !hash.jobId) return null;
  return {
    id: hash.id,
    jobId: hash.jobId,
    index: count(hash.index),
    customId: hash.customId ?? null,
    status: hash.status as ItemStatus,
    attempts: count(hash.attempts),
    crashes: count(hash.crashes),
    progress: count(hash.progress),
    stage: (hash.stage || null) as ItemRecord['stage'],
    source: json(hash.source, null),
    pipeline: json(hash.pipeline, null),
    input: json(hash.input, EMPTY_INPUT),
    megapixels: optional(hash.megapixels),
    result: json(hash.result, null),
    mask: json(hash.mask, null),
    also: json(hash.also, {}),
    subject: json(hash.subject, null),
    lint: json(hash.lint, []),
    stages: json(hash.stages, []),
    timings: json(hash.timings, {}),
    notes: json(hash.notes, []),
    error: json(hash.error, null),
    queuedAt: count(hash.queuedAt),
  };
}

export const EMPTY_INPUT: InputFacts = {
  name: null,
  content_type: null,
  width: null,
  height: null,
  bytes: null,
  sha256: null,
};

export function parseJob(hash: Hash): JobRecord | null {
  // While a job is being removed it is gone for everybody but the one who removes it.
  if (!hash.id || !hash.pipeline || !hash.createdAt || !hash.expiresAt || hash.removing === '1') return null;
  return {
    id: hash.id,
    tenant: decodeURIComponent(hash.tenantKey ?? ''),
    status: hash.status as JobStatus,
    run: count(hash.run),
    pipeline: json(hash.pipeline, {} as Pipeline),
    metadata: json(hash.metadata, {}),
    facade: json(hash.facade, null),
    priority: hash.priority as Lane,
    webhookUrl: hash.webhookUrl ?? null,
    webhookEvents: json(hash.webhookEvents, null),
    ttlMs: optional(hash.ttlMs),
    timeoutMs: optional(hash.timeoutMs),
    sandbox: hash.sandbox === 'true',
    trace: hash.trace ?? null,
    traceState: hash.traceState ?? null,
    requestId: hash.requestId ?? null,
    baseUrl: hash.baseUrl ?? '',
    counts: {
      total: count(hash.total),
      queued: count(hash.queued),
      processing: count(hash.processing),
      succeeded: count(hash.succeeded),
      failed: count(hash.failed),
      canceled: count(hash.canceled),
    },
    expired: count(hash.expired),
    progressSum: count(hash.progressSum),
    canceled: hash.cancelRequested === '1',
    createdAt: hash.createdAt,
    startedAt: hash.startedAt ?? null,
    completedAt: hash.completedAt ?? null,
    expiresAt: hash.expiresAt,
  };
}
