import type { RunnerInfo, RunReport } from '@packshot/pipeline';
import type { EngineItem } from './engine-item';
import { EngineHost, type EngineHostOptions } from './host';

/** One engine per device; an item goes to the one with the least to do. */
export class EnginePool {
  private readonly hosts: [EngineHost, ...EngineHost[]];

  /** `devices`: what each engine has in its environment beside the common one, at least one entry. */
  constructor(options: EngineHostOptions, devices: readonly Record<string, string>[]) {
    const host = (device: Record<string, string>) =>
      new EngineHost({ ...options, engine: { ...options.engine, env: { ...options.engine.env, ...device } } });
    this.hosts = [host(devices[0] ?? {}), ...devices.slice(1).map(host)];
  }

  /** Resolves when every engine has loaded its models; rejects when one cannot, all are closed then. */
  async start(): Promise<void> {
    try {
      await Promise.all(this.hosts.map((host) => host.start()));
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** What the engines run on; they are all alike. Null before the first start. */
  get info(): RunnerInfo | null {
    return this.hosts[0].info;
  }

  facts(): { pid: number | null; restarts: number; rssBytes: number | null } {
    const all = this.hosts.map((host) => host.facts());
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
    const [first, ...rest] = this.hosts;
    return rest.reduce((least, host) => (host.load < least.load ? host : least), first).run(item);
  }

  async close(): Promise<void> {
    await Promise.all(this.hosts.map((host) => host.close()));
  }
}

/** A GPU of its own for each engine; with none named, one engine that sees what this process sees. */
export function devicesOf(cudaDevices: readonly string[]): Record<string, string>[] {
  return cudaDevices.length === 0 ? [{}] : cudaDevices.map((index) => ({ CUDA_VISIBLE_DEVICES: index }));
}
