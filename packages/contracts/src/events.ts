import type { JobStatus, JobView } from './job';

/** A webhook is sent once, when a job has ended. */
export type JobEventType = `job.${Exclude<JobStatus, 'queued' | 'processing'>}`;

export interface WebhookPayload {
  type: JobEventType;
  /** When it happened, RFC 3339. */
  timestamp: string;
  data: JobView;
}
