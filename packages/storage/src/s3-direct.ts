import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type ListPartsCommandInput,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { AppError } from '@packshot/contracts';
import type { DirectAccess, ExpectedBody, StoredPart, Validity } from './direct-access';
import { assertObjectKey } from './object-key';
import { isNamed, toAppError, translated } from './s3-errors';

/** What the presigner would leave out of the signature; signed, the store refuses another type. The length is signed anyway. */
const SIGNED = new Set(['content-type', 'content-length']);
/** Of a part, which has no type of its own: the client would have to send the one that the SDK makes up. */
const SIGNED_OF_PART = new Set(['content-length']);

export interface S3DirectOptions {
  /** Talks to the store. */
  client: S3Client;
  /**
   * Signs, for the address that clients reach the store at. It must not add checksums: in a URL they would be those of an
   * empty body, and the store would refuse every other one.
   */
  signer: S3Client;
  at(key: string): { Bucket: string; Key: string };
}

/** Presigned requests (SigV4 in the query) and policies (SigV4 POST). */
export function createS3DirectAccess({ client, signer, at: place }: S3DirectOptions): DirectAccess {
  const at = (key: string) => {
    assertObjectKey(key);
    return place(key);
  };
  const options = ({ from, seconds }: Validity, signableHeaders = SIGNED) => ({
    expiresIn: seconds,
    signableHeaders,
    ...(from !== undefined && { signingDate: from }),
  });

  const listParts = (input: ListPartsCommandInput) =>
    client.send(new ListPartsCommand(input)).catch((error: unknown) => {
      if (isNamed(error, 'NoSuchUpload')) return null;
      throw toAppError(error);
    });

  return {
    getUrl: (key, { name, contentType }, validity) =>
      translated(() => {
        const answer = { ResponseContentType: contentType, ResponseContentDisposition: attachment(name) };
        return getSignedUrl(signer, new GetObjectCommand({ ...at(key), ...answer }), options(validity));
      }),

    putUrl: (key, { contentType, bytes }, validity) =>
      translated(() => {
        const command = new PutObjectCommand({ ...at(key), ContentType: contentType, ContentLength: bytes });
        return getSignedUrl(signer, command, options(validity));
      }),

    postForm: (key, { contentType, bytes }: ExpectedBody, { seconds }) =>
      translated(() =>
        createPresignedPost(signer, {
          ...at(key),
          Fields: { 'Content-Type': contentType },
          Conditions: [['content-length-range', bytes, bytes]],
          Expires: seconds,
        }),
      ),

    async beginMultipart(key, contentType) {
      const command = new CreateMultipartUploadCommand({ ...at(key), ContentType: contentType });
      const { UploadId: id } = await translated(() => client.send(command));
      if (id === undefined) throw new AppError('storage_error', 'The store gave an upload no id.');
      return id;
    },

    partUrl: (key, { multipartId, number, bytes }, validity) =>
      translated(() => {
        const part = { UploadId: multipartId, PartNumber: number, ContentLength: bytes };
        return getSignedUrl(signer, new UploadPartCommand({ ...at(key), ...part }), options(validity, SIGNED_OF_PART));
      }),

    async parts(key, multipartId) {
      const found: StoredPart[] = [];
      // Not the SDK's own paginator: some servers name a next page behind the last one, and it would go on for ever.
      for (let marker: string | undefined; ; ) {
        const page = await listParts({ ...at(key), UploadId: multipartId, PartNumberMarker: marker });
        if (page === null) return null;
        for (const { PartNumber: number = 0, Size: bytes = 0, ETag: etag = '' } of page.Parts ?? []) {
          found.push({ number, bytes, etag });
        }
        if (!page.IsTruncated) return found;
        marker = page.NextPartNumberMarker;
      }
    },

    async completeMultipart(key, multipartId, parts) {
      const Parts = parts.map(({ number, etag }) => ({ PartNumber: number, ETag: etag }));
      const command = new CompleteMultipartUploadCommand({
        ...at(key),
        UploadId: multipartId,
        MultipartUpload: { Parts },
      });
      await client.send(command).catch((error: unknown) => {
        throw isNamed(error, 'NoSuchUpload') ? new AppError('not_found') : toAppError(error);
      });
    },

    async abortMultipart(key) {
      const { Bucket, Key } = at(key);
      await translated(async () => {
        // A key has few; some servers list them only by the whole key as prefix.
        const { Uploads: uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: Key }));
        for (const { Key: found, UploadId } of uploads) {
          if (found !== Key) continue;
          await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })).catch((error: unknown) => {
            if (!isNamed(error, 'NoSuchUpload')) throw error;
          });
        }
      });
    },
  };
}

/** RFC 6266: the name in ASCII for old clients, and in full. */
function attachment(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const full = encodeURIComponent(name.replace(/\p{Cs}/gu, '_')).replace(
    /['()*!]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${full}`;
}
