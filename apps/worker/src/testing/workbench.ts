import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId, type PipelineRequest, pipelineSchema, resolvePipeline } from '@packshot/contracts';
import {
  type FileLinks,
  type ItemRecord,
  type ItemSource,
  type JobRecord,
  type Jobs,
  openJobs,
  queueItems,
  signingSecret,
} from '@packshot/jobs';
import { createLogger, Lifecycle } from '@packshot/service';
import { createFileLinks, createLinkSigner, createObjectStore, type ObjectStore, originalKey } from '@packshot/storage';
import { poll, startNode, startRedis, type TestProcess, type TestRedis } from '@packshot/testing';
import { readConfig } from '../config';
import { startWorker } from '../start-worker';

/** What `scripted-runner.js` is told. */
export interface Script {
  do: 'succeed' | 'crash' | 'hang' | 'spin' | 'fail' | 'bug' | 'wait' | 'eat';
  name?: string;
  code?: string;
  until?: string;
  ms?: number;
  mb?: number;
  hold?: boolean;
  once?: string;
  models?: string[];
  journal?: string;
}

interface CommitOptions
  extends Partial<
    Pick<
      JobRecord,
      'tenant' | 'priority' | 'webhookUrl' | 'webhookEvents' | 'timeoutMs' | 'sandbox' | 'trace' | 'requestId'
    >
  > {
  itemEvents?: boolean;
  pipeline?: PipelineRequest;
}

export interface JournalEntry {
  name: string;
  event: 'start' | 'end';
  pid: number;
  device?: string;
  models: string[];
}

export const SCRIPTED_RUNNER = join(__dirname, 'scripted-runner.js');
export const MAIN = join(__dirname, '../../dist/main.js');
/** Deadline of every wait: long, because a busy machine is no fault of the code. */
export const PATIENCE_MS = 60_000;
const PNG_SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');

/** The file that makes the scripted runner do this. */
export function scripted(script: Script): Buffer {
  return Buffer.concat([PNG_SIGNATURE, Buffer.from(JSON.stringify(script))]);
}

/** Real Redis, a real store in a folder, and workers on them; each with jobs of its own prefix. */
export class Workbench {
  private readonly closers: (() => Promise<unknown>)[] = [];

  private constructor(
    readonly redis: TestRedis,
    readonly folder: string,
    readonly env: Record<string, string>,
    readonly jobs: Jobs,
    readonly storage: ObjectStore,
    readonly links: FileLinks,
  ) {}

  static async open(settings: Record<string, string> = {}): Promise<Workbench> {
    const redis = await startRedis({ own: true });
    const folder = await mkdtemp(join(tmpdir(), 'packshot-workbench-'));
    const env = {
      REDIS_URL: redis.url,
      REDIS_PREFIX: `test-${Math.random().toString(36).slice(2, 10)}`,
      STORAGE: 'filesystem',
      STORAGE_DIR: join(folder, 'objects'),
      SPOOL_DIR: join(folder, 'spool'),
      LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'error',
      LOG_FORMAT: 'text',
      LOCK_SECONDS: '6',
      STALLED_INTERVAL_SECONDS: '1',
      THREADS: '1',
      DRAIN_SECONDS: '5',
      ...settings,
    };
    const config = readConfig(env);
    const jobs = openJobs(config, { failFast: false, name: 'test' });
    // Redis is restarted under it on purpose.
    for (const queue of [jobs.queues.items, jobs.queues.webhooks]) queue.on('error', () => {});
    const storage = await createObjectStore(config);
    const signer = createLinkSigner(() => signingSecret(jobs.store));
    const links = createFileLinks({ signer, storage, lifetimeSeconds: config.LINK_SECONDS });
    return new Workbench(redis, folder, env, jobs, storage, links);
  }

  /** A worker in this process. `runnerModule: null` takes the real pipeline. */
  async startWorker(
    settings: Record<string, string> = {},
    runnerModule: string | null = SCRIPTED_RUNNER,
  ): Promise<Lifecycle> {
    const config = readConfig({ ...this.env, ...settings });
    const logger = createLogger({ name: 'worker', level: config.LOG_LEVEL, format: config.LOG_FORMAT });
    // Faults are what these tests are about; TEST_LOG_LEVEL shows what is said of them.
    logger.silent = process.env.TEST_LOG_LEVEL === undefined;
    const lifecycle = new Lifecycle(logger);
    this.closers.push(() => lifecycle.close());
    const onHopeless = (error: Error) => {
      throw error;
    };
    await startWorker({ config, logger, lifecycle, onHopeless, ...(runnerModule !== null && { runnerModule }) });
    return lifecycle;
  }

