import { AppError, newId, type PipelineRequest, PRESETS } from '@packshot/contracts';
import type { NewItem } from '@packshot/jobs';
import type { Request } from 'express';
import { z } from 'zod';
import type { ApiConfig } from '../../config';
import type { Deps } from '../../deps';
import { parse } from '../../http/field-errors';
import { parseJson } from '../../http/json';
import type { Arrival } from '../../intake/arrival';
import { readWatched } from '../../intake/body-watch';
import { checkWebhookUrl, choosePipeline, type Draft } from '../../intake/draft';
import { describeSource, receiveItems } from '../../intake/json-job';
import { draftOfImage, pipelineOf } from '../one-image';

const WEEK_MS = 604_800_000;

/** `POST /run` and `/runsync`. */
export const runSchema = z
  .object({
    input: z.strictObject({
      filename: z.string().min(1).max(255),
      image_b64: z.string().min(1).describe('the image, as base64 or as a data URL'),
    }),
    webhook: z.string().max(4096).optional().describe('told when the job has ended'),
    webhookV2: z.string().max(4096).optional(),
    policy: z
      .object({
        executionTimeout: z.number().gt(5000).max(86_400_000).default(600_000).describe('in milliseconds'),
        ttl: z.number().min(10_000).max(WEEK_MS).default(86_400_000).describe('in milliseconds'),
        lowPriority: z.boolean().default(false),
      })
      .prefault({}),
    s3Config: z.never('Results go where the server keeps them: s3Config is not supported.').optional(),
  })
  .meta({ id: 'RunPodRun' });

/** Which job a request means to make. `endpoint` is '' where the path names none. */
export async function readRun(
  deps: Deps,
  request: Request,
  arrival: Arrival,
  { endpoint, maxBytes }: { endpoint: string; maxBytes: number },
): Promise<Draft> {
  const { input, policy, webhook, webhookV2 } = parse(
    runSchema,
    parseJson(await readWatched(request, maxBytes, arrival.watch)),
  );
  const url = webhook ?? webhookV2;
  checkWebhookUrl(url, deps.config, 'webhook');
  return draftOfImage(deps, arrival.jobId, await receive(deps, arrival, input), pipelineFor(endpoint, deps.config), {
    priority: policy.lowPriority ? 'bulk' : 'interactive',
    ttl: Math.ceil(policy.ttl / 1000),
    timeout: Math.ceil(policy.executionTimeout / 1000),
    ...(url !== undefined && { webhook_url: url }),
    facade: { name: 'runpod', endpoint, filename: input.filename },
  });
}

async function receive(
  deps: Deps,
  arrival: Arrival,
  { filename, image_b64 }: z.infer<typeof runSchema>['input'],
): Promise<NewItem> {
  const base64 = image_b64.replace(/^data:[^,]{0,100},/, '').replace(/\s+/g, '');
  const [item] = await receiveItems(deps, arrival, [describeSource(newId('item'), { base64, name: filename }, null)]);
  if (!item) throw new AppError('no_items');
  return item;
}

/** An endpoint that is called as a preset runs that; any other is the BiRefNet worker, which cuts out. */
function pipelineFor(endpoint: string, { MODEL_TYPE: model }: ApiConfig) {
  if (Object.hasOwn(PRESETS, endpoint)) return choosePipeline({ preset: endpoint });
  const cutOut: PipelineRequest = {
    background: model === undefined ? true : { model },
    output: { format: 'png', mask: false },
  };
  return pipelineOf(cutOut);
}
