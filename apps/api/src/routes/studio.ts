import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@packshot/contracts';
import { z } from 'zod';
import { baseUrl } from '../http/base-url';
import type { Route } from '../http/route';

/** What `apps/web` is built into. */
const FOLDER = join(__dirname, '../../../web/dist');
/** Their names hold their hash. */
const ASSET = /^[\w-]+\.(js|css)$/;

/**
 * Nothing comes from elsewhere. Scripts are those of this server; styles too, and what the page's own components write, which
 * carries the nonce of this answer. Pictures are shown from memory: the key that fetches them travels in a header.
 */
const policy = (nonce: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' blob: data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'none'",
  ].join('; ');

const page: Route = {
  method: 'GET',
  path: '/studio',
  operationId: 'showStudio',
  tag: 'service',
  summary: 'The studio: photos in, before and after, clicks and a brush, in the browser',
  scope: null,
  answers: { 200: { description: 'A page for people', mediaType: 'text/html' } },
  errors: ['not_found'],
  handler:
    ({ config }) =>
    async (request, response) => {
      const html = await readFile(join(FOLDER, 'index.html'), 'utf8').catch((cause) => {
        throw new AppError('not_found', 'The studio was not built with this server.', { cause });
      });
      const root = new URL(baseUrl(request, config)).pathname.replace(/\/$/, '');
      const nonce = randomBytes(16).toString('base64');
      response.set({ 'Content-Security-Policy': policy(nonce), 'Cache-Control': 'no-store' });
      response.type('html').send(html.replaceAll('"./', `"${root}/studio/`).replaceAll('CSP_NONCE', nonce));
    },
};

const asset: Route = {
  method: 'GET',
  path: '/studio/:asset',
  params: { asset: z.string().regex(ASSET) },
  operationId: 'getStudioAsset',
  tag: 'service',
  summary: 'Scripts and styles of `/studio`',
  scope: null,
  answers: { 200: { description: 'The file', mediaType: '*/*' } },
  errors: ['not_found'],
  handler: () => async (request, response) => {
    const name = String(request.params.asset);
    const brotli = request.acceptsEncodings('br', 'identity') === 'br';
    const body = ASSET.test(name) && (await readFile(join(FOLDER, brotli ? `${name}.br` : name)).catch(() => false));
    if (!(body instanceof Buffer)) throw new AppError('not_found', 'The studio has no such file.');
    response.vary('Accept-Encoding');
    response.set('Cache-Control', 'public, max-age=31536000, immutable');
    if (brotli) response.set('Content-Encoding', 'br');
    response.type(name).send(body);
  },
};

export const studio = [page, asset];
