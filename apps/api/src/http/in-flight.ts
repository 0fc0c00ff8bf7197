import { AppError } from '@packshot/contracts';
import type { Request, RequestHandler, Response } from 'express';
import { whenGone } from './when-gone';

/**
 * What this process is busy with: requests, streams, and bytes of uploads. More than the limits is refused with `overloaded`, so that
 * a flood is told to come back instead of filling the memory.
 *
 * An upload larger than the whole byte limit is let in when it is alone: it is streamed, and "come back later" would be a lie.
 */
export class InFlight {
  requests = 0;
  streams = 0;
  bytes = 0;
  /** How to stop counting the request of a response, once. */
  private readonly admitted = new WeakMap<Response, () => void>();

  constructor(private readonly limits: { maxRequests: number; maxStreams: number; maxBytes: number }) {}

  /** Counts a request until its answer is out or its client is gone; throws `overloaded`. */
  readonly admit: RequestHandler = (_request, response, next) => {
    if (this.requests >= this.limits.maxRequests) throw new AppError('overloaded');
    this.requests++;
    const leave = () => {
      if (this.admitted.delete(response)) this.requests--;
    };
    this.admitted.set(response, leave);
    whenGone(response, leave);
    next();
  };

  /**
   * Counts an answer that stays open (an event stream, a long poll) as a stream instead of a request, until it ends: those who
   * wait must not keep out those who bring work. Throws `overloaded`.
   */
  stream(response: Response): void {
    if (this.streams >= this.limits.maxStreams) throw new AppError('overloaded', 'Too many streams are open.');
    this.admitted.get(response)?.();
    this.streams++;
    whenGone(response, () => {
      this.streams--;
    });
  }

  /**
   * Counts a body until the request is over: what Content-Length announces at once, else what `arrived` is told. Both throw
   * `overloaded`. `copies`: how many times the body is in memory in one form or another; 1 for one that is streamed.
   */
  countBody(request: Request, copies: number): { arrived(bytes: number): void; release(): void } {
    const announced = Number(request.get('content-length') ?? 0) * copies;
    let held = 0;
    let seen = 0;
    const hold = (bytes: number) => {
      if (this.bytes > held && this.bytes + bytes > this.limits.maxBytes) throw new AppError('overloaded');
      held += bytes;
      this.bytes += bytes;
    };
    hold(announced);
    return {
      arrived: (bytes) => {
        seen += bytes * copies;
        if (seen > held) hold(seen - held);
      },
      release: () => {
        this.bytes -= held;
        held = 0;
      },
    };
  }
}
