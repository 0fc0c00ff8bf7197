export * from './free-port';
export * from './poll';
export * from './process';
export { type RedisOptions, startRedis, type TestRedis } from './redis';
export * from './repository-root';
export { type S3Access, startS3, type TestS3 } from './s3';
export * from './webhook-sink';
