import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { AppError } from '@packshot/contracts';
import { z } from 'zod';
import { baseUrl } from '../http/base-url';
import type { Route } from '../http/route';

type Asset = { type: string } & ({ file: string } | { text: string });

/** A page that shows the contract, and the scripts and styles it loads, which lie beside it: `/docs`, `/docs/page.js`, … */
export interface Viewer {
  path: string;
  /** In the operation ids of the page and its assets. */
  name: string;
  summary: string;
  /** What stands in the head of the page beside the usual; `asset` gives the address of an asset. */
  head(asset: (name: string) => string): string;
  /** Those of type `js` are run in this order; the address of the contract is `data-url` of the element `contract`. */
  assets: Readonly<Record<string, Asset>>;
  /** What the page may do beyond running its own scripts and fetching from this server. */
  policy: Readonly<Record<string, string>>;
}

/**
 * Nothing comes from elsewhere and no script stands in the page. Both viewers set styles on elements, which `'unsafe-inline'`
 * is needed for.
 */
const POLICY: Readonly<Record<string, string>> = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self' 'unsafe-inline'",
  'img-src': "'self' data:",
  'connect-src': "'self'",
  'frame-ancestors': "'none'",
  'base-uri': "'none'",
  'form-action': "'none'",
};

export function viewerRoutes(viewer: Viewer): Route[] {
  const policy = Object.entries({ ...POLICY, ...viewer.policy }).map(([name, value]) => `${name} ${value}`);
  const page: Route = {
    method: 'GET',
    path: viewer.path,
    operationId: `show${viewer.name}`,
    tag: 'service',
    summary: viewer.summary,
    scope: null,
    answers: { 200: { description: 'A page for people', mediaType: 'text/html' } },
    errors: [],
    handler:
      ({ config }) =>
      (request, response) => {
        // A server behind a path of another has that path in its address.
        const root = new URL(baseUrl(request, config)).pathname.replace(/\/$/, '');
        const asset = (name: string) => `${root}${viewer.path}/${name}`;
        response.set({ 'Content-Security-Policy': policy.join('; '), 'Cache-Control': 'no-cache' });
        response.type('html').send(pageOf(viewer, { asset, contract: `${root}/openapi.json` }));
      },
  };
  return [page, assetRoute(viewer)];
}

function pageOf(
  { head, assets }: Viewer,
  { asset, contract }: { asset(name: string): string; contract: string },
): string {
  const scripts = Object.keys(assets).filter((name) => assets[name]?.type === 'js');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Packshot API</title>
<link rel="icon" href="data:,">
${head(asset)}
</head>
<body>
<div id="contract" data-url="${contract}"></div>
${scripts.map((name) => `<script src="${asset(name)}"></script>`).join('\n')}
</body>
</html>
`;
}

function assetRoute({ path, name, assets }: Viewer): Route {
  const names = Object.keys(assets) as [string, ...string[]];
  return {
    method: 'GET',
    path: `${path}/:asset`,
    params: { asset: z.enum(names) },
    operationId: `get${name}Asset`,
    tag: 'service',
    summary: `Scripts and styles of \`${path}\``,
    scope: null,
    answers: { 200: { description: 'The file', mediaType: '*/*' } },
    errors: ['not_found'],
    handler: () => {
      const loaded = new Map<string, Promise<{ body: Buffer; etag: string }>>();
      return async (request, response) => {
        const asset = Object.hasOwn(assets, String(request.params.asset)) && assets[String(request.params.asset)];
        if (!asset) throw new AppError('not_found', `${path} has no such file.`);
        const key = String(request.params.asset);
        const loading = loaded.get(key) ?? load(asset);
        loaded.set(key, loading);
        const { body, etag } = await loading;
        response.set({ ETag: etag, 'Cache-Control': 'no-cache' }).type(asset.type).send(body);
      };
    },
  };
}

async function load(asset: Asset): Promise<{ body: Buffer; etag: string }> {
  const body = 'file' in asset ? await readFile(asset.file) : Buffer.from(asset.text);
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` };
}
