export { type CostSheet, estimateCost } from './cost';
export type { ModelTask } from './models/record';
export type { RunRequest } from './process-image';
export type { RunFile, RunInput, RunReport } from './report';
export { createRunner, type Runner, type RunnerInfo, type RunnerOptions } from './runner';
