import { createHash, createHmac } from 'node:crypto';
import type { S3Access } from './s3';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/**
 * Makes a bucket. Signed by hand (AWS Signature Version 4, "Create a signed AWS API request" in the IAM user guide): one
 * request does not pay for a dependency on the SDK, and storage adapters are not tested by means of themselves.
 */
export async function createS3Bucket(access: S3Access, bucket: string): Promise<void> {
  const url = new URL(`/${bucket}`, access.endpoint);
  // Every region but the first must be named in the body as well.
  const body =
    access.region === 'us-east-1'
      ? ''
      : `<CreateBucketConfiguration><LocationConstraint>${access.region}</LocationConstraint></CreateBucketConfiguration>`;
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${time.slice(0, 8)}/${access.region}/s3/aws4_request`;
  const headers = { host: url.host, 'x-amz-content-sha256': sha256(body), 'x-amz-date': time };
  const signed = Object.keys(headers).join(';');

  const canonical = [
    'PUT',
    url.pathname,
    '',
    ...Object.entries(headers).map(([name, value]) => `${name}:${value}`),
    '',
    signed,
    sha256(body),
  ].join('\n');
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${access.secretAccessKey}`);
  const signature = hmac(key, ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')).toString('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${access.accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`;

  const answer = await fetch(url, { method: 'PUT', headers: { ...headers, authorization }, body: body || null });
  if (!answer.ok) throw new Error(`PUT ${url.pathname}: ${answer.status} ${await answer.text()}`);
}
