import { LANES, type Lane } from '@packshot/contracts';
import type { Redis } from '../connection';
import type { RedisKeys } from '../keys';
import { runScript } from '../run-script';
import { CLAIM_SCRIPT, FORGET_TIMES_SCRIPT, RECLAIM_SCRIPT, SETTLE_SCRIPT, UNKNOWN_MEGAPIXELS } from './script';

export interface FairnessRules {
  /**
   * How far an interactive item of a tenant goes ahead of the bulk of others, in megapixels of a tenant of weight 1: it is
   * served before them until its tenant has had so much more than its share.
   */
  headStartMegapixels: number;
  /** Interactive items that may pass the waiting bulk of the same tenant in a row. */
  streak: number;
}

/** Messages whose end is written at a time. */
const MOST_DONE = 100;

/** Tenants whose virtual times are kept although they wait for nothing. */
const MOST_TIMES = 1000;

/**
 * What waits, and who is next. A queue's messages do not name an item: each worker that takes one up asks here for the item
 * to carry (`claim`), so the choice is made at the last moment, and the queue itself may be in any order.
 *
 *     key(tenant, lane) = max(time(tenant), clock) − (lane = interactive ? head start : 0)      the least is served next
 *     time(tenant)     += megapixels / weight(tenant)                                            when it is served
 *     clock             = the least time of the tenants that wait
 *
 * Start-time fair queueing (Goyal, Vin, Cheng: SIGCOMM 1996) with the tenants as flows; ADR 6 has the alternatives.
 */
export class Backlog {
  private readonly done: string[] = [];

  constructor(
    private readonly redis: Redis,
    private readonly keys: RedisKeys,
    private readonly rules: FairnessRules,
  ) {}

  /** The item this message carries from now on; null when nothing waits. Asked again, it gives the same one. */
  async claim(messageId: string): Promise<string | null> {
    const { headStartMegapixels, streak } = this.rules;
    const args = [this.keys.bullPrefix, messageId, headStartMegapixels * 1000, streak, UNKNOWN_MEGAPIXELS];
    for (;;) {
      const done = this.done.splice(0, MOST_DONE);
      const id = String(await runScript(this.redis, CLAIM_SCRIPT, [this.keys.virtualTimes], [...args, ...done]));
      if (id !== 'more') return id === '' ? null : id;
    }
  }

  /**
   * The message is done with its item and will not come again. That is written with the next claim, to save a round trip: a
   * process that dies before leaves a few words behind, and a message that came again all the same would find its item ended.
   */
  release(messageId: string): void {
    this.done.push(messageId);
  }

  /** Writes what `release` noted. */
  async flush(): Promise<void> {
    while (this.done.length > 0) await this.redis.hdel(this.keys.bindings, ...this.done.splice(0, MOST_DONE));
  }

  /** Messages that do not exist any more, with the item that each still carries. */
  async *lost(): AsyncGenerator<{ messageId: string; itemId: string }> {
    let cursor = '0';
    do {
      const [next, flat] = await this.redis.hscan(this.keys.bindings, cursor, 'COUNT', 500);
      cursor = next;
      const bound = Array.from({ length: flat.length / 2 }, (_, i) => {
        return { messageId: flat[2 * i] ?? '', itemId: flat[2 * i + 1] ?? '' };
      });
      const there = await Promise.all(
        bound.map(({ messageId }) => this.redis.exists(this.keys.itemMessage(messageId))),
      );
      yield* bound.filter((_, i) => there[i] === 0);
    } while (cursor !== '0');
  }

  /**
   * Has what a message carries that no longer exists put back into its backlog, if it is `queued`. `processing`: it must be
   * queued first. Nothing is done while the message exists.
   */
  async reclaim(
    messageId: string,
    itemId: string,
  ): Promise<{ putBack: boolean; processing: { jobId: string; attempt: number } | null }> {
    const args = [this.keys.bullPrefix, messageId, itemId];
    const reply = await runScript(this.redis, RECLAIM_SCRIPT, [this.keys.bindings], args);
    const [putBack, jobId, attempt] = reply as [number, string?, string?];
    return {
      putBack: putBack === 1,
      processing: jobId === undefined ? null : { jobId, attempt: Number(attempt) },
    };
  }

  /** Forgets tenants that wait for nothing, and would be served the same without it, once they are more than `most`. */
  async forgetTimes(most = MOST_TIMES): Promise<void> {
    const { virtualTimes, bullPrefix } = this.keys;
    if ((await this.redis.hlen(virtualTimes)) <= most) return;
    let cursor = '0';
    do {
      const [next, flat] = await this.redis.hscan(virtualTimes, cursor, 'COUNT', 500);
      cursor = next;
      const tenants = flat.filter((field, i) => i % 2 === 0 && !field.includes(':'));
      if (tenants.length > 0)
        await runScript(this.redis, FORGET_TIMES_SCRIPT, [virtualTimes], [bullPrefix, ...tenants]);
    } while (cursor !== '0');
  }

  /** Corrects the charge for an item whose size became known. */
  async settle(tenant: string, itemId: string, megapixels: number): Promise<void> {
    const args = [this.keys.bullPrefix, encodeURIComponent(tenant), itemId, String(Math.ceil(megapixels * 1000))];
    await runScript(this.redis, SETTLE_SCRIPT, [this.keys.virtualTimes], args);
  }

  /** A tenant's share against the others'; 1 is usual. */
  async weight(tenant: string): Promise<number> {
    return Number((await this.redis.hget(this.keys.weights, encodeURIComponent(tenant))) ?? 1);
  }

  async setWeight(tenant: string, weight: number): Promise<void> {
    const field = encodeURIComponent(tenant);
    if (weight === 1) await this.redis.hdel(this.keys.weights, field);
    else await this.redis.hset(this.keys.weights, field, String(weight));
  }

  /** How much waits in each lane, and since when the first of it (Unix ms). Costs grow with the tenants, not with the items. */
  async depth(): Promise<Record<Lane, { items: number; oldest: number | null }>> {
    const lanes = await Promise.all(LANES.map(async (lane) => [lane, await this.laneDepth(lane)] as const));
    return Object.fromEntries(lanes) as Record<Lane, { items: number; oldest: number | null }>;
  }

  private async laneDepth(lane: Lane): Promise<{ items: number; oldest: number | null }> {
    const tenants = await this.redis.zrange(this.keys.backlogged(lane), '0', '-1');
    const lists = tenants.map((tenant) => this.keys.backlog(decodeURIComponent(tenant), lane));
    const [lengths, heads] = await Promise.all([
      Promise.all(lists.map((list) => this.redis.llen(list))),
      Promise.all(lists.map((list) => this.redis.lindex(list, 0))),
    ]);
    const times = await Promise.all(
      heads.filter((head) => head !== null).map((head) => this.redis.hget(this.keys.item(head), 'queuedAt')),
    );
    const items = lengths.reduce((sum, length) => sum + length, 0);
    // Not spread into Math.min: there may be more tenants than a call takes arguments.
    const oldest = times.reduce(
      (least, at) => Math.min(least, at === null ? least : Number(at)),
      Number.POSITIVE_INFINITY,
    );
    return { items, oldest: Number.isFinite(oldest) ? oldest : null };
  }
}
