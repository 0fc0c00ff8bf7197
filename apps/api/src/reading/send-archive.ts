import type { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { AppError } from '@packshot/contracts';
import type { Response } from 'express';
import { ZipFile } from 'yazl';
import type { ArchiveEntry } from './archive-entries';
import { departure } from './departure';

/**
 * Streams a ZIP of these entries as they are (images do not get smaller), one after the other: nothing but what is on its way
 * is in memory, and a slow client slows the reading down. An entry that cannot be read, or has not as many bytes as it
 * should, cuts the connection, so that nobody takes a part for the whole. When the client leaves, reading ends.
 */
export async function sendArchive(
  response: Response,
  entries: AsyncIterable<ArchiveEntry>,
  { name, mtime }: { name: string; mtime: Date },
): Promise<void> {
  const signal = departure(response);
  const zip = new ZipFile();
  const out = zip.outputStream as Readable;
  let sending: Promise<void> | undefined;
  let fault: AppError | undefined;
  zip.once('error', (cause: Error) => {
    fault = new AppError('storage_error', undefined, { cause });
    out.destroy(fault);
  });
  try {
    for await (const entry of entries) {
      const body = await entry.open(signal);
      // `finished` hears of a fault; when the client leaves it stops listening before the stream is done.
      body.on('error', () => {});
      if (!sending) {
        // Not before there is something to send: until then a fault can be answered with a problem.
        response.attachment(name).set({ 'Content-Type': 'application/zip', 'Cache-Control': 'private, no-cache' });
        sending = pipeline(out, response);
        sending.catch(() => {});
      }
      zip.addReadStream(body, entry.name, {
        compress: false,
        mtime,
        ...(entry.bytes !== undefined && { size: entry.bytes }),
      });
      await finished(body, { signal });
    }
    zip.end();
    await sending;
  } catch (error) {
    if (sending) out.destroy(error as Error);
    if (fault) throw fault;
    // The client left: there is nobody to answer.
    if (error instanceof AppError || !response.destroyed) throw error;
  }
}
