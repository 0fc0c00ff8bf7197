export * from './poll';
export * from './process';
export * from './repository-root';
export * from './webhook-sink';
