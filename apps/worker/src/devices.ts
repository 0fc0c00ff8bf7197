import { cpus } from 'node:os';
import type { WorkerReport } from '@packshot/jobs';
import { memoryLimit, memoryUsed } from '@packshot/service';
import { queryGpus } from './nvidia-smi';

type Device = NonNullable<WorkerReport['engine']>['devices'][number];

const MIB = 2 ** 20;

/**
 * What this worker computes on, with memory as it is now: the processor, and NVIDIA GPUs when a provider uses them. Without
 * nvidia-smi, or where it fails, `onUnknown` hears why the GPUs are missing.
 */
export async function listDevices(
  providers: readonly string[],
  onUnknown: (error: unknown) => void,
): Promise<Device[]> {
  const used = memoryUsed();
  const cpu: Device = {
    id: 'cpu',
    kind: 'cpu',
    name: cpus()[0]?.model.trim() || process.arch,
    memory_used_bytes: used,
    memory_free_bytes: Math.max(0, memoryLimit() - used),
  };
  const usesGpu = providers.some((provider) => provider === 'cuda' || provider === 'tensorrt');
  if (!usesGpu) return [cpu];
  try {
    return [cpu, ...gpusOf(await queryGpus(['index', 'name', 'memory.used', 'memory.free']))];
  } catch (error) {
    onUnknown(error);
    return [cpu];
  }
}

/** Of rows `index, name, MiB used, MiB free`. */
export function gpusOf(rows: readonly string[][]): Device[] {
  return rows.flatMap(([index, name, used, free]) =>
    index && name
      ? [
          {
            id: `cuda:${index}`,
            kind: 'gpu' as const,
            name,
            memory_used_bytes: Number(used) * MIB,
            memory_free_bytes: Number(free) * MIB,
          },
        ]
      : [],
  );
}