  /** A worker in a process of its own, ready; needs the build. */
  async startWorkerProcess(
    settings: Record<string, string> = {},
    runnerModule: string | null = SCRIPTED_RUNNER,
  ): Promise<TestProcess> {
    const worker = await startNode(MAIN, {
      args: runnerModule === null ? [] : [runnerModule],
      env: { ...this.env, ...settings, LOG_LEVEL: 'info' },
      ipc: true,
    });
    this.closers.push(() => worker.kill9());
    await worker.waitForLine(/worker ready|"message":"ready"/, PATIENCE_MS);
    return worker;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  release(name: string): void {
    writeFileSync(this.path(name), '');
  }

  /** What the scripted runner wrote into a journal. */
  journal(name: string): JournalEntry[] {
    const path = this.path(name);
    if (!existsSync(path)) return [];
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as JournalEntry);
  }

  /** Commits a job without queueing it. */
  async commitJob(files: readonly (Buffer | ItemSource)[], options: CommitOptions = {}): Promise<JobRecord> {
    const id = newId('job');
    const items = await Promise.all(
      files.map(async (file) => {
        const itemId = newId('item');
        const key = originalKey(id, itemId);
        if (Buffer.isBuffer(file)) await this.storage.put(key, file, { contentType: 'image/png' });
        const source: ItemSource = Buffer.isBuffer(file) ? { kind: 'stored', key } : file;
        return { id: itemId, customId: null, pipeline: null, input: { name: 'photo' }, source };
      }),
    );
    return this.jobs.store.create({
      id,
      pipeline: resolvePipeline(pipelineSchema.parse(options.pipeline ?? {})),
      metadata: {},
      tenant: options.tenant ?? 'default',
      priority: options.priority ?? 'bulk',
      webhookUrl: options.webhookUrl ?? null,
      webhookEvents: options.webhookEvents ?? null,
      itemEvents: options.itemEvents ?? false,
      ttlMs: null,
      timeoutMs: options.timeoutMs ?? null,
      sandbox: options.sandbox ?? false,
      trace: options.trace ?? null,
      requestId: options.requestId ?? null,
      baseUrl: 'http://localhost',
      items,
    });
  }

  async submit(...[files, options]: Parameters<Workbench['commitJob']>): Promise<JobRecord> {
    const job = await this.commitJob(files, options);
    await queueItems(this.jobs.store, this.jobs.queues, job.id);
    return job;
  }

  /** The job's items, in order. */
  items(job: JobRecord): Promise<ItemRecord[]> {
    return this.jobs.store.listItems(job.id, 0, 1000);
  }

  /** Waits until every item has ended, and gives them. */
  async ended(job: JobRecord, timeoutMs = PATIENCE_MS): Promise<ItemRecord[]> {
    try {
      await poll(async () => (await this.jobs.store.require(job.id, null)).completedAt, {
        timeoutMs,
        what: 'the end of the job',
      });
    } catch (error) {
      const states = (await this.items(job)).map(({ status, attempts, crashes }) => ({ status, attempts, crashes }));
      throw new Error(`${(error as Error).message}: ${JSON.stringify(states)}`);
    }
    return this.items(job);
  }

  /** Waits until items of these numbers are being processed. */
  async underway(job: JobRecord, ...indices: number[]): Promise<void> {
    await poll(
      async () => {
        const items = await this.items(job);
        return indices.every((index) => items[index]?.status === 'processing' && items[index]?.progress > 0);
      },
      { timeoutMs: PATIENCE_MS, what: `items ${indices.join(', ')} being processed` },
    );
  }

  /** Keys of everything stored for a job. */
  async keys(job: JobRecord): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of this.storage.list(`jobs/${job.id}/`)) keys.push(key);
    return keys.sort();
  }

  /** Waits until nothing is left in the spools of workers. */
  async spoolEmpty(): Promise<void> {
    const spools = await readdir(this.path('spool'));
    const empty = async () => {
      const contents = await Promise.all(spools.map((name) => readdir(this.path(`spool/${name}`))));
      return contents.flat().length === 0;
    };
    await poll(empty, { timeoutMs: PATIENCE_MS, what: 'an empty spool' });
  }

  async close(): Promise<void> {
    for (const close of this.closers.reverse()) await close();
    await this.storage.close();
    await this.jobs.close();
    await this.redis.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
