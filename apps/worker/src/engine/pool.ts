import type { RunnerInfo, RunReport } from '@packshot/pipeline';
import type { GpuShares } from '../gpu-share';
import { CpuOverflow, OVERFLOW_NOTE } from './cpu-overflow';
import type { EngineItem } from './engine-item';
import { EngineHost } from './host';
import type { EngineHostOptions } from './host-options';

export interface PoolOptions extends EngineHostOptions {
  /** What each engine has in its environment beside the common one, at least one entry. */
  devices: readonly Record<string, string>[];
  /** Items go to the CPU while every GPU is busy for more than this share of the time, 0..1. */
  overflow?: { busyFraction: number; gpus: GpuShares };
}

interface Member {
  host: EngineHost;
  /** The GPU that it computes on, if any: an index or UUID. */
  gpu: string;
}

/** One engine per device; an item goes to the one with the least to do. */
export class EnginePool {
  private readonly members: [Member, ...Member[]];
  private readonly spare: CpuOverflow | null;

  constructor(private readonly options: PoolOptions) {
    const { devices, engine, overflow } = options;
    const member = (device: Record<string, string>): Member => {
      const env: Record<string, string> = { ...engine.env, ...device };
      const [gpu = '0'] = env.CUDA_VISIBLE_DEVICES?.split(',') ?? [];
      return { host: new EngineHost({ ...options, engine: { ...engine, env } }), gpu };
    };
    this.members = [member(devices[0] ?? {}), ...devices.slice(1).map(member)];
    const onCpu = { ...options, engine: { ...engine, load: { ...engine.load, providers: ['cpu' as const] } } };
    this.spare = overflow ? new CpuOverflow(onCpu, options.logger) : null;
  }

  /** Resolves when every engine has loaded its models; rejects when one cannot, all are closed then. */
  async start(): Promise<void> {
    try {
      await Promise.all(this.members.map(({ host }) => host.start()));
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** What each engine that has started runs on, the one that takes items over from a busy GPU last. */
  get infos(): RunnerInfo[] {
    return this.hosts().flatMap(({ info }) => info ?? []);
  }

  /** Of the engine that takes items over from a busy GPU; null: there is to be none. */
  get overflow(): 'not_needed_yet' | 'started' | null {
    if (this.spare === null) return null;
    return this.spare.started ? 'started' : 'not_needed_yet';
  }

  facts(): { pid: number | null; restarts: number; rssBytes: number | null } {
    const all = this.hosts().map((host) => host.facts());
    return {
      pid: all[0]?.pid ?? null,
      restarts: all.reduce((sum, { restarts }) => sum + restarts, 0),
      rssBytes: all.reduce<number | null>(
        (sum, { rssBytes }) => (rssBytes === null ? sum : (sum ?? 0) + rssBytes),
        null,
      ),
    };
  }

  /** As `EngineHost.run`. */
  run(item: EngineItem): Promise<RunReport> {
    const free = this.members.filter(({ gpu }) => !this.isBusy(gpu));
    const spare = free.length === 0 ? this.spare?.place() : null;
    if (spare) return spare.run({ ...item, notes: [...(item.notes ?? []), OVERFLOW_NOTE] });
    const [first, ...rest] = free.length > 0 ? free : this.members;
    const least = rest.reduce(
      (least, member) => (member.host.load < least.host.load ? member : least),
      first as Member,
    );
    return least.host.run(item);
  }

  async close(): Promise<void> {
    await Promise.all([...this.members.map(({ host }) => host.close()), this.spare?.close()]);
  }

  private hosts(): EngineHost[] {
    return [...this.members.map(({ host }) => host), ...(this.spare?.started ? [this.spare.started] : [])];
  }

  private isBusy(gpu: string): boolean {
    const { overflow } = this.options;
    return overflow !== undefined && (overflow.gpus.of(gpu) ?? 0) > overflow.busyFraction;
  }
}

/** A GPU of its own for each engine; with none named, one engine that sees what this process sees. */
export function devicesOf(cudaDevices: readonly string[]): Record<string, string>[] {
  return cudaDevices.length === 0 ? [{}] : cudaDevices.map((index) => ({ CUDA_VISIBLE_DEVICES: index }));
}
