import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createNetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FileServer, startFileServer } from '@packshot/testing';
import { type ModelRecord, modelRecordSchema } from '../record';
import type { FetchContext } from './fetch-file';
import { createHttpClient, DEFAULT_HTTP, type HttpClient } from './http-client';
import { installModel } from './install';
import { readInstalled } from './installed';
import { licenceAccepted } from './licences';
import { removeModel } from './remove';
import { DEFAULT_SOURCES } from './sources';
import { layout } from './store-layout';
import { verifyModel } from './verify';

const content = randomBytes(300_000);
const other = randomBytes(40_000);
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

let store: string;
let server: FileServer;
let client: HttpClient;

beforeEach(async () => {
  store = await mkdtemp(join(tmpdir(), 'packshot-store-'));
  server = await startFileServer({ '/net/model.onnx': content, '/o/r/resolve/main/model.onnx': content });
  client = createHttpClient({ ...DEFAULT_HTTP, stallMs: 1500, backoffMs: 5, splitBytes: 100_000 });
});
afterEach(async () => {
  await client.close();
  await server.close();
  await rm(store, { recursive: true });
});

/** A record whose graph nobody loads here. */
function record(change: Record<string, unknown> = {}, file: Record<string, unknown> = {}): ModelRecord {
  return modelRecordSchema.parse({
    id: 'net',
    task: 'denoise',
    description: 'a test',
    architecture: 'test',
    licence: { spdx: 'MIT', commercial: true },
    files: [
      {
        role: 'main',
        path: 'model.onnx',
        bytes: content.length,
        sha256: sha256(content),
        urls: ['hf:o/r@main/model.onnx'],
        ...file,
      },
    ],
    graphs: {
      main: {
        inputs: [{ role: 'image', dims: [1, 3, 'h', 'w'] }],
        outputs: [{ role: 'image', dims: [1, 3, 'h', 'w'] }],
      },
    },
    size: { policy: 'native' },
    ...change,
  });
}

/** One connection a file and one source, so that requests can be counted. */
function context(change: Partial<FetchContext> = {}): FetchContext {
  return {
    store,
    client: { ...client, settings: { ...client.settings, connections: 1 } },
    sources: { ...DEFAULT_SOURCES, hfEndpoint: server.url },
    npmRegistry: async () => ({ url: `${server.url}/` }),
    ...change,
  };
}

const model = () => readFile(layout.file(store, 'net', 'model.onnx'));
const ranges = () => server.requests.map(({ range }) => range);

/** The promise of the store: nothing under a final name but whole, right files. */
async function expectNothingHalf(): Promise<void> {
  expect(await readInstalled(store, 'net')).toBeNull();
  expect(existsSync(layout.file(store, 'net', 'model.onnx'))).toBe(false);
  const blobs = await readdir(join(store, 'blobs/sha256')).catch(() => []);
  for (const blob of blobs) expect(sha256(await readFile(layout.blob(store, blob)))).toBe(blob);
}

