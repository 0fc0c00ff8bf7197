import { EXECUTION_PROVIDERS, type ExecutionProvider } from './providers';

/** Where the nodes of a graph ran: the share of all bytes they wrote, 0..1, by provider. */
export type Placement = Partial<Record<ExecutionProvider, number>>;

/** As ONNX Runtime calls them in its profiles. */
const NAMES: Record<string, ExecutionProvider> = {
  TensorrtExecutionProvider: 'tensorrt',
  CUDAExecutionProvider: 'cuda',
  WebGpuExecutionProvider: 'webgpu',
  CPUExecutionProvider: 'cpu',
};

/** Sizes and indices are computed on the CPU whatever the provider; next to pictures they are nothing. */
const NEGLIGIBLE = 0.01;

interface ProfileEvent {
  cat: string;
  args?: { provider?: string; output_size?: string };
}

/**
 * Reads a profile of ONNX Runtime. Bytes are counted and not time, because a GPU's work is over, on the clock of the
 * processor, as soon as it is handed out.
 */
export function readPlacement(profile: string): Placement {
  const written = new Map<ExecutionProvider, number>();
  for (const { cat, args } of JSON.parse(profile) as ProfileEvent[]) {
    const provider = NAMES[args?.provider ?? ''];
    if (cat !== 'Node' || provider === undefined) continue;
    written.set(provider, (written.get(provider) ?? 0) + Number(args?.output_size ?? 0));
  }
  const all = [...written.values()].reduce((sum, bytes) => sum + bytes, 0);
  return Object.fromEntries([...written].map(([provider, bytes]) => [provider, all === 0 ? 1 : bytes / all]));
}

/** The providers that really compute, of all graphs of a model, best first. */
export function usedProviders(placements: readonly Placement[]): ExecutionProvider[] {
  return EXECUTION_PROVIDERS.filter((provider) =>
    placements.some((placement) => (placement[provider] ?? 0) > NEGLIGIBLE),
  );
}
