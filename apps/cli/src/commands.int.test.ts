import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Packshot } from '@packshot/sdk';
import { decodeRaw, freePort, productPhoto, startNode, startPackshot, type TestPackshot } from '@packshot/testing';
import { checkNode } from './doctor/machine';
import { run } from './run';

/** The commands that talk to a server, against a whole one. */
const main = resolve(__dirname, '../dist/main.js');
const secret = `whsec_${Buffer.from('a secret of at least 24 bytes!!').toString('base64')}`;

let system: TestPackshot;
let folder: string;
let client: Packshot;
let receiver: string;

beforeAll(async () => {
  receiver = `127.0.0.1:${await freePort()}`;
  system = await startPackshot({ env: { WEBHOOK_SECRET: secret, ALLOW_PRIVATE_HOSTS: receiver } });
  client = new Packshot({ baseUrl: system.url });
}, 180_000);
afterAll(() => system?.stop());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packshot-commands-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function packshot(args: readonly string[], env: Record<string, string> = { PACKSHOT_URL: system.url }) {
  const written = { out: '', err: '' };
  const stream = (name: 'out' | 'err') => ({
    write: (text: string) => {
      written[name] += text;
    },
  });
  const code = await run(args, {
    env: { PATH: process.env.PATH, PACKSHOT_CONFIG: '/dev/null', ...env },
    stdout: stream('out'),
    stderr: stream('err'),
    signal: new AbortController().signal,
  });
  return { code, ...written };
}

const json = async (...args: string[]) => {
  const { code, out } = await packshot([...args, '--json']);
  return { code, answer: out === '' ? null : JSON.parse(out) };
};

const photo = async (seed: number) => new Uint8Array(await productPhoto({ width: 64, height: 64, seed }));
const twoPhotos = async () => [
  { data: await photo(1), name: 'shoe.png' },
  { data: await photo(2), name: 'shoe.png' },
];

describe('packshot jobs', () => {
  it('waits for a job, shows it, and writes its results', async () => {
    const { id } = await client.jobs.create({ files: await twoPhotos(), pipeline: {} });
    expect(await json('jobs', 'wait', id)).toMatchObject({ code: 0, answer: { id, status: 'succeeded' } });
    expect(await json('jobs', 'get', id)).toMatchObject({
      code: 0,
      answer: { id, items: [{ index: 0 }, { index: 1 }] },
    });
    const listed = await json('jobs', 'list', '--status', 'succeeded', '--limit', '1');
    expect(listed).toMatchObject({ code: 0, answer: { jobs: [{ id }] } });
    expect((await packshot(['jobs', 'list'])).out).toMatch(new RegExp(`${id}\\s+succeeded .*2: 2 succeeded`));
    expect(await json('jobs', 'download', id, '-o', folder)).toMatchObject({ code: 0 });
    expect((await readdir(folder)).sort()).toEqual(['shoe-2.jpg', 'shoe.jpg']);
    expect(await json('jobs', 'delete', id)).toMatchObject({ code: 0, answer: { deleted: id } });
    expect((await packshot(['jobs', 'get', id])).err).toMatch(/not_found/);
  });

  it('says by its exit code that not every image succeeded, and tries those again', async () => {
    const items = [{ url: 'http://10.0.0.1/a.jpg' }, { base64: Buffer.from(await photo(1)).toString('base64') }];
    const { id } = await client.jobs.create({ items, pipeline: {} });
    expect(await json('jobs', 'wait', id)).toMatchObject({ code: 5, answer: { status: 'partially_succeeded' } });
    expect((await packshot(['jobs', 'get', id])).out).toMatch(/failed\s+url_not_allowed/);
    // It never had an image, so there is nothing to try again.
    expect(await json('jobs', 'retry', id)).toMatchObject({ code: 1, answer: null });
    expect(await json('jobs', 'cancel', id)).toMatchObject({ code: 1, answer: null });
    expect(await json('jobs', 'list', '--status', 'strange')).toMatchObject({ code: 2 });
  });

  it('cancels a job', async () => {
    const files = await Promise.all(Array.from({ length: 20 }, async (_, seed) => ({ data: await photo(seed) })));
    const { id } = await client.jobs.create({ files, pipeline: { denoise: true, upscale: { scale: 4 } } });
    expect(await json('jobs', 'cancel', id)).toMatchObject({ code: 0, answer: { id } });
    expect((await client.jobs.wait(id)).counts.canceled).toBeGreaterThan(0);
  });
});

