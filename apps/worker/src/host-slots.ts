/**
 * A host has a share of the sending slots; whoever finds it used up is told when to come back. `heldMs`: how long the slot
 * was used; left out by those who did not use it after all.
 */
export type Slot = { release(heldMs?: number): void } | { waitMs: number };

interface Host {
  busy: number;
  /** Time by which those who were sent away will have had their turn (Unix ms). */
  bookedUntil: number;
  /** How long a slot is held, on average, in ms. */
  meanMs: number;
}

const FIRST_GUESS_MS = 100;
const LONGEST_WAIT_MS = 60_000;
const MOST_HOSTS = 1000;

/**
 * Shares sending slots out among hosts, so that one that hangs cannot hold them all. Those beyond a host's share are spread
 * over the time it will take: with slots held for `meanMs`, one gets free every `meanMs / perHost`. So a long queue for one
 * host costs a look at each of its deliveries now and then, not all the time.
 */
export class HostSlots {
  private readonly hosts = new Map<string, Host>();

  constructor(private readonly perHost: number) {}

  take(name: string, now = Date.now()): Slot {
    if (this.hosts.size > MOST_HOSTS) this.forgetIdle(now);
    const host = this.hosts.get(name) ?? { busy: 0, bookedUntil: 0, meanMs: FIRST_GUESS_MS };
    this.hosts.set(name, host);
    if (host.busy >= this.perHost) {
      host.bookedUntil = Math.min(Math.max(host.bookedUntil, now) + host.meanMs / this.perHost, now + LONGEST_WAIT_MS);
      return { waitMs: Math.ceil(host.bookedUntil - now) };
    }
    host.busy += 1;
    return {
      release: (heldMs = host.meanMs) => {
        host.busy -= 1;
        host.meanMs += 0.2 * (heldMs - host.meanMs);
      },
    };
  }

  private forgetIdle(now: number): void {
    for (const [name, { busy, bookedUntil }] of this.hosts) {
      if (busy === 0 && bookedUntil <= now) this.hosts.delete(name);
    }
  }
}
