import type { JobStore } from '../job-store';
import type { JobRecord } from '../records';
import { resultName } from '../result-name';
import { toRunPodStatus } from '../runpod-status';
import type { FileLinks } from '../views';

/**
 * What the `webhook_url` of a job that the RunPod façade made is told of its end: the job as RunPod shows it, with an address
 * in place of the image, which would be megabytes in Redis. Null for other jobs, whose body is ours.
 */
export async function facadeBody(store: JobStore, job: JobRecord, links: FileLinks): Promise<string | null> {
  if (job.facade?.name !== 'runpod') return null;
  const [item] = await store.listItems(job.id, 0, 1);
  const status = toRunPodStatus(job, item);
  if (!item?.result) return JSON.stringify(status);
  const { url } = await links.urlOf(item.result, resultName(item, item.result.content_type), job.baseUrl);
  return JSON.stringify({ ...status, output: { filename: job.facade.filename, image_url: url } });
}
