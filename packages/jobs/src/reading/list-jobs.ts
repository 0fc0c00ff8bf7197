import { AppError, isId, type JobStatus } from '@packshot/contracts';
import { customIdMember } from '../create-job';
import type { JobStore } from '../job-store';
import type { JobRecord } from '../records';

/** Records read for one page at most: filters that fit little make pages short, not slow. */
const MOST_EXAMINED = 2000;
const CHUNK = 200;

export interface JobQuery {
  tenant: string;
  status?: JobStatus | undefined;
  /** Unix ms; inclusive. */
  createdAfter?: number | undefined;
  /** Unix ms; exclusive. */
  createdBefore?: number | undefined;
  customId?: string | undefined;
  limit: number;
  /** As a page before gave it. */
  cursor?: string | undefined;
}

export interface JobPage {
  jobs: JobRecord[];
  /** Where the next page begins; null when there is nothing more. A page may be short, or empty, and not be the last. */
  next: string | null;
}

/**
 * A page of a tenant's jobs, newest first. A cursor is the place of a job in that order, so pages neither repeat nor skip
 * anything while jobs are added. Throws `invalid_request` for a cursor that is none.
 */
export async function listJobs(store: JobStore, query: JobQuery): Promise<JobPage> {
  const jobs: JobRecord[] = [];
  let last: Place | null = query.cursor === undefined ? null : parseCursor(query.cursor);
  let examined = 0;
  for await (const places of query.customId === undefined
    ? byTime(store, query, last)
    : byCustomId(store, query, last)) {
    const records = new Map((await store.getJobs(places.map(({ id }) => id))).map((job) => [job.id, job]));
    for (const place of places) {
      if (last && (jobs.length === query.limit || examined === MOST_EXAMINED)) return { jobs, next: cursorOf(last) };
      last = place;
      examined += 1;
      const job = records.get(place.id);
      if (job && fits(job, query)) jobs.push(job);
    }
  }
  return { jobs, next: null };
}

/** Where a job stands: by time of creation, then by id. */
interface Place {
  ms: number;
  id: string;
}

function cursorOf({ ms, id }: Place): string {
  return Buffer.from(`${ms}.${id}`).toString('base64url');
}

function parseCursor(cursor: string): Place {
  const [, ms, id] = /^(\d{1,15})\.(.+)$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (ms !== undefined && id !== undefined && isId('job', id)) return { ms: Number(ms), id };
  const errors = [{ pointer: '/cursor', detail: 'This is not a cursor that a page gave.' }];
  throw new AppError('invalid_request', undefined, { errors });
}

/** The index may be a moment older than the record. */
function fits(job: JobRecord, { status, createdAfter, createdBefore }: JobQuery): boolean {
  const createdAt = Date.parse(job.createdAt);
  return (
    (status === undefined || job.status === status) &&
    (createdAfter === undefined || createdAt >= createdAfter) &&
    (createdBefore === undefined || createdAt < createdBefore)
  );
}

async function* byTime({ redis, keys }: JobStore, query: JobQuery, after: Place | null): AsyncGenerator<Place[]> {
  const { tenant, status, createdAfter = 0, createdBefore } = query;
  const index = status === undefined ? keys.jobsOf(tenant) : keys.jobsWithStatus(tenant, status);
  let last = after;
  let count = Math.min(query.limit + 1, CHUNK);
  for (;;) {
    const before = createdBefore === undefined ? '+inf' : `(${createdBefore}`;
    const highest = last && (createdBefore === undefined || last.ms < createdBefore) ? last.ms : before;
    const found = await redis.zrevrangebyscore(index, highest, createdAfter, 'WITHSCORES', 'LIMIT', 0, count);
    const places = placesOf(found);
    // Jobs of one millisecond stand by id, the highest first; those up to the last one were seen.
    const unseen = places.filter(({ ms, id }) => !last || ms < last.ms || (ms === last.ms && id < last.id));
    if (unseen.length > 0) yield unseen;
    if (places.length < count) return;
    last = unseen.at(-1) ?? last;
    // More of the same millisecond than fit into a chunk: take a larger one.
    count = unseen.length > 0 ? CHUNK : count * 2;
  }
}

function placesOf(flat: readonly string[]): Place[] {
  return Array.from({ length: flat.length / 2 }, (_, i) => ({ id: flat[2 * i] ?? '', ms: Number(flat[2 * i + 1]) }));
}

/** In the order of the ids, that is of the moment the request for the job began to be read. */
async function* byCustomId({ redis, keys }: JobStore, query: JobQuery, after: Place | null): AsyncGenerator<Place[]> {
  const { tenant, customId = '' } = query;
  const prefix = customIdMember(customId, '');
  let last = after?.id;
  for (;;) {
    const highest = `(${prefix}${last ?? 'job_~'}`;
    const found = await redis.zrevrangebylex(keys.customIds(tenant), highest, `[${prefix}job_`, 'LIMIT', 0, CHUNK);
    const ids = found.map((member) => member.slice(prefix.length));
    // A custom id with a NUL in it lies in this range too, and is another one.
    yield ids.filter((id) => isId('job', id)).map((id) => ({ ms: 0, id }));
    if (found.length < CHUNK) return;
    last = ids.at(-1);
  }
}
