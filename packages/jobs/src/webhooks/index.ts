export * from './announce';
export * from './circuit';
export * from './config';
export * from './deliveries';
export * from './endpoints';
export * from './list-deliveries';
export * from './secrets';
export * from './views';
