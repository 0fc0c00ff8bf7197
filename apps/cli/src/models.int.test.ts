import { createHash, randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type FileServer, poll, startFileServer, startNode, type TestProcess } from '@packshot/testing';
import { run } from './run';

const repositoryModels = resolve(__dirname, '../../../models');
const main = resolve(__dirname, '../dist/main.js');
const weights = randomBytes(3_000_000);
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

let folder: string;
let server: FileServer;

/**
 * The compact records, and some of our own: `far` is on the server, `gated` under a licence to be accepted, `open` without a
 * checksum, `dark` like the compact cut-out but for its normalisation.
 */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packshot-cli-'));
  await mkdir(join(folder, 'models/registry'), { recursive: true });
  await cp(join(repositoryModels, 'compact'), join(folder, 'models/compact'), { recursive: true });
  const denoise = JSON.parse(await readFile(join(repositoryModels, 'registry/compact-denoise.json'), 'utf8'));
  const far = {
    ...denoise,
    id: 'far',
    default: false,
    packs: ['balanced'],
    denoise: 1,
    files: [
      {
        role: 'main',
        path: 'far.onnx',
        bytes: weights.length,
        sha256: sha256(weights),
        urls: ['hf:o/r@main/far.onnx'],
      },
    ],
  };
  const gated = { ...far, id: 'gated', packs: [], licence: { spdx: 'CC-BY-NC-4.0', commercial: false, accept: true } };
  const open = {
    ...far,
    id: 'open',
    packs: [],
    files: [{ ...far.files[0], path: 'open.onnx', sha256: null, bytes: null }],
  };
  for (const name of ['compact-denoise', 'compact-cutout', 'compact-deblur']) {
    await cp(join(repositoryModels, 'registry', `${name}.json`), join(folder, 'models/registry', `${name}.json`));
  }
  const cutout = JSON.parse(await readFile(join(repositoryModels, 'registry/compact-cutout.json'), 'utf8'));
  cutout.graphs.main.inputs[0].mean = [0.1, 0.1, 0.1];
  const dark = {
    ...cutout,
    id: 'dark',
    default: false,
    packs: [],
    files: [{ ...far.files[0], sha256: null, bytes: null }],
  };
  for (const record of [dark, far, gated, open]) {
    await writeFile(join(folder, 'models/registry', `${record.id}.json`), JSON.stringify(record));
  }
  server = await startFileServer({ '/o/r/resolve/main/far.onnx': weights });
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  server.requests.length = 0;
  server.fault = () => undefined;
});
afterEach(() => rm(join(folder, 'store'), { recursive: true, force: true }));

const environment = () => ({
  MODELS_DIR: join(folder, 'models'),
  MODELS_STORE: join(folder, 'store'),
  HF_ENDPOINT: server.url,
  THREADS: '1',
  NO_PROXY: '127.0.0.1',
});

/** As a process, for what needs one. */
const start = (...args: string[]): Promise<TestProcess> =>
  startNode(main, { args: ['models', ...args], cwd: folder, env: environment() });

async function packshot(...args: string[]): Promise<{ code: number; output: string }> {
  let output = '';
  const stream = { write: (text: string) => (output += text) };
  const { signal } = new AbortController();
  const surroundings = { env: { ...environment(), PYTHON: join(folder, 'no-python') }, stdout: stream, stderr: stream };
  const code = await run(['models', ...args], { ...surroundings, signal });
  return { code, output };
}

/** What a command prints with --json when nothing else is said. */
async function json(...args: string[]) {
  const { code, output } = await packshot(...args, '--json');
  expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
  return JSON.parse(output.slice(output.indexOf('\n{') + 1));
}

const installed = () => readFile(join(folder, 'store/models/far/far.onnx'));

describe('packshot models list and info', () => {
  it('show what there is, what is here, and what a pack holds', async () => {
    const ids = ({ models }: { models: { id: string }[] }) => models.map(({ id }) => id);
    expect(ids(await json('list'))).toEqual([
      'compact-cutout',
      'compact-deblur',
      'compact-denoise',
      'dark',
      'far',
      'gated',
      'open',
    ]);
    expect(ids(await json('list', '--installed'))).toEqual(['compact-cutout', 'compact-deblur', 'compact-denoise']);
    expect(ids(await json('list', '--pack', 'balanced'))).toEqual(['far']);
    const { output } = await packshot('info', 'gated');
    expect(output).toMatch(/no commercial use; to be accepted: --accept-license CC-BY-NC-4\.0/);
    expect(output).toContain(sha256(weights));
  });

  it.each([
    [['list', '--pack', 'huge'], 'There is no pack huge'],
    [['info', 'farr'], 'Did you mean far?'],
    [['pull'], 'missing required argument'],
    [['fly'], 'unknown command'],
    [['bench', 'compact-cutout', '--size', 'big'], '--size is a side'],
    [['bench', 'compact-cutout', '--size', '300'], 'takes 288 x 288 pixels and nothing else'],
    [['convert', 'compact-cutout'], 'Either --fp16 or --int8'],
    [['convert', 'compact-cutout', '--int8'], '--calibration'],
    [['remove', 'far'], 'Not installed: far'],
    [['import', '/nowhere.onnx'], 'There is no /nowhere.onnx'],
  ])('end %j with 2 and a word about it', async (args, words) => {
    const { code, output } = await packshot(...args);
    expect({ code, output }).toEqual({ code: 2, output: expect.stringContaining(words) });
  });
});

