import type { RunReport } from '@packshot/pipeline';
import type { EngineItem } from './engine-item';
import type { ItemWatch } from './item-watch';

/** An item with a host, in line or inside the engine. */
export interface Guest {
  item: EngineItem;
  /** In the order in which they came. */
  ticket: number;
  /** Models it was turned away for want of; empty until then. */
  needs: readonly string[];
  /** An engine was started for its needs. */
  served: boolean;
  resolve(report: RunReport): void;
  reject(error: unknown): void;
  watch?: ItemWatch;
  onAbort?: () => void;
}

/** Those who wait for a place, by ticket. */
export class WaitingLine {
  private readonly line: Guest[] = [];
  private tickets = 0;

  get length(): number {
    return this.line.length;
  }

  get first(): Guest | undefined {
    return this.line[0];
  }

  /** At the end. */
  join(guest: Omit<Guest, 'ticket' | 'needs' | 'served'>): Guest {
    const joined: Guest = { ...guest, ticket: ++this.tickets, needs: [], served: false };
    this.line.push(joined);
    return joined;
  }

  /** Where it was, to wait for an engine with these models. */
  comeBack(guest: Guest, needs: readonly string[]): void {
    guest.needs = needs;
    this.line.push(guest);
    this.line.sort((a, b) => a.ticket - b.ticket);
  }

  /** Whether it was in line. */
  leave(guest: Guest): boolean {
    const place = this.line.indexOf(guest);
    if (place >= 0) this.line.splice(place, 1);
    return place >= 0;
  }

  /** Everybody, who are then in line no more. */
  clear(): Guest[] {
    return this.line.splice(0);
  }

  /** What the next engine is started for, which serves the first who lacks models, and what others lack. */
  wantedModels(): { needed: string[]; others: string[] } {
    const [first, ...rest] = this.line.filter(({ needs }) => needs.length > 0);
    if (first) first.served = true;
    return { needed: [...(first?.needs ?? [])], others: rest.flatMap(({ needs }) => needs) };
  }

  /** The one that an engine was started for, who is then in line no more. */
  takeServed(): Guest | undefined {
    const guest = this.line.find(({ served }) => served);
    if (guest) this.leave(guest);
    return guest;
  }
}
