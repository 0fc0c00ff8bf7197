/** The execution providers that Packshot knows, by the names of ONNX Runtime, the one to prefer first. */
export const EXECUTION_PROVIDERS = ['tensorrt', 'cuda', 'webgpu', 'cpu'] as const;
export type ExecutionProvider = (typeof EXECUTION_PROVIDERS)[number];
