import { type Ingested, ingestReportSchema } from '@packshot/contracts';
import { z } from 'zod';
import { parseJson } from '../http/json';
import { readText } from '../http/read-body';
import type { Route } from '../http/route';
import { confirmSubscription } from '../ingest/confirm-subscription';
import { ingest } from '../ingest/ingest';
import { readMessage } from '../ingest/notifications';

const MAX_BYTES = 1_000_000;

const message = z.looseObject({}).meta({
  id: 'BucketNotification',
  description: 'A message in the form of AWS, SNS, EventBridge, MinIO or SeaweedFS.',
});

/** As S3 sends it. */
const EXAMPLE = {
  Records: [
    {
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      eventName: 'ObjectCreated:Put',
      s3: { bucket: { name: 'shop-photos' }, object: { key: 'incoming/shoe.jpg', size: 331_211, sequencer: '0A1B' } },
    },
  ],
};

export const ingestS3: Route = {
  method: 'POST',
  path: '/ingest/s3',
  operationId: 'ingestS3',
  tag: 'uploads',
  summary: 'Take notifications of a bucket; new objects become jobs by the rules of the settings',
  scope: 'submit',
  // SNS knows nothing else.
  basic: true,
  // SNS says text/plain of its JSON.
  body: { 'application/json': { schema: message, example: EXAMPLE }, 'text/plain': { schema: z.string() } },
  answers: { 200: { description: 'What became of each notification', schema: ingestReportSchema } },
  errors: [
    'invalid_request',
    'invalid_json',
    'body_too_large',
    'unsupported_media_type',
    'url_not_allowed',
    'download_failed',
  ],
  handler: (deps) => async (request, response) => {
    const received = readMessage(parseJson(await readText(request, MAX_BYTES, () => {})));
    if (received.kind === 'subscription') {
      await confirmSubscription(received.confirmUrl);
      deps.logger.info('confirmed a subscription of SNS', { host: new URL(received.confirmUrl).hostname });
      return void response.json({ records: [], subscription: 'confirmed' });
    }
    const records: Ingested[] = [];
    // One after the other: when one fails, the sender tries again, and those before it are known by then.
    for (const notification of received.notifications) {
      records.push(...(await ingest(deps, request, response, notification)));
    }
    response.json({ records });
  },
};
