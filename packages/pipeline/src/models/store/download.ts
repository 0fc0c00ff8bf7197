import { setTimeout as delay } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import type { HttpClient } from './http-client';
import type { PartFile, Segment } from './part-file';
import { SourceFault } from './source-fault';

/** An address that may be made anew for each request (signed ones expire); `label` stands for it in messages and notes. */
export interface HttpSource {
  label: string;
  url: () => string | Promise<string>;
  headers?: Record<string, string>;
}

export interface Download {
  client: HttpClient;
  source: HttpSource;
  /** Of the whole file, where it is known beforehand. */
  bytes: number | null;
  /** The content will be checked against a checksum: then bytes from elsewhere may be gone on with. */
  checked: boolean;
  signal?: AbortSignal | undefined;
  onProgress?: ((received: number, total: number | null) => void) | undefined;
}

/** No other try and no other source helps against these. */
const DISK_FAULTS = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EIO']);
/** Less than this between two cuts is not getting on: who gives a byte at a time is asked as often as who gives none. */
const LEAST_PROGRESS_BYTES = 65_536;
const MAX_PAUSE_MS = 30_000;
/** A server that asks for more patience than this is left for the next source. */
const MAX_RETRY_AFTER_MS = 120_000;

/**
 * Brings `part` to its end from one source: goes on where it stands if the source still has the same file, several stretches
 * at once if the file is large and the server gives ranges, and asks again after cuts, stalls, 429 and 5xx.
 * @throws SourceFault when this source will not give the file; what has come stays in `part`
 */
