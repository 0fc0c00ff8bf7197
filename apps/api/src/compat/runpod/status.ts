import { isTerminal } from '@packshot/contracts';
import { type ItemRecord, type JobRecord, RUNPOD_STATUSES, type StoredFile, toRunPodStatus } from '@packshot/jobs';
import { z } from 'zod';
import { FILE } from '../base64-json';

const output = z.object({ filename: z.string(), image_b64: z.string() });
const time = z.number().min(0).optional();

export const statusSchema = z
  .object({
    id: z.string(),
    status: z.enum(RUNPOD_STATUSES),
    delayTime: time.describe('milliseconds in the queue'),
    executionTime: time.describe('milliseconds in the worker'),
    output: output.optional(),
    error: z.string().optional(),
  })
  .meta({ id: 'RunPodStatus', description: 'A job as RunPod shows it.' });

export const streamSchema = z
  .object({
    status: z.enum(RUNPOD_STATUSES),
    stream: z.array(z.object({ metrics: z.object({}), output })).describe('what was not given yet'),
    error: z.string().optional(),
  })
  .meta({ id: 'RunPodStream' });

/** A job with its output, and the file that belongs where `FILE` stands. */
export function statusWithOutput(
  job: JobRecord,
  item: ItemRecord | undefined,
): { body: z.infer<typeof statusSchema>; file: StoredFile | null } {
  const status = toRunPodStatus(job, item);
  if (!item?.result || !isOver(job)) return { body: status, file: null };
  const filename = job.facade?.filename ?? item.input.name ?? '';
  return { body: { ...status, output: { filename, image_b64: FILE } }, file: item.result };
}

export const isOver = ({ status }: JobRecord) => isTerminal(status);