describe('a model is installed', () => {
  it('under the name its graph knows, with what came and from where', async () => {
    const installed = await installModel(record(), context());
    expect((await model()).equals(content)).toBe(true);
    expect(installed.files).toEqual([
      {
        path: 'model.onnx',
        bytes: content.length,
        sha256: sha256(content),
        pinned: true,
        source: 'hf:o/r@main/model.onnx',
      },
    ]);
    expect(await readInstalled(store, 'net')).toEqual(installed);
    expect(await readdir(join(store, 'incoming'))).toEqual([]);
  });

  it('once: a second time nothing is asked', async () => {
    await installModel(record(), context());
    await installModel(record(), context());
    expect(server.requests).toHaveLength(1);
  });

  it('over several connections when it is large, every byte in its place', async () => {
    await installModel(record(), context({ client }));
    expect(ranges()).toEqual([null, 'bytes=75000-149999', 'bytes=150000-224999', 'bytes=225000-299999']);
    expect((await model()).equals(content)).toBe(true);
  });

  it('from a mirror first, and from the next source when the mirror does not have it', async () => {
    const mirrored = { ...context().sources, mirrors: [`${server.url}/`] };
    await installModel(record(), context({ sources: mirrored }));
    expect(server.requests.map(({ path }) => path)).toEqual(['/net/model.onnx']);
    await removeModel(store, 'net');
    server.files.delete('/net/model.onnx');
    await installModel(record(), context({ sources: mirrored }));
    expect(server.requests.map(({ path }) => path).slice(1)).toEqual([
      '/net/model.onnx',
      '/o/r/resolve/main/model.onnx',
    ]);
  });

  it('with one copy on the disk for files that two models share, kept until the last of them goes', async () => {
    await installModel(record(), context());
    await installModel(record({ id: 'twin' }), context());
    expect(server.requests).toHaveLength(1);
    const blob = layout.blob(store, sha256(content));
    expect((await stat(blob)).nlink).toBe(3);
    await removeModel(store, 'net');
    expect((await stat(blob)).nlink).toBe(2);
    await removeModel(store, 'twin');
    expect(existsSync(blob)).toBe(false);
  });

  it('by one of two that want it at once; the other waits and finds it', async () => {
    server.fault = () => ({ bytesPerSecond: 1_000_000 });
    const notices: string[] = [];
    const both = [0, 1].map(() => installModel(record(), context({ onNotice: (text) => notices.push(text) })));
    const [first, second] = await Promise.all(both);
    expect(first?.files[0]?.sha256).toBe(second?.files[0]?.sha256);
    expect(server.requests).toHaveLength(1);
    expect(notices).toEqual([expect.stringContaining('by another process')]);
  });

  it('without a checksum as it comes, and its own is recorded and watched', async () => {
    const unpinned = record({}, { bytes: null, sha256: null });
    const installed = await installModel(unpinned, context());
    expect(installed.files[0]).toMatchObject({ pinned: false, sha256: sha256(content), bytes: content.length });
    expect(await verifyModel(store, '', unpinned)).toEqual([{ path: 'model.onnx', state: 'unpinned', detail: null }]);
  });

  it('when only the MD5 is known, by that', async () => {
    const md5 = createHash('md5').update(content).digest('hex');
    await installModel(record({}, { sha256: null, md5 }), context());
    await removeModel(store, 'net');
    server.fault = () => ({ wrongByteAt: 7 });
    const attempt = installModel(record({}, { sha256: null, md5 }), context());
    await expect(attempt).rejects.toMatchObject({ code: 'model_mismatch', message: expect.stringContaining(md5) });
  });
});