describe('packshot models pull', () => {
  it('installs, says so, and what verify and remove then find', async () => {
    expect(await packshot('pull', 'far')).toMatchObject({
      code: 0,
      output: expect.stringContaining('far is installed (3.0 MB)'),
    });
    expect((await installed()).equals(weights)).toBe(true);
    expect((await packshot('verify', 'far')).output).toContain('far/far.onnx: ok');
    await writeFile(join(folder, 'store/models/far/far.onnx'), 'spoilt');
    expect(await packshot('verify', 'far')).toMatchObject({
      code: 4,
      output: expect.stringContaining('far/far.onnx: damaged'),
    });
    expect((await packshot('remove', 'far')).code).toBe(0);
    expect(await readdir(join(folder, 'store/blobs/sha256'))).toEqual([]);
  });

  it('refuses a licence that was not accepted by name, before it asks for anything, with 3', async () => {
    const refused = {
      code: 3,
      output: expect.stringMatching(/CC-BY-NC-4\.0, which allows no commercial use.*--accept-license CC-BY-NC-4\.0/),
    };
    expect(await packshot('pull', 'far', 'gated')).toEqual(refused);
    expect(await packshot('pull', 'gated', '--accept-license', 'MIT')).toEqual(refused);
    expect(server.requests).toEqual([]);
    expect((await packshot('pull', 'gated', '--accept-license', 'CC-BY-NC-4.0')).code).toBe(0);
    expect((await packshot('pull', 'gated')).code).toBe(0);
  });

  it('ends with 4 when a byte is wrong, and with 1 when nobody has the file', async () => {
    server.fault = () => ({ wrongByteAt: 99 });
    expect(await packshot('pull', 'far')).toMatchObject({
      code: 4,
      output: expect.stringContaining('sha256 expected'),
    });
    server.fault = () => ({ status: 404 });
    const { code, output } = await packshot('pull', 'far', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(output.trim().split('\n').at(-1) ?? '')).toMatchObject({ error: { code: 'download_failed' } });
    await expect(installed()).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('of several fetches the others when one cannot be had, and says which', async () => {
    server.files.delete('/o/r/resolve/main/far.onnx');
    try {
      const { code, output } = await packshot('pull', 'far', 'compact');
      expect({ code, output }).toEqual({
        code: 1,
        output: expect.stringMatching(/compact-denoise ships with Packshot[\s\S]*far\/far\.onnx could not be fetched/),
      });
    } finally {
      server.files.set('/o/r/resolve/main/far.onnx', weights);
    }
  });

  it('killed in the middle leaves no model, and goes on from where it was', async () => {
    server.fault = () => ({ bytesPerSecond: 600_000 });
    const first = await start('pull', 'far');
    const note = join(folder, 'store/incoming', `${sha256(weights)}.json`);
    const come = await poll(
      async () => {
        const text = await readFile(note, 'utf8').catch(() => '{"segments":[{"next":0}]}');
        return (JSON.parse(text).segments[0].next as number) || undefined;
      },
      { what: 'bytes on the disk' },
    );
    await first.kill9();
    await expect(stat(join(folder, 'store/models/far'))).rejects.toMatchObject({ code: 'ENOENT' });
    server.fault = () => undefined;
    expect((await (await start('pull', 'far')).exited).code).toBe(0);
    const from = Number(/^bytes=(\d+)-/.exec(server.requests.at(-1)?.range ?? '')?.[1]);
    expect(from).toBeGreaterThanOrEqual(come);
    expect((await installed()).equals(weights)).toBe(true);
  });

  it('stopped by Ctrl-C says that it can go on', async () => {
    server.fault = () => ({ bytesPerSecond: 300_000 });
    const child = await start('pull', 'far');
    await child.waitForLine(/far\/far\.onnx: \d/);
    expect(await child.stop({ signal: 'SIGINT' })).toEqual({ code: 130, signal: null });
    expect(child.output()).toContain('the same command goes on with it');
  });

  it('by several at once fetches once, and all of them have it', async () => {
    server.fault = () => ({ bytesPerSecond: 2_000_000 });
    const children = await Promise.all([0, 1, 2].map(() => start('pull', 'far')));
    const exits = await Promise.all(children.map(({ exited }) => exited));
    expect(exits.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(server.requests).toHaveLength(1);
    expect((await installed()).equals(weights)).toBe(true);
  });

  it('says when nobody has published a checksum', async () => {
    expect((await packshot('pull', 'open')).output).toContain('nobody has published a checksum of open.onnx');
  });
});

describe('packshot models import', () => {
  const denoise = join(repositoryModels, 'compact/compact-denoise.onnx');
  const cutout = join(repositoryModels, 'compact/compact-cutout.onnx');

  it('of a graph with other inputs and outputs ends with 4 and names what was expected and found', async () => {
    const { code, output } = await packshot('import', cutout, '--contract', 'far');
    expect(code).toBe(4);
    expect(output).toMatch(/The model far does not match its record: .*\[1,3,288,288\]|no output|no input/);
  });

  it('of a file that is no graph ends with 4', async () => {
    await writeFile(join(folder, 'text.onnx'), 'no graph');
    expect(await packshot('import', join(folder, 'text.onnx'), '--contract', 'far')).toMatchObject({
      code: 4,
      output: expect.stringContaining('text.onnx is no graph that can be loaded'),
    });
  });

  it('of the published file needs no names', async () => {
    await writeFile(join(folder, 'downloaded.bin'), weights);
    expect((await packshot('import', join(folder, 'downloaded.bin'))).output).toContain('far is installed');
    expect((await installed()).equals(weights)).toBe(true);
  });

  it('of another file with the contract of a pinned model wants an id, and makes a model of its own', async () => {
    expect(await packshot('import', denoise, '--contract', 'far')).toMatchObject({
      code: 2,
      output: expect.stringContaining('not the published file of far'),
    });
    expect((await packshot('import', denoise, '--contract', 'far', '--id', 'mine')).output).toContain(
      'mine is installed (2.2 MB), with the contract of far',
    );
    expect(await json('info', 'mine')).toMatchObject({
      id: 'mine',
      task: 'denoise',
      state: 'installed',
      default: false,
    });
    const { graphs, peak_memory_mb } = await json('bench', 'mine', '--size', '64', '--runs', '1');
    expect(graphs).toMatchObject([{ graph: 'main', provider: 'cpu', inputs: ['[1, 3, 64, 64]'] }]);
    expect(peak_memory_mb).toBeGreaterThan(0);
    expect((await packshot('remove', 'mine')).code).toBe(0);
    expect((await packshot('info', 'mine')).code).toBe(2);
  });

  it('of a mix of two networks says how strongly it takes noise out', async () => {
    const like = ['--contract', 'far', '--id', 'mix'];
    await packshot('import', denoise, ...like, '--denoise', '0.25');
    expect(await json('info', 'mix')).toMatchObject({ denoise: 0.25 });
    const other = ['--contract', 'compact-denoise', '--id', 'mine'];
    expect(await packshot('import', denoise, ...other, '--denoise', '0.25')).toMatchObject({
      code: 2,
      output: expect.stringContaining('compact-denoise does not take noise out by degrees'),
    });
    expect((await packshot('import', denoise, ...like, '--denoise', '1.5')).code).toBe(2);
  });

  it('becomes the model itself where nobody has published a checksum', async () => {
    expect((await packshot('import', denoise, '--contract', 'open')).output).toContain('open is installed');
  });

  describe('without a contract', () => {
    /** The same graph with other bytes: a doc_string (field 6 of the protobuf) behind it. */
    const varied = async (path: string) => {
      const copy = join(folder, 'varied.onnx');
      await writeFile(copy, Buffer.concat([await readFile(path), Buffer.from([0x32, 4]), Buffer.from('mine')]));
      return copy;
    };

    it('takes the only one that fits', async () => {
      expect(await packshot('import', await varied(denoise), '--id', 'mine')).toMatchObject({
        code: 0,
        output: expect.stringContaining('with the contract of compact-denoise'),
      });
    });

    it('asks where several fit, because a wrong one would give wrong pictures', async () => {
      expect(await packshot('import', await varied(cutout), '--id', 'cut')).toMatchObject({
        code: 2,
        output: expect.stringContaining('name one by --contract: compact-cutout, dark'),
      });
    });
  });
});

it('packshot models convert says what it needs where Python has it not', async () => {
  expect(await packshot('convert', 'compact-cutout', '--fp16')).toMatchObject({
    code: 1,
    output: expect.stringContaining('Converting needs Python with the packages of'),
  });
});
