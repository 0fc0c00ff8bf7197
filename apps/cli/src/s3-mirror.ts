import { basename } from 'node:path';
import { loadConfig } from '@packshot/service';

/** Longer than any one request for a model may wait. */
const VALID_SECONDS = 3600;

/**
 * Makes addresses under which objects of any bucket can be got, signed by the settings of S3 (`S3_ENDPOINT`, keys, …). The
 * client of S3 is loaded with the first one: most calls need none.
 */
export function createS3Signer(env: NodeJS.ProcessEnv): (bucket: string, key: string) => Promise<string> {
  return async (bucket, key) => {
    const { createS3Store, s3Access, storageConfig } = await import('@packshot/storage');
    const access = s3Access(loadConfig(storageConfig, { env }));
    const { direct } = createS3Store({ ...access, bucket, prefix: '', direct: true });
    const file = { name: basename(key), contentType: 'application/octet-stream' };
    if (direct === null) throw new Error('a store of S3 made without signed addresses');
    return direct.getUrl(key, file, { seconds: VALID_SECONDS });
  };
}
