import { FACADES } from '../compat';
import type { Route } from '../http/route';
import { cancelJob } from './cancel-job';
import { completeUpload } from './complete-upload';
import { createEndpoint } from './create-endpoint';
import { createJob } from './create-job';
import { createKey } from './create-key';
import { createUpload } from './create-upload';
import { deleteEndpoint } from './delete-endpoint';
import { deleteJob } from './delete-job';
import { docs } from './docs';
import { getArchive } from './get-archive';
import { getBeside } from './get-beside';
import { getDelivery } from './get-delivery';
import { getEndpoint } from './get-endpoint';
import { getEndpointSecret } from './get-endpoint-secret';
import { getError } from './get-error';
import { getFile } from './get-file';
import { getItem } from './get-item';
import { getJob } from './get-job';
import { getKey } from './get-key';
import { getMask } from './get-mask';
import { getModel } from './get-model';
import { getOriginal } from './get-original';
import { getResult } from './get-result';
import { getUpload } from './get-upload';
import { getWebhookSecret } from './get-webhook-secret';
import { health } from './health';
import { healthLive } from './health-live';
import { healthReady } from './health-ready';
import { ingestS3 } from './ingest-s3';
import { jobEvents } from './job-events';
import { listDeliveries } from './list-deliveries';
import { listEndpoints } from './list-endpoints';
import { listItems } from './list-items';
import { listJobs } from './list-jobs';
import { listKeys } from './list-keys';
import { listModels } from './list-models';
import { metrics } from './metrics';
import { openapi } from './openapi';
import { presets } from './presets';
import { processImage } from './process';
import { putUploadContent } from './put-upload-content';
import { putUploadPart } from './put-upload-part';
import { redeliver } from './redeliver';
import { redoc } from './redoc';
import { retryJob } from './retry-job';
import { revokeKey } from './revoke-key';
import { rotateEndpointSecret } from './rotate-endpoint-secret';
import { rotateKey } from './rotate-key';
import { studio } from './studio';
import { testEndpoint } from './test-endpoint';
import { updateEndpoint } from './update-endpoint';
import { updateKey } from './update-key';

/** Every endpoint: a file and a line here. */
export const ROUTES: readonly Route[] = [
  createJob,
  processImage,
  listJobs,
  getJob,
  jobEvents,
  listItems,
  getItem,
  getResult,
  getMask,
  getBeside,
  getOriginal,
  getArchive,
  cancelJob,
  retryJob,
  deleteJob,
  createUpload,
  getUpload,
  completeUpload,
  putUploadContent,
  putUploadPart,
  getFile,
  ingestS3,
  createEndpoint,
  listEndpoints,
  getEndpoint,
  updateEndpoint,
  deleteEndpoint,
  getEndpointSecret,
  rotateEndpointSecret,
  testEndpoint,
  getWebhookSecret,
  listDeliveries,
  getDelivery,
  redeliver,
  createKey,
  listKeys,
  getKey,
  updateKey,
  rotateKey,
  revokeKey,
  health,
  healthLive,
  healthReady,
  metrics,
  presets,
  listModels,
  getModel,
  getError,
  ...FACADES,
  openapi(() => ROUTES),
  ...docs,
  ...redoc,
  ...studio,
];
