import { randomBytes } from 'node:crypto';

/**
 * Where a request stands in a distributed trace, as W3C Trace Context (https://www.w3.org/TR/trace-context/) has it. We add
 * one span a request and export none: the ids in our log lines are what joins them to the traces of others.
 */
export interface Trace {
  /** 32 hexadecimal digits, the same from the first caller to our webhook. */
  traceId: string;
  /** 16 hexadecimal digits: this process's part of it. */
  spanId: string;
  /** Whoever began the trace records it. */
  sampled: boolean;
  /** `tracestate` of the caller, passed on as it came; null without one. */
  state: string | null;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const SAMPLED = 0x01;

/** More than what the standard asks everybody to pass on. */
const LONGEST_STATE = 1024;

/**
 * Goes on with the trace of a `traceparent` header under a new span; without one, or with a malformed one, begins a trace.
 * A version we do not know is read as far as we know it (section 3.2.4 of the standard); `ff` is never valid.
 */
export function continueTrace(traceparent: string | undefined, tracestate?: string): Trace {
  const [, version, traceId = '', parentId = '', flags = '', more] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  const known = version !== undefined && version !== 'ff' && (version !== '00' || more === undefined);
  if (!known || isZero(traceId) || isZero(parentId)) {
    return { traceId: newId(16), spanId: newId(8), sampled: false, state: null };
  }
  const state = tracestate && tracestate.length <= LONGEST_STATE ? tracestate : null;
  return { traceId, spanId: newId(8), sampled: (Number.parseInt(flags, 16) & SAMPLED) !== 0, state };
}

/** The value of a `traceparent` or `traceresponse` header that names this span. */
export function formatTrace({ traceId, spanId, sampled }: Trace): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}

/** The id of the trace that a stored `traceparent` belongs to, for log lines; undefined without one. */
export function traceIdOf(traceparent: string | null): string | undefined {
  return TRACEPARENT.exec(traceparent ?? '')?.[2];
}

const isZero = (id: string) => /^0+$/.test(id);

function newId(bytes: number): string {
  const id = randomBytes(bytes).toString('hex');
  return isZero(id) ? newId(bytes) : id;
}
