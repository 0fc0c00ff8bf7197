import { AppError } from '@packshot/contracts';
import type { Inference } from '../runtime/inference';
import type { Placement } from '../runtime/placement';

export interface PretendedGpu {
  /** Where the nodes of its sessions are said to run. */
  placement: Placement;
  /** Its memory is full. */
  full: boolean;
  /** Names of the sessions it was asked for. */
  asked: string[];
}

/**
 * What a machine with a GPU would answer, where there is none: sessions on `cuda` are real ones of the CPU under another
 * name. `gpu` may be changed at any time.
 */
export function pretendGpu(real: Inference, providers: readonly string[], gpu: PretendedGpu): Inference {
  const pretended = new Set<string>();
  return {
    ...real,
    providers,
    async load(name, path, { on = providers, ...options } = {}) {
      if (on[0] !== 'cuda') return real.load(name, path, { on, ...options });
      gpu.asked.push(name);
      pretended.add(name);
      const { graph, session } = await real.load(name, path, { on: ['cpu'], ...options });
      return {
        graph: { ...graph, provider: 'cuda' },
        session: {
          async run(inputs, outputs) {
            if (gpu.full) throw new AppError('out_of_memory');
            return session.run(inputs, outputs);
          },
        },
      };
    },
    async placement(name) {
      const found = await real.placement(name);
      return pretended.has(name) ? gpu.placement : found;
    },
  };
}
