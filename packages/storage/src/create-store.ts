import { type StorageConfig, s3Access, storageKind } from './config';
import { openFilesystemStore } from './filesystem';
import type { ObjectStore } from './object-store';
import { createS3Store, type S3StoreOptions } from './s3';

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

function s3Options(config: StorageConfig): S3StoreOptions {
  const { S3_BUCKET: bucket = '', S3_PREFIX: prefix, S3_DIRECT: direct, S3_PUBLIC_ENDPOINT: publicEndpoint } = config;
  return { ...s3Access(config), bucket, prefix, direct, ...(publicEndpoint !== undefined && { publicEndpoint }) };
}
