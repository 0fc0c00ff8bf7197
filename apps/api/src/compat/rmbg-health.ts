import { freemem, totalmem } from 'node:os';
import { z } from 'zod';
import type { HealthReport } from '../health/schema';

/** `/health` as the RMBG service has it, for monitors made for that. */
export const rmbgHealthSchema = z
  .object({
    status: z.enum(['healthy', 'unhealthy']),
    timestamp: z.iso.datetime(),
    uptime: z.literal('running'),
    gpu: z.union([
      z.strictObject({
        gpu_count: z.int(),
        current_gpu: z.int(),
        gpu_memory: z.string().describe('used/all, in GB'),
      }),
      z.strictObject({}).describe('there is none'),
    ]),
    cpu_usage: z.string(),
    memory_usage: z.string(),
  })
  .meta({ id: 'RmbgHealth' });

const GB = 1024 ** 3;

export function rmbgHealth({ status, workers, api }: HealthReport): z.infer<typeof rmbgHealthSchema> {
  const devices = (workers ?? []).flatMap(({ engine }) => engine?.devices ?? []);
  const gpus = devices.filter(({ kind }) => kind === 'gpu');
  const used = gpus.reduce((sum, gpu) => sum + gpu.memory_used_bytes, 0);
  const all = gpus.reduce((sum, gpu) => sum + gpu.memory_used_bytes + gpu.memory_free_bytes, 0);
  const gpu_memory = `${(used / GB).toFixed(1)}GB/${(all / GB).toFixed(1)}GB`;
  return {
    status: status === 'unavailable' ? 'unhealthy' : 'healthy',
    timestamp: new Date().toISOString(),
    uptime: 'running',
    gpu: gpus.length > 0 ? { gpu_count: gpus.length, current_gpu: 0, gpu_memory } : {},
    cpu_usage: `${((100 * api.cpu_used) / api.cpu_cores).toFixed(1)}%`,
    memory_usage: `${(100 * (1 - freemem() / totalmem())).toFixed(1)}%`,
  };
}
