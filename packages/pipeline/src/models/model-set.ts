import { type ModelMemory, together } from './memory';

/**
 * Thrown before any work: what an item needs does not fit beside what is loaded, but this machine could hold it. An engine
 * that starts with `needed: models` will run the item.
 */
export class ModelSetFull extends Error {
  /** `models`: ids of all models that the item needs. */
  constructor(readonly models: readonly string[]) {
    super(`not all of ${models.join(', ')} fit beside the models that are loaded`);
    this.name = 'ModelSetFull';
  }
}

/**
 * The models that one process keeps, and the memory that they may take together. What came in stays: sessions that are created
 * and released again leak, so a set changes with the process only.
 */
export class ModelSet {
  private readonly held = new Map<string, ModelMemory>();

  /** `promised`: ids that get in however little room there is, because an item waits for them. */
  constructor(
    private readonly allowedBytes: number,
    private readonly promised: ReadonlySet<string> = new Set(),
  ) {}

  has(id: string): boolean {
    return this.held.has(id);
  }

  memoryOf(id: string): ModelMemory | undefined {
    return this.held.get(id);
  }

  /** What all of them take: their weights, and the largest run among them. */
  get bytes(): number {
    return together(this.held.values());
  }

  /** Takes all of them in, or none. */
  take(models: ReadonlyMap<string, ModelMemory>): boolean {
    const promised = [...models.keys()].every((id) => this.promised.has(id));
    if (!promised && together(new Map([...this.held, ...models]).values()) > this.allowedBytes) return false;
    this.takeAnyway(models);
    return true;
  }

  /** For what turns out to be needed in the middle of an item's work. */
  takeAnyway(models: ReadonlyMap<string, ModelMemory>): void {
    for (const [id, memory] of models) this.held.set(id, memory);
  }

  /** It did not load after all. */
  leave(id: string): void {
    this.held.delete(id);
  }
}
