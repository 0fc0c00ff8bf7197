export * from './free-port';
export * from './poll';
export * from './process';
export { type RedisOptions, startRedis, type TestRedis } from './redis';
export * from './repository-root';
export * from './webhook-sink';
