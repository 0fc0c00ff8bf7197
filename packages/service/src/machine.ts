import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';

/** The first of the files that can be read, trimmed. cgroup v2 and v1 keep the same facts in different places. */
function read(...paths: string[]): string | null {
  for (const path of paths) {
    try {
      return readFileSync(path, 'utf8').trim();
    } catch {}
  }
  return null;
}

/**
 * Processors this process may use, at least 1: the affinity mask, cut to the cgroup's quota. ONNX Runtime looks at neither
 * quota, so its thread count must come from here.
 */
export function availableCpus(): number {
  const affinity = availableParallelism();
  const v2 = read('/sys/fs/cgroup/cpu.max')?.split(' ');
  const quota = v2 ? v2[0] : read('/sys/fs/cgroup/cpu/cpu.cfs_quota_us');
  const period = v2 ? v2[1] : read('/sys/fs/cgroup/cpu/cpu.cfs_period_us');
  const limit = Number(quota) > 0 && Number(period) > 0 ? Number(quota) / Number(period) : Number.POSITIVE_INFINITY;
  return Math.max(1, Math.min(affinity, Math.ceil(limit)));
}

/** Memory this process may use, in bytes: the cgroup's limit or what the machine has, whichever is less. */
export function memoryLimit(): number {
  const text = read('/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes');
  const limit = Number(text);
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** Memory in use within that limit, in bytes; without a cgroup of our own, what the whole machine uses. */
export function memoryUsed(): number {
  const text = read('/sys/fs/cgroup/memory.current', '/sys/fs/cgroup/memory/memory.usage_in_bytes');
  if (text !== null && Number(read('/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes')) > 0) {
    return Number(text);
  }
  const available = /MemAvailable:\s+(\d+) kB/.exec(read('/proc/meminfo') ?? '')?.[1];
  return available ? totalmem() - Number(available) * 1024 : process.memoryUsage().rss;
}
