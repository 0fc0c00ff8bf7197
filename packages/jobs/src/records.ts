import type {
  FileFacts,
  InputFacts,
  ItemError,
  ItemStatus,
  ItemView,
  JobCounts,
  Pipeline,
  StageReport,
  Timings,
} from '@packshot/contracts';

/** Where an item's bytes come from: an object that was stored as it arrived, or a URL that the worker fetches. */
export type ItemSource = { kind: 'stored'; key: string } | { kind: 'url'; url: string };

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
  input: InputFacts;
  result: StoredFile | null;
  mask: StoredFile | null;
  stages: StageReport[];
  timings: Timings;
  notes: string[];
  error: ItemError | null;
  queuedAt: number;
}

export interface JobRecord {
  id: string;
  run: number;
  pipeline: Pipeline;
  metadata: Record<string, string>;
  webhookUrl: string | null;
  /** Public address of the API as the client saw it, for the links. */
  baseUrl: string;
  counts: JobCounts;
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

/** The fields of an item's hash, as strings; `null` and absent are both left out. */
export function itemFields(item: Partial<ItemRecord>): Hash {
  const fields: Hash = {};
  for (const [name, value] of Object.entries(item)) {
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
    input: json(hash.input, EMPTY_INPUT),
    result: json(hash.result, null),
    mask: json(hash.mask, null),
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
  if (!hash.id || !hash.pipeline || !hash.createdAt || !hash.expiresAt) return null;
  return {
    id: hash.id,
    run: count(hash.run),
    pipeline: json(hash.pipeline, {} as Pipeline),
    metadata: json(hash.metadata, {}),
    webhookUrl: hash.webhookUrl ?? null,
    baseUrl: hash.baseUrl ?? '',
    counts: {
      total: count(hash.total),
      queued: count(hash.queued),
      processing: count(hash.processing),
      succeeded: count(hash.succeeded),
      failed: count(hash.failed),
      canceled: count(hash.canceled),
    },
    progressSum: count(hash.progressSum),
    canceled: hash.cancelRequested === '1',
    createdAt: hash.createdAt,
    startedAt: hash.startedAt ?? null,
    completedAt: hash.completedAt ?? null,
    expiresAt: hash.expiresAt,
  };
}
