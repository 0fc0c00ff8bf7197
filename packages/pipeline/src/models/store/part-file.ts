import { constants, type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { readJson, writeJson } from './durable-file';

const SAVE_EVERY_BYTES = 8 << 20;
const SAVE_EVERY_MS = 1000;

const segment = z.object({ next: z.number(), end: z.number().nullable() });
const progress = z.object({
  /** Which source the bytes are from, and its ETag or date, by which it tells whether it still has the same ones. */
  source: z.string(),
  validator: z.string().nullable(),
  /** Of the whole file; null until a source has told. */
  length: z.number().nullable(),
  segments: z.array(segment).min(1),
});

export type Progress = z.infer<typeof progress>;
/** What is missing of a stretch: from `next` to before `end`, or to wherever the file ends. */
export type Segment = z.infer<typeof segment>;

const fresh = (source: string): Progress => ({
  source,
  validator: null,
  length: null,
  segments: [{ next: 0, end: null }],
});

/**
 * A file on its way, with a note beside it of what has come. The note never runs ahead of the bytes on the disk, so a
 * process that is killed, or a machine that loses power, goes on from where it was.
 */
export class PartFile {
  private unsaved = 0;
  private savedAt = performance.now();
  private saving: Promise<void> = Promise.resolve();

  private constructor(
    readonly path: string,
    private readonly handle: FileHandle,
    public progress: Progress,
  ) {}

  static async open(path: string, source: string): Promise<PartFile> {
    await mkdir(dirname(path), { recursive: true });
    const known = await readJson(noteOf(path), progress);
    const handle = await open(path, constants.O_RDWR | constants.O_CREAT, 0o644);
    const { size } = await handle.stat();
    if (known?.segments.every(({ next }) => next <= size)) return new PartFile(path, handle, known);
    await handle.truncate(0);
    return new PartFile(path, handle, fresh(source));
  }

  received(): number {
    const { segments, length } = this.progress;
    // Stretches are in order: what lies between the end of one's missing part and the start of the next has come.
    let missing = 0;
    for (const { next, end } of segments) missing += Math.max(0, (end ?? length ?? next) - next);
    const last = segments.at(-1);
    return (length ?? last?.next ?? 0) - missing;
  }

  unfinished(): Segment[] {
    return this.progress.segments.filter(({ next, end }) => end === null || next < end);
  }

  async write(to: Segment, chunk: Uint8Array): Promise<void> {
    let offset = 0;
    while (offset < chunk.length) {
      const { bytesWritten } = await this.handle.write(chunk, offset, chunk.length - offset, to.next);
      offset += bytesWritten;
      to.next += bytesWritten;
    }
    this.unsaved += chunk.length;
    if (this.unsaved >= SAVE_EVERY_BYTES || performance.now() - this.savedAt >= SAVE_EVERY_MS) await this.save();
  }

  /** Gives the missing end of the file to several connections. */
  split(connections: number): void {
    const { segments, length } = this.progress;
    const [only] = segments;
    if (segments.length !== 1 || only === undefined || length === null) return;
    const share = Math.ceil((length - only.next) / connections);
    const starts = Array.from({ length: connections }, (_, i) => only.next + i * share).filter((at) => at < length);
    // The object of the first stretch stays: a connection is already filling it.
    only.end = Math.min(length, only.next + share);
    this.progress.segments = [only, ...starts.slice(1).map((at) => ({ next: at, end: Math.min(length, at + share) }))];
  }

  /** Forgets what has come. */
  async restart(source: string): Promise<void> {
    this.progress = fresh(source);
    await this.save();
    await this.handle.truncate(0);
  }

  async save(): Promise<void> {
    this.unsaved = 0;
    this.savedAt = performance.now();
    const state = structuredClone(this.progress);
    this.saving = this.saving.then(async () => {
      await this.handle.datasync();
      await writeJson(noteOf(this.path), state);
    });
    await this.saving;
  }

  /** Keeps what has come for the next time. */
  async close(): Promise<void> {
    await this.save().finally(() => this.handle.close());
  }

  async discard(): Promise<void> {
    await this.saving.catch(() => undefined);
    await this.handle.close();
    await removePart(this.path);
  }
}

export async function removePart(path: string): Promise<void> {
  await rm(noteOf(path), { force: true });
  await rm(path, { force: true });
}

function noteOf(path: string): string {
  return path.replace(/\.part$/, '.json');
}
