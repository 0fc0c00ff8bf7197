import { pipeline } from 'node:stream/promises';
import { AppError } from '@packshot/contracts';
import { FILES_PATH } from '@packshot/storage';
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Deps } from '../deps';
import type { Route } from '../http/route';
import { departure } from '../reading/departure';
import { verifyAddress } from '../uploads/receive-content';

/** Stored files for those who have a signed link, which need not have a key. */
export const getFile: Route = {
  method: 'GET',
  path: '/files/*file',
  operationId: 'getFile',
  tag: 'results',
  summary: 'A file by its signed link, as items have it in their `url`',
  scope: null,
  params: { file: z.string().min(1) },
  query: z.object({
    name: z.string(),
    type: z.string(),
    sha256: z.string(),
    expires: z.string(),
    signature: z.string(),
  }),
  requestHeaders: { Range: 'one range of bytes', 'If-Range': 'the range is wanted of this version alone' },
  answers: {
    200: { description: 'The file', mediaType: '*/*' },
    206: {
      description: 'The range of it',
      mediaType: '*/*',
      headers: { 'Content-Range': 'which bytes these are' },
    },
    304: { description: 'It is still the one of `If-None-Match`' },
  },
  errors: ['invalid_signature', 'not_found', 'range_not_satisfiable', 'storage_error', 'backend_unavailable'],
  handler: (deps) => async (request, response) => {
    const query = await verifyAddress(deps, request);
    const { pathname } = new URL(request.originalUrl, 'http://localhost');
    const key = decodeURIComponent(pathname.slice(FILES_PATH.length));
    const secondsLeft = Math.floor(Number(query.get('expires')) - Date.now() / 1000);
    response.attachment(query.get('name') ?? 'file');
    response.set({
      'Content-Type': query.get('type') ?? 'application/octet-stream',
      ETag: `"${query.get('sha256')}"`,
      'Accept-Ranges': 'bytes',
      // The address stands for these very bytes.
      'Cache-Control': `private, max-age=${Math.max(0, secondsLeft)}, immutable`,
      // What clients sent us is shown on pages of others, and never runs as a page of ours.
      'Content-Security-Policy': "default-src 'none'; sandbox",
      'Cross-Origin-Resource-Policy': 'cross-origin',
    });
    await send(deps, request, response, key);
  },
};

async function send({ storage }: Deps, request: Request, response: Response, key: string): Promise<void> {
  const found = await storage.head(key);
  if (found === null) throw new AppError('not_found', 'The file is gone.');
  if (request.fresh) return void response.status(304).end();
  const range = wantedRange(request, response, found.bytes);
  if (range) response.status(206).set('Content-Range', `bytes ${range.start}-${range.end}/${found.bytes}`);
  const bytes = range ? range.end - range.start + 1 : found.bytes;
  response.set('Content-Length', String(bytes));
  if (request.method === 'HEAD') return void response.end();
  const signal = departure(response);
  try {
    const { body } = await storage.get(key, { signal, ...(range && { range }) });
    await pipeline(body, response, { signal });
  } catch (error) {
    // The client left: there is nobody to answer. A fault of the store is thrown even then.
    if (error instanceof AppError || !response.destroyed) throw error;
  }
}

/** RFC 9110, section 14: null for the whole file, also for several ranges, another unit, or a stale `If-Range`. */
function wantedRange(request: Request, response: Response, size: number): { start: number; end: number } | null {
  const { 'if-range': version } = request.headers;
  if (version !== undefined && version !== response.get('ETag')) return null;
  const ranges = request.range(size);
  if (ranges === -1) {
    response.set('Content-Range', `bytes */${size}`);
    throw new AppError('range_not_satisfiable');
  }
  const [range] = Array.isArray(ranges) && ranges.type === 'bytes' && ranges.length === 1 ? ranges : [];
  return range ?? null;
}
