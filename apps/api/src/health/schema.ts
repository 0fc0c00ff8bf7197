import type { WorkerReport } from '@packshot/jobs';
import { z } from 'zod';

const bytes = z.int().min(0);
const count = z.int().min(0);
const versions = z.record(z.string(), z.string());
const backend = z.object({ ok: z.boolean(), reason: z.string().nullable().describe('why not, for people') });

const device = z.object({
  id: z.string(),
  kind: z.enum(['cpu', 'gpu']),
  name: z.string(),
  memory_used_bytes: bytes,
  memory_free_bytes: bytes,
});

const engine = z.object({
  pid: z.int().nullable(),
  restarts: count,
  rss_bytes: bytes.nullable(),
  provider: z.string().describe('the execution provider in use; several joined by `+`'),
  providers: z.array(z.string()).describe('the execution providers asked for, in order of preference'),
  threads: z.int(),
  versions,
  models: z
    .array(
      z.object({ id: z.string(), task: z.string(), sha256: z.string(), provider: z.string(), memory_bytes: bytes }),
    )
    .describe('loaded, once for each provider it runs on'),
  models_asked: z.array(z.string()).describe('what the settings ask for beside the default of each task'),
  models_left_out: z
    .array(z.object({ id: z.string(), reason: z.string() }))
    .describe('what was to be loaded at the start and was not'),
  model_memory: z
    .object({ used_bytes: bytes, limit_bytes: bytes })
    .describe('what the loaded models of the fullest engine need, and what those of one engine may take'),
  cpu_overflow: z
    .enum(['not_needed_yet', 'started'])
    .nullable()
    .describe('whether a CPU engine has taken items over from a busy GPU; null: that is off'),
  devices: z.array(device),
});

const workerSchema: z.ZodType<WorkerReport> = z
  .object({
    id: z.string(),
    host: z.string(),
    pid: z.int(),
    version: z.string(),
    started_at: z.iso.datetime(),
    state: z.enum(['starting', 'ready', 'draining']),
    busy: count.describe('items in hand'),
    concurrency: count,
    rss_bytes: bytes,
    event_loop_p99_ms: z.number(),
    engine: engine.nullable(),
  })
  .meta({ id: 'Worker', description: 'What a worker says of itself every few seconds.' });

/** Everything an operator asks first. What Redis knows is null while it is away. Memory in bytes, CPU in cores. */
export const healthReportSchema = z
  .object({
    status: z
      .enum(['ok', 'degraded', 'unavailable'])
      .describe(
        '`ok`: jobs are accepted and processed. `degraded`: they are accepted, but no worker is ready to process them. `unavailable`: Redis or the object store cannot be used',
      ),
    version: z.string(),
    uptime_seconds: count,
    versions,
    redis: backend
      .extend({
        mode: z.enum(['single', 'sentinel', 'cluster']).nullable(),
        product: z.string().nullable().describe('redis, valkey or another that speaks the same'),
        version: z.string().nullable().describe('the version of Redis that it is or is compatible with'),
        eviction_policy: z.string().nullable(),
        appendonly: z.boolean().nullable().describe('whether jobs survive a restart of Redis'),
        appendfsync: z.string().nullable().describe('`always`: what was accepted survives even a power cut'),
        warnings: z.array(z.string()),
      })
      .describe('what Redis does not say, or cannot while it is away, is null'),
    storage: backend,
    queue: z
      .object({
        interactive: count,
        bulk: count,
        active: count,
        delayed: count,
        oldest_waiting_ms: z.number().nullable(),
      })
      .nullable(),
    providers: z.array(z.string()),
    workers: z.array(workerSchema).nullable(),
    api: z.object({
      cpu_cores: z.number(),
      cpu_used: z.number(),
      rss_bytes: bytes,
      memory_limit_bytes: z.number(),
      requests_in_flight: count,
      streams_open: count.describe('event streams and long polls'),
      upload_bytes_in_flight: bytes,
    }),
  })
  .meta({ id: 'Health', description: 'State of the API, its backends, its workers and their devices.' });
export type HealthReport = z.infer<typeof healthReportSchema>;

/** Whether requests may be sent here. */
export const readinessSchema = z
  .object({
    status: z.enum(['ready', 'not_ready']),
    reasons: z.array(z.object({ backend: z.string(), reason: z.string().nullable() })),
  })
  .meta({ id: 'Readiness' });