describe('a server that', () => {
  it('cuts the connection is asked for the rest', async () => {
    server.fault = (nth) => (nth < 3 ? { cutAfter: 70_000 } : undefined);
    await installModel(record(), context());
    expect(ranges()).toEqual([null, ...[1, 2, 3].map(() => expect.stringMatching(/^bytes=\d+-$/))]);
    expect(server.requests[1]?.headers['if-range']).toMatch(/^"/);
    expect((await model()).equals(content)).toBe(true);
  });

  it('cuts one of several connections is asked for what is missing of each', async () => {
    server.fault = (nth) => ({ bytesPerSecond: 1_000_000, ...(nth === 2 && { cutAfter: 60_000 }) });
    await installModel(record(), context({ client }));
    expect((await model()).equals(content)).toBe(true);
    const starts = ranges().map((range) => Number(/\d+/.exec(range ?? '0')?.[0]));
    expect(starts.slice(0, 4)).toEqual([0, 75_000, 150_000, 225_000]);
    // Asked again from where they stood, not from where they began.
    expect(starts.slice(4).filter((start) => start % 75_000 !== 0)).not.toEqual([]);
  });

  it('sends nothing any more is left and asked again', async () => {
    server.fault = (nth) => (nth === 0 ? { stallAfter: 100_000 } : undefined);
    await installModel(record(), context());
    expect(ranges()[1]).toMatch(/^bytes=\d+-/);
    expect((await model()).equals(content)).toBe(true);
  });

  it('throttles is waited for', async () => {
    server.fault = () => ({ bytesPerSecond: 600_000 });
    await installModel(record(), context());
    expect(server.requests).toHaveLength(1);
  });

  it('ignores ranges is read from the start', async () => {
    server.fault = (nth) => (nth === 0 ? { cutAfter: 70_000 } : { ignoreRanges: true });
    await installModel(record(), context());
    expect(server.requests).toHaveLength(2);
    expect((await model()).equals(content)).toBe(true);
  });

  it('has another file after the cut is read from the start, and the two are not joined', async () => {
    server.fault = (nth) => {
      if (nth === 0) return { cutAfter: 70_000 };
      server.files.set('/o/r/resolve/main/model.onnx', other);
      return undefined;
    };
    const installed = await installModel(record({}, { bytes: null, sha256: null }), context());
    expect(installed.files[0]).toMatchObject({ sha256: sha256(other), bytes: other.length });
  });

  it.each([
    ['is busy', 429],
    ['is broken for a moment', 503],
  ])('%s is asked again, after the pause it wants', async (_, status) => {
    server.fault = (nth) => (nth === 0 ? { status, headers: { 'retry-after': '0' } } : undefined);
    await installModel(record(), context());
    expect(server.requests).toHaveLength(2);
  });

  it('wants more patience than anyone has is left at once', async () => {
    server.fault = () => ({ status: 429, headers: { 'retry-after': '86400' } });
    await expect(installModel(record(), context())).rejects.toMatchObject({ code: 'download_failed' });
    expect(server.requests).toHaveLength(1);
  });

  it('serves a wrong byte is refused, nothing of it stays, and the next source is asked', async () => {
    server.fault = () => ({ wrongByteAt: 123_456 });
    await expect(installModel(record(), context())).rejects.toMatchObject({
      code: 'model_mismatch',
      message: expect.stringContaining(`sha256 expected ${sha256(content)}, found `),
    });
    await expectNothingHalf();
    expect(await readdir(join(store, 'incoming'))).toEqual([]);
    server.fault = (nth) => (server.requests[nth]?.path.startsWith('/net/') ? { wrongByteAt: 1 } : undefined);
    const sources = { ...context().sources, mirrors: [server.url] };
    const installed = await installModel(record(), context({ sources }));
    expect(installed.files[0]?.source).toBe('hf:o/r@main/model.onnx');
  });

  it('announces another length than the record has is refused before a byte is kept', async () => {
    server.files.set('/o/r/resolve/main/model.onnx', other);
    await expect(installModel(record(), context())).rejects.toMatchObject({
      code: 'download_failed',
      message: expect.stringContaining('has 40000 bytes, 300000 are expected'),
    });
    await expectNothingHalf();
  });

  it.each([
    ['more than it sends', { announce: 400_000 }],
    ['less than it sends', { announce: 200_000 }],
  ])('announces %s is not believed', async (_, fault) => {
    server.fault = () => fault;
    await expect(installModel(record(), context())).rejects.toMatchObject({ code: 'download_failed' });
    await expectNothingHalf();
    const unpinned = record({}, { bytes: null });
    await expect(installModel(unpinned, context())).rejects.toMatchObject({
      code: expect.stringMatching(/download_failed|model_mismatch/),
    });
    await expectNothingHalf();
  });

  it('tells no length and ends early is asked for the rest, the size being known', async () => {
    server.fault = (nth) => (nth === 0 ? { chunked: true, cutAfter: 50_000 } : { chunked: true });
    await installModel(record(), context());
    expect((await model()).equals(content)).toBe(true);
  });

  it('gives next to nothing before each cut is not asked for ever', async () => {
    server.fault = () => ({ cutAfter: 100 });
    await expect(installModel(record(), context())).rejects.toMatchObject({ code: 'download_failed' });
    expect(server.requests).toHaveLength(1 + DEFAULT_HTTP.retries);
    await expectNothingHalf();
  });

  it.each([
    ['says that there is no rest', { status: 416 }],
    ['gives another part than was asked for', { status: 206, headers: { 'content-range': 'bytes 5-299999/300000' } }],
    [
      'gives the rest of a file of another size',
      { status: 206, headers: { 'content-range': 'bytes 1-400000/400001' } },
    ],
  ])('%s is read from the start', async (_, fault) => {
    server.fault = (nth) => [{ cutAfter: 70_000 }, fault][nth];
    await installModel(record(), context());
    expect(ranges()[1]).toMatch(/^bytes=\d+-$/);
    expect(ranges()[2]).toBeNull();
    expect((await model()).equals(content)).toBe(true);
  });

  it('redirects to itself is left', async () => {
    server.fault = () => ({ status: 302, headers: { location: '/o/r/resolve/main/model.onnx' } });
    await expect(installModel(record(), context())).rejects.toMatchObject({
      code: 'download_failed',
      message: expect.stringContaining('in circles'),
    });
    expect(server.requests.length).toBeLessThan(12);
  });

  it('never comes to an end is left', async () => {
    server.fault = () => ({ chunked: true });
    const tight = { ...client, settings: { ...client.settings, connections: 1, maxBytes: 100_000 } };
    const endless = record({}, { bytes: null, sha256: null });
    await expect(installModel(endless, context({ client: tight }))).rejects.toMatchObject({
      code: 'download_failed',
      message: expect.stringContaining('no end'),
    });
    await expectNothingHalf();
  });

  it('just ends the connection is not believed to have sent everything, when nobody knows how much that is', async () => {
    const bare = createNetServer((socket) => {
      socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhalf`));
      socket.on('error', () => socket.destroy());
    });
    bare.listen(0, '127.0.0.1');
    await once(bare, 'listening');
    try {
      const hfEndpoint = `http://127.0.0.1:${(bare.address() as AddressInfo).port}`;
      const unpinned = record({}, { bytes: null, sha256: null });
      const attempt = installModel(unpinned, context({ sources: { ...DEFAULT_SOURCES, hfEndpoint } }));
      await expect(attempt).rejects.toMatchObject({
        code: 'download_failed',
        message: expect.stringContaining('does not say how long'),
      });
      await expectNothingHalf();
    } finally {
      bare.close();
    }
  });

  it('does not have the file is named with its answer', async () => {
    server.files.clear();
    const sources = { ...context().sources, mirrors: [server.url] };
    await expect(installModel(record(), context({ sources }))).rejects.toMatchObject({
      code: 'download_failed',
      message: `net/model.onnx could not be fetched. ${server.url}/net/model.onnx: it answered 404; hf:o/r@main/model.onnx: it answered 404`,
    });
    await expectNothingHalf();
  });
});

describe('what came before', () => {
  /** Gives how far the fetch had come: what was under way at the cut may be lost. */
  const stopHalfWay = async (): Promise<number> => {
    server.fault = (nth) => (nth < 6 ? { cutAfter: nth === 0 ? 200_000 : 0 } : undefined);
    await expect(installModel(record(), context())).rejects.toMatchObject({ code: 'download_failed' });
    expect(server.requests).toHaveLength(6);
    await expectNothingHalf();
    const note = layout.incoming(store, sha256(content)).replace(/part$/, 'json');
    const { next } = JSON.parse(await readFile(note, 'utf8')).segments[0];
    expect(next).toBeGreaterThan(0);
    return next;
  };

  it('is gone on with, next time and from another source', async () => {
    const come = await stopHalfWay();
    const sources = { ...context().sources, mirrors: [server.url] };
    await installModel(record(), context({ sources }));
    expect(server.requests[6]).toMatchObject({ path: '/net/model.onnx', range: `bytes=${come}-` });
    expect((await model()).equals(content)).toBe(true);
  });

  it('is fetched anew when it turns out to be spoilt', async () => {
    const come = await stopHalfWay();
    const part = layout.incoming(store, sha256(content));
    const bytes = await readFile(part);
    bytes[5] = (bytes[5] ?? 0) ^ 0xff;
    await writeFile(part, bytes);
    await installModel(record(), context());
    expect(ranges().slice(6)).toEqual([`bytes=${come}-`, null]);
    expect((await model()).equals(content)).toBe(true);
  });

  it('is not trusted when the disk has less than the note says', async () => {
    await stopHalfWay();
    await truncate(layout.incoming(store, sha256(content)), 1000);
    await installModel(record(), context());
    expect(ranges()[6]).toBeNull();
    expect((await model()).equals(content)).toBe(true);
  });
});

describe('a licence that must be accepted', () => {
  const gated = record({ licence: { spdx: 'AGPL-3.0-only', commercial: true, accept: true } });

  it('refuses the model by naming the licence and the flag, before anything is asked', async () => {
    await expect(installModel(gated, context())).rejects.toMatchObject({
      code: 'licence_not_accepted',
      message: expect.stringMatching(/AGPL-3\.0-only.*--accept-license AGPL-3\.0-only/),
    });
    await expect(installModel(gated, context(), ['MIT'])).rejects.toMatchObject({ code: 'licence_not_accepted' });
    expect(server.requests).toHaveLength(0);
  });

  it('is recorded for this model and asked for no more', async () => {
    await installModel(gated, context(), ['agpl-3.0']);
    expect(await licenceAccepted(store, gated)).toBe(true);
    expect(await licenceAccepted(store, { ...gated, id: 'another' })).toBe(false);
    await removeModel(store, 'net');
    await installModel(gated, context());
  });
});

it('refuses what does not fit on the disk before it asks for it', async () => {
  const huge = record({}, { bytes: 2 ** 52 });
  await expect(installModel(huge, context())).rejects.toMatchObject({ code: 'disk_full' });
  expect(server.requests).toHaveLength(0);
});

it('keeps the token from the place that Hugging Face sends to', async () => {
  const elsewhere = await startFileServer({ '/cdn': content });
  try {
    server.fault = () => ({ status: 302, headers: { location: `${elsewhere.url}/cdn` } });
    const sources = { ...context().sources, hfToken: 'hf_secret' };
    await installModel(record(), context({ sources }));
    expect(server.requests[0]?.headers.authorization).toBe('Bearer hf_secret');
    expect(elsewhere.requests[0]?.headers.authorization).toBeUndefined();
  } finally {
    await elsewhere.close();
  }
});

it('fetches from ModelScope where Hugging Face does not have it, without the token of Hugging Face', async () => {
  server.files.set('/models/o/r/resolve/master/model.onnx', content);
  const sources = { ...context().sources, modelscopeEndpoint: server.url, hfToken: 'hf_secret' };
  const urls = ['hf:o/nothing@main/model.onnx', 'modelscope:o/r@master/model.onnx'];
  const { files } = await installModel(record({}, { urls }), context({ sources }));
  expect(files).toMatchObject([{ source: 'modelscope:o/r@master/model.onnx' }]);
  const [missed, found] = server.requests.map(({ path, headers }) => [path, headers.authorization]);
  expect(missed).toEqual(['/o/nothing/resolve/main/model.onnx', 'Bearer hf_secret']);
  expect(found).toEqual(['/models/o/r/resolve/master/model.onnx', undefined]);
});

it('goes through the proxy, but not to hosts that are to be reached without', async () => {
  const asked: string[] = [];
  const proxy = createServer().on('connect', (request, socket, head) => {
    asked.push(request.url ?? '');
    const { hostname, port } = new URL(server.url);
    const through = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      through.write(head);
      through.pipe(socket).pipe(through);
    });
    for (const end of [through, socket]) end.on('error', () => through.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const httpProxy = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const proxied = createHttpClient({ ...DEFAULT_HTTP, httpProxy });
  const direct = createHttpClient({ ...DEFAULT_HTTP, httpProxy, noProxy: '127.0.0.1' });
  try {
    await installModel(record(), context({ client: proxied }));
    expect(asked).toEqual([new URL(server.url).host]);
    await removeModel(store, 'net');
    await installModel(record(), context({ client: direct }));
    expect(asked).toHaveLength(1);
  } finally {
    await Promise.all([proxied.close(), direct.close()]);
    proxy.closeAllConnections();
    proxy.close();
  }
});

it('sees what became of a file since it was installed', async () => {
  await installModel(record(), context());
  expect(await verifyModel(store, '', record())).toEqual([{ path: 'model.onnx', state: 'ok', detail: null }]);
  await writeFile(layout.file(store, 'net', 'model.onnx'), other);
  expect(await verifyModel(store, '', record())).toMatchObject([{ state: 'damaged' }]);
  await rm(layout.file(store, 'net', 'model.onnx'));
  expect(await verifyModel(store, '', record())).toMatchObject([{ state: 'missing' }]);
});
