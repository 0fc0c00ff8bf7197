export { type CostSheet, estimateCost } from './cost';
export { joinAlpha } from './image/join-alpha';
export { bindGraph } from './models/graph';
export { memoryByRecord } from './models/memory';
export { ModelSetFull } from './models/model-set';
export {
  type GraphContract,
  MODEL_PACKS,
  MODEL_TASKS,
  type ModelRecord,
  type ModelTask,
  modelRecordSchema,
} from './models/record';
export { readRecords } from './models/registry';
export * from './models/store';
export type { RunRequest } from './process-image';
export type { RunFile, RunInput, RunReport } from './report';
export { createRunner, type LoadedModel, type Runner, type RunnerInfo, type RunnerOptions } from './runner';
export { createInference, type Inference } from './runtime/inference';
export { usedProviders } from './runtime/placement';
export { EXECUTION_PROVIDERS, type ExecutionProvider } from './runtime/providers';
export type { Graph, Tensor } from './runtime/session';
export { findWeights } from './runtime/weights';
