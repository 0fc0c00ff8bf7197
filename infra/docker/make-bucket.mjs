/**
 * Makes the bucket that S3_BUCKET names, unless it is there, and waits for a server that is still starting. Runs once before
 * the API and the workers; any S3 server will do.
 */
import { createRequire } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';

/** The storage package's own dependencies: nothing more has to be installed. */
const fromStorage = createRequire(new URL('../../packages/storage/package.json', import.meta.url));
const { CreateBucketCommand, HeadBucketCommand, S3Client } = fromStorage('@aws-sdk/client-s3');

const WAIT_MS = 60_000;
const RETRY_MS = 1000;

const { S3_ENDPOINT: endpoint, S3_BUCKET: bucket, S3_REGION: region = 'us-east-1' } = process.env;
const { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = process.env;
if (!endpoint || !bucket || !accessKeyId || !secretAccessKey) {
  console.error('S3_ENDPOINT, S3_BUCKET, S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY are needed');
  process.exit(1);
}
const s3 = new S3Client({ endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } });

/** Resolves to true when it had to be made. */
async function makeBucket() {
  try {
    await s3.send(new HeadBucketCommand({ Bucket: bucket }));
    return false;
  } catch (error) {
    if (error.$metadata?.httpStatusCode !== 404) throw error;
  }
  try {
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  } catch (error) {
    if (error.name !== 'BucketAlreadyOwnedByYou') throw error;
  }
  // Some servers say yes before they can be written to.
  await s3.send(new HeadBucketCommand({ Bucket: bucket }));
  return true;
}

/** A refusal stays one; everything else may be a server that is not ready yet. */
const isFinal = (error) => [400, 401, 403].includes(error.$metadata?.httpStatusCode);

const deadline = Date.now() + WAIT_MS;
let waiting = false;
for (;;) {
  try {
    console.log((await makeBucket()) ? `made bucket ${bucket}` : `bucket ${bucket} is there`);
    break;
  } catch (error) {
    if (isFinal(error) || Date.now() > deadline) {
      console.error(`bucket ${bucket} at ${endpoint}: ${error.name}: ${error.message}`);
      process.exitCode = 1;
      break;
    }
    if (!waiting) console.log(`waiting for ${endpoint} (${error.code ?? error.name})`);
    waiting = true;
    await pause(RETRY_MS);
  }
}
s3.destroy();
