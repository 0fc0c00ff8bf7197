export { type StorageConfig, storageConfig, storageKind } from './config';
export { createObjectStore } from './create-store';
export { openFilesystemStore } from './filesystem';
export * from './keys';
export * from './object-store';
export { createS3Store, type S3StoreOptions } from './s3';
