/** Does so many things at a time. The first error ends it: `add` and `end` throw it when what was begun has ended. */
export class Pool {
  private readonly running = new Set<Promise<void>>();
  private fault: { error: unknown } | null = null;

  constructor(private readonly atOnce: number) {}

  /** Begins it, once there is room. */
  async add(work: () => Promise<void>): Promise<void> {
    while (this.running.size >= this.atOnce) await Promise.race(this.running);
    if (this.fault) return this.end();
    const task: Promise<void> = work()
      .catch((error: unknown) => {
        this.fault ??= { error };
      })
      .finally(() => this.running.delete(task));
    this.running.add(task);
  }

  async end(): Promise<void> {
    await Promise.all(this.running);
    if (this.fault) throw this.fault.error;
  }
}
