import { type StorageConfig, storageKind } from './config';
import { openFilesystemStore } from './filesystem';
import type { ObjectStore } from './object-store';
import { createS3Store } from './s3';

type Kind = ReturnType<typeof storageKind>;

/** An adapter is a file and a line here. */
const ADAPTERS: Record<Kind, (config: StorageConfig) => ObjectStore | Promise<ObjectStore>> = {
  filesystem: (config) => openFilesystemStore(config.STORAGE_DIR),
  s3: (config) => createS3Store(s3Options(config)),
};

/**
 * The store that the settings ask for. The filesystem one creates its folder and sweeps what a crash left; the S3 one
 * connects at its first use, so call `check` to know. Throws `storage_error`, or an Error naming the variable at fault.
 */
export async function createObjectStore(config: StorageConfig): Promise<ObjectStore> {
  return ADAPTERS[storageKind(config)](config);
}

function s3Options(config: StorageConfig): Parameters<typeof createS3Store>[0] {
  const { S3_BUCKET: bucket = '', S3_ENDPOINT: endpoint, S3_ACCESS_KEY_ID: id, S3_SECRET_ACCESS_KEY: secret } = config;
  return {
    bucket,
    region: config.S3_REGION,
    forcePathStyle: config.S3_FORCE_PATH_STYLE ?? endpoint !== undefined,
    prefix: config.S3_PREFIX,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(id === undefined || secret === undefined ? {} : { credentials: { accessKeyId: id, secretAccessKey: secret } }),
  };
}
