import type { JobRecord } from './records';

/** What a log line says of a job, wherever something is logged that happened to it. */
export function jobFacts({ id, tenant, status, run, counts, createdAt, completedAt }: JobRecord) {
  return {
    ...{ job: id, tenant, status, run, ...counts },
    ...(completedAt !== null && { duration_ms: Date.parse(completedAt) - Date.parse(createdAt) }),
  };
}
