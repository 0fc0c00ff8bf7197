import { execFile } from 'node:child_process';
import { cpus } from 'node:os';
import { promisify } from 'node:util';
import type { WorkerReport } from '@packshot/jobs';
import { memoryLimit, memoryUsed } from '@packshot/service';

type Device = NonNullable<WorkerReport['engine']>['devices'][number];

const MIB = 2 ** 20;

/** What this worker computes on, with memory as it is now: the processor, and NVIDIA GPUs when a provider uses them. */
export async function listDevices(providers: readonly string[]): Promise<Device[]> {
  const used = memoryUsed();
  const cpu: Device = {
    id: 'cpu',
    kind: 'cpu',
    name: cpus()[0]?.model.trim() || process.arch,
    memory_used_bytes: used,
    memory_free_bytes: Math.max(0, memoryLimit() - used),
  };
  const usesGpu = providers.some((provider) => provider === 'cuda' || provider === 'tensorrt');
  return usesGpu ? [cpu, ...(await nvidiaGpus())] : [cpu];
}

async function nvidiaGpus(): Promise<Device[]> {
  const query = ['--query-gpu=index,name,memory.used,memory.free', '--format=csv,noheader,nounits'];
  const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: 5000 });
  return parseNvidiaSmi(stdout);
}

/** Lines of `index, name, MiB used, MiB free`. */
export function parseNvidiaSmi(text: string): Device[] {
  return text
    .split('\n')
    .map((line) => line.split(',').map((cell) => cell.trim()))
    .flatMap(([index, name, used, free]) =>
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
