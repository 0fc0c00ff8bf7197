/** The execution providers that Packshot knows, by the names of ONNX Runtime's JavaScript, the one to prefer first. */
export const EXECUTION_PROVIDERS = ['tensorrt', 'cuda', 'webgpu', 'cpu'] as const;
export type ExecutionProvider = (typeof EXECUTION_PROVIDERS)[number];

/**
 * What a session on a provider is made with. All that npm's binding 1.30 passes on to TensorRT and CUDA is a device, and that is
 * chosen by CUDA_VISIBLE_DEVICES. What TensorRT does not take goes to CUDA, which it needs anyway, instead of the CPU.
 */
export function sessionProviders(provider: string): string[] {
  return provider === 'tensorrt' ? ['tensorrt', 'cuda'] : [provider];
}

/** TensorRT compiles an engine for every shape it meets, for minutes: it is given one shape only, and that before any item. */
export function wantsOneShape(provider: string): boolean {
  return provider === 'tensorrt';
}

/** Several as one name, each once: `cuda+cpu`. */
export function joinProviders(names: Iterable<string>): string {
  return [...new Set([...names].flatMap((name) => name.split('+')))].join('+');
}
