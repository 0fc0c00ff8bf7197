import type { BodyWatch } from './body-watch';

/** A request that brings images, while its body is read. */
export interface Arrival {
  /** Of the job that is to be. */
  jobId: string;
  tenant: string;
  watch: BodyWatch;
}