export async function download(part: PartFile, task: Download): Promise<void> {
  const { client, source, signal } = task;
  if (!mayGoOn(part, task)) await part.restart(source.label);
  // What has come may be thrown away on the way; only going further than ever counts as getting on.
  let furthest = part.received();
  for (let failures = 0; ; ) {
    try {
      await round(part, task);
      await part.save();
      return;
    } catch (error) {
      signal?.throwIfAborted();
      if (DISK_FAULTS.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
      const fault = SourceFault.from(error);
      const gotOn = part.received() >= furthest + LEAST_PROGRESS_BYTES;
      failures = gotOn ? 1 : failures + 1;
      if (gotOn) furthest = part.received();
      if (!fault.retryable || failures > client.settings.retries) throw fault;
      if ((fault.retryAfterMs ?? 0) > MAX_RETRY_AFTER_MS) throw fault;
      await delay(fault.retryAfterMs ?? pause(failures, client.settings.backoffMs), undefined, { signal });
    }
  }
}

/** With jitter, so that many who were cut off together do not come back together. */
function pause(failures: number, backoffMs: number): number {
  return Math.min(MAX_PAUSE_MS, backoffMs * 2 ** (failures - 1)) * (0.5 + Math.random() / 2);
}

function mayGoOn({ progress }: PartFile, { source, bytes, checked }: Download): boolean {
  if (progress.source === source.label && progress.validator !== null) return true;
  return checked && bytes !== null && (progress.length === null || progress.length === bytes);
}

/** One try: every stretch that is missing, until all are there or one fails. What came is kept either way. */
async function round(part: PartFile, task: Download): Promise<void> {
  const stop = new AbortController();
  const signal = task.signal ? AbortSignal.any([task.signal, stop.signal]) : stop.signal;
  const [first] = part.unfinished();
  if (first === undefined) return;
  const { splits, stretch, response } = await openStretch(part, first, task, signal);
  if (splits) part.split(task.client.settings.connections);
  const others = part.unfinished().filter((other) => other !== stretch);
  const all = [
    drain(part, stretch, response, task),
    ...others.map(async (other) => {
      const opened = await openStretch(part, other, task, signal, 'range only');
      await drain(part, other, opened.response, task);
    }),
  ];
  const failures: unknown[] = [];
  const settled = all.map((work) =>
    work.catch((error: unknown) => {
      failures.push(error);
      stop.abort();
    }),
  );
  await Promise.all(settled);
  if (failures.length > 0) throw failures[0];
}

interface Opened {
  response: Dispatcher.ResponseData;
  stretch: Segment;
  /** Large, and the server gives ranges. */
  splits: boolean;
}

async function openStretch(
  part: PartFile,
  stretch: Segment,
  task: Download,
  signal: AbortSignal,
  kind: 'range only' | 'any' = 'any',
): Promise<Opened> {
  const { client, source } = task;
  const { progress } = part;
  const partial = stretch.next > 0 || progress.segments.length > 1;
  const headers: Record<string, string> = { ...source.headers };
  if (partial) {
    headers.range = `bytes=${stretch.next}-${stretch.end === null ? '' : stretch.end - 1}`;
    if (progress.source === source.label && progress.validator !== null) headers['if-range'] = progress.validator;
  }
  const response = await client.get(await source.url(), headers, signal);
  const { statusCode } = response;
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(header(response, 'content-range') ?? '');
  const total = statusCode === 206 ? Number(range?.[2] ?? Number.NaN) : lengthOf(response);
  const fits = statusCode === 200 || (Number(range?.[1]) === stretch.next && (progress.length ?? total) === total);
  if (statusCode === 416 || !fits || (statusCode === 200 && kind === 'range only')) {
    response.body.destroy();
    await part.restart(source.label);
    throw new SourceFault('it has another file than before', { retryable: true });
  }
  if (total !== null && task.bytes !== null && total !== task.bytes) {
    response.body.destroy();
    throw new SourceFault(`its file has ${total} bytes, ${task.bytes} are expected`);
  }
  if (endsUntold(response, total ?? task.bytes)) {
    response.body.destroy();
    throw new SourceFault('it does not say how long its file is, so a cut could not be told from its end');
  }
  // An answer with the whole file although we asked for a part of it: no ranges here, or the file has changed.
  if (statusCode === 200 && partial) await part.restart(source.label);
  const now = part.progress;
  const from = statusCode === 200 ? (now.segments[0] ?? stretch) : stretch;
  Object.assign(now, { source: source.label, validator: validatorOf(response), length: total ?? task.bytes });
  const ranges = statusCode === 206 || header(response, 'accept-ranges') === 'bytes';
  const missing = (now.length ?? 0) - from.next;
  const safe = now.validator !== null || task.checked;
  const { connections, splitBytes } = client.settings;
  const splits = ranges && safe && connections > 1 && now.segments.length === 1 && missing >= splitBytes;
  return { response, stretch: from, splits };
}

/** Writes a body to its place; ends at the end of the stretch, which may have been drawn nearer meanwhile. */
async function drain(
  part: PartFile,
  stretch: Segment,
  response: Dispatcher.ResponseData,
  task: Download,
): Promise<void> {
  const { length } = part.progress;
  try {
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      const room = (stretch.end ?? length ?? Number.POSITIVE_INFINITY) - stretch.next;
      await part.write(stretch, chunk.length > room ? chunk.subarray(0, room) : chunk);
      task.onProgress?.(part.received(), part.progress.length);
      if (stretch.end !== null && stretch.next >= stretch.end) return;
      if (chunk.length > room) throw new SourceFault('it sends more than it announced');
      if (stretch.next > task.client.settings.maxBytes) throw new SourceFault('its file has no end');
    }
  } finally {
    response.body.destroy();
  }
  const end = stretch.end ?? length;
  if (end !== null && stretch.next < end) throw new SourceFault('the connection was cut', { retryable: true });
  if (stretch.end === null) {
    stretch.end = stretch.next;
    part.progress.length = stretch.next;
  }
}

/** Weak ETags promise the same meaning, not the same bytes. */
function validatorOf(response: Dispatcher.ResponseData): string | null {
  const etag = header(response, 'etag');
  if (etag !== null && !etag.startsWith('W/')) return etag;
  return header(response, 'last-modified');
}

/** Neither a length nor chunks, the last of which is marked: the connection just ends. */
function endsUntold(response: Dispatcher.ResponseData, length: number | null): boolean {
  return length === null && header(response, 'transfer-encoding') === null;
}

function lengthOf(response: Dispatcher.ResponseData): number | null {
  const length = header(response, 'content-length');
  return length === null ? null : Number(length);
}

function header(response: Dispatcher.ResponseData, name: string): string | null {
  return [response.headers[name]].flat()[0] ?? null;
}