it('receives webhooks, tells those that are signed and refuses the others', async () => {
  const [host = '', port = ''] = receiver.split(':');
  const args = ['webhooks', 'listen', '--host', host, '--port', port, '--count', '1', '--json'];
  const listener = await startNode(main, { args, env: { PACKSHOT_URL: system.url, PACKSHOT_CONFIG: '/dev/null' } });
  try {
    await listener.waitForLine(/listening on/, 30_000);
    const stranger = await fetch(`http://${receiver}/`, { method: 'POST', body: '{"type":"job.succeeded"}' });
    expect(stranger.status).toBe(401);
    const { id } = await client.jobs.create({
      files: await twoPhotos(),
      pipeline: {},
      webhook_url: `http://${receiver}/`,
    });
    const line = await listener.waitForLine(/^\{/, 30_000);
    expect(JSON.parse(line)).toMatchObject({
      type: 'job.succeeded',
      data: { id },
      webhook_id: expect.stringMatching(/^msg_/),
    });
    expect(await listener.exited).toMatchObject({ code: 0 });
    expect(listener.output()).toMatch(/refused: The header webhook-id is missing/);
  } finally {
    await listener.stop();
  }
}, 60_000);

it('measures a server', async () => {
  await writeFile(join(folder, 'a.png'), await photo(1));
  const { code, answer } = await json('bench', folder, '--count', '4', '--pipeline', '{"denoise":true}');
  expect(code).toBe(0);
  expect(answer).toMatchObject({
    images: 4,
    succeeded: 4,
    providers: ['cpu'],
    phases_ms: { infer: { p50: expect.any(Number) } },
  });
  expect(answer.images_per_second).toBeGreaterThan(0);
});

describe('packshot doctor', () => {
  interface Answer {
    ok: boolean;
    findings: { what: string; state: string; detail: string; advice?: string }[];
  }

  it('finds nothing wrong with a server that works', async () => {
    const { code, answer } = (await json('doctor')) as { code: number; answer: Answer };
    expect({ code, bad: answer.findings.filter(({ state }) => state === 'bad') }).toEqual({ code: 0, bad: [] });
    const whats = answer.findings.map(({ what }) => what);
    expect(whats).toEqual(
      expect.arrayContaining(['Node', 'server', 'Redis', 'storage', 'worker', 'models', 'provider']),
    );
  });

  it('says of what is missing what to do about it', async () => {
    const env = {
      PACKSHOT_URL: 'http://127.0.0.1:9',
      REDIS_URL: 'redis://127.0.0.1:9',
      // Below a file nothing can be made, not even by root.
      STORAGE_DIR: join(folder, 'file/objects'),
      PROVIDERS: 'abacus',
    };
    await writeFile(join(folder, 'file'), '');
    const { code, out } = await packshot(['doctor'], env);
    expect(code).toBe(5);
    expect(out).toMatch(/BAD {3}server: no Packshot answers at http:\/\/127.0.0.1:9\n +Start one with `packshot up`/);
    expect(out).toMatch(/BAD {3}Redis: nothing answers at 127.0.0.1:9\n +Start that Redis/);
    expect(out).toMatch(/BAD {3}storage: \S+\/file cannot be written/);
    expect(out).toMatch(/BAD {3}provider: abacus/);
    expect(out).toMatch(/ok {4}port: 9 is free/);
  });

  it('knows a Node that is too old', () => {
    expect(checkNode('18.20.0')).toMatchObject({ state: 'bad', advice: expect.stringMatching(/or newer/) });
    expect([checkNode('20.19.0'), checkNode('22.0.0')]).toMatchObject([{ state: 'ok' }, { state: 'ok' }]);
  });
});

it('makes one PNG of a ZIP as Packshot makes them', async () => {
  const pipeline = { background: true, output: { format: 'zip' } } as const;
  const { image } = await client.process({ file: { data: await photo(1), name: 'shoe.png' }, pipeline });
  await writeFile(join(folder, 'shoe.zip'), Buffer.from(await image.arrayBuffer()));
  expect(await json('zip2png', join(folder, 'shoe.zip'))).toMatchObject({ code: 0, answer: { width: 64, height: 64 } });
  const joined = await decodeRaw(await readFile(join(folder, 'shoe.png')));
  expect(joined).toMatchObject({ width: 64, height: 64, channels: 4 });
  await writeFile(join(folder, 'none.zip'), 'no zip');
  expect(await json('zip2png', join(folder, 'none.zip'))).toMatchObject({ code: 2 });
});
