/** Models by when they last served. */
export class RecentModels {
  /** Oldest first. */
  private readonly ids = new Set<string>();

  serve(ids: Iterable<string>): void {
    for (const id of ids) {
      this.ids.delete(id);
      this.ids.add(id);
    }
  }

  lastFirst(): string[] {
    return [...this.ids].reverse();
  }
}
