export * from './config';
export * from './guarded-fetch';
export * from './lifecycle';
export * from './logger';
export * from './machine';
export * from './metrics';
export * from './private-network';
