/** Runs at most `limit` tasks at a time, in the order in which they came. */
export class TaskSlots {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly watchers = new Set<() => void>();

  constructor(private readonly limit: number) {}

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.running >= this.limit) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.running++;
    try {
      return await task();
    } finally {
      const next = this.waiting.shift();
      // The slot goes from hand to hand, so that nobody who comes now can take it first.
      if (next) next();
      else this.running--;
      for (const watcher of this.watchers) watcher();
    }
  }

  /** Resolves when at most `count` tasks run or wait. */
  async atMost(count: number): Promise<void> {
    while (this.running + this.waiting.length > count) {
      await new Promise<void>((resolve) => {
        const watcher = () => {
          this.watchers.delete(watcher);
          resolve();
        };
        this.watchers.add(watcher);
      });
    }
  }
}
