import { S3Client } from '@aws-sdk/client-s3';

const CONNECT_TIMEOUT_MS = 5_000;
/** Long enough to send a part over a slow line. */
export const S3_TIMEOUT_MS = 60_000;
const MAX_ATTEMPTS = 4;
const MAX_SOCKETS = 128;

/** How a server that speaks S3 is reached. */
export interface S3Access {
  region: string;
  /** Absent: AWS itself. */
  endpoint?: string;
  /** Absent: AWS's own chain (environment, profile, instance or pod role). */
  credentials?: { accessKeyId: string; secretAccessKey: string };
  /** `endpoint/bucket/key` in place of `bucket.endpoint/key`. */
  forcePathStyle: boolean;
}

/** A client that gives up on a silent server. Opens no connection yet. */
export function createS3Client(access: S3Access, timeoutMs: number = S3_TIMEOUT_MS): S3Client {
  const agent = { keepAlive: true, maxSockets: MAX_SOCKETS };
  return new S3Client({
    ...access,
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: timeoutMs,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    },
    // Checksums are left at the SDK's default: every part is a buffer, so its CRC goes in a header and servers without
    // checksums ignore it. One that refuses it is served by AWS_REQUEST_CHECKSUM_CALCULATION=WHEN_REQUIRED.
  });
}

/** A client that only signs: what it signs carries no checksum, which would be that of an empty body. */
export function createS3Signer(access: S3Access): S3Client {
  return new S3Client({
    ...access,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}
