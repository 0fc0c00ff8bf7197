import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { modelRecordSchema } from './record';
import { readRecords, readRegistry } from './registry';

const modelsDir = resolve(__dirname, '../../../../models');

describe('the records in the repository', () => {
  it('name files that are there, byte for byte', async () => {
    const names = await readdir(join(modelsDir, 'registry'));
    for (const name of names.filter((entry) => entry.endsWith('.json'))) {
      const record = modelRecordSchema.parse(JSON.parse(await readFile(join(modelsDir, 'registry', name), 'utf8')));
      expect(name).toBe(`${record.id}.json`);
      for (const { bundled, bytes, sha256 } of record.files) {
        if (bundled === undefined) continue;
        const file = await readFile(join(modelsDir, bundled));
        const found = { bytes: file.length, sha256: createHash('sha256').update(file).digest('hex') };
        expect({ name, ...found }).toEqual({ name, bytes, sha256 });
      }
    }
  });

  it('cover every architecture that Packshot runs, and say which packs hold what', async () => {
    const records = await readRecords(modelsDir);
    const architectures = new Set(records.filter(({ supported }) => supported).map(({ architecture }) => architecture));
    for (const name of [
      'birefnet',
      'isnet',
      'u2net',
      'vitmatte',
      'nafnet',
      'shadowformer',
      'rrdbnet',
      'srvgg',
      'sam2',
    ]) {
      expect(architectures).toContain(name);
    }
    const tasks = (pack: 'balanced' | 'quality') =>
      new Set(records.filter(({ packs }) => packs.includes(pack)).map(({ task }) => task));
    expect([...tasks('balanced')].sort()).toEqual(['background', 'deblur', 'denoise', 'prompt', 'upscale']);
    expect([...tasks('quality')].sort()).toEqual(['background', 'deblur', 'denoise', 'prompt', 'shadow', 'upscale']);
  });

  it('have every model that users of the field know by name', async () => {
    const records = await readRecords(modelsDir);
    const ids = (supported: boolean) => records.filter((one) => one.supported === supported).map(({ id }) => id);
    const known = `
      birefnet-general birefnet-general-lite birefnet-general-lite-2k birefnet-hr birefnet-hr-matting birefnet-matting
      birefnet-portrait birefnet-dis birefnet-hrsod birefnet-cod birefnet-massive birefnet-general-512-fp16 birefnet-dynamic
      birefnet-general-fp16 birefnet-general-lite-fp16 rmbg-1.4 rmbg-1.4-fp16 rmbg-2.0 rmbg-2.0-fp16 isnet-general-use isnet-anime isnet-medium isnet-small
      u2net u2netp u2net-human-seg silueta vitmatte-small vitmatte-base
      nafnet-sidd-w32 nafnet-sidd-w64 nafnet-gopro-w32 nafnet-gopro-w64 nafnet-reds-w64 shadowformer-istd shadowformer-istd-plus
      realesrgan-x4plus realesrgan-x2plus realesrgan-x4plus-anime-6b realesr-general-x4v3 realesr-general-wdn-x4v3
      realesr-animevideov3 realesrgan-x4plus-fp16 realesrgan-x2plus-fp16
      sam2.1-tiny sam2.1-small sam2.1-base-plus sam2.1-large sam2.1-tiny-fp16 sam2.1-small-fp16 sam2.1-base-plus-fp16 sam2.1-large-fp16
      compact-denoise compact-deblur compact-cutout compact-upscale compact-click`;
    expect(ids(true)).toEqual(expect.arrayContaining(known.trim().split(/\s+/)));
    expect(ids(false).sort()).toEqual(['deblurgan-v2', 'restormer', 'srn-deblur', 'withoutbg']);
  });

  it('say so where a file is unpinned, and where none can be fetched', async () => {
    for (const { id, files, notes } of await readRecords(modelsDir)) {
      const told = notes.join(' ');
      if (files.some(({ sha256 }) => sha256 === null))
        expect({ id, told }).toEqual({ id, told: expect.stringMatching(/pinned|import it/i) });
      if (files.some(({ bundled, urls }) => bundled === undefined && urls.length === 0)) {
        expect({ id, told }).toEqual({ id, told: expect.stringContaining('import it') });
      }
    }
  });

  it('have a default model for every task that must always run', async () => {
    const registry = await readRegistry(modelsDir);
    for (const task of ['denoise', 'background', 'upscale'] as const) expect(registry.defaultOf(task)).not.toBeNull();
  });
});

const file = { role: 'main', path: 'model.onnx', bundled: 'a.onnx', bytes: 1, sha256: '0'.repeat(64) };
const tiled = { policy: 'tile', multiple: 8, tile: 512, overlap: 32, exact: true };
const port = { name: 'x', dims: [1, 3, 'h', 'w'] };
const cutout = { main: { inputs: [{ role: 'image', ...port }], outputs: [{ role: 'alpha', ...port }] } };
const nameless = {
  main: {
    inputs: [
      { role: 'image', dims: port.dims },
      { role: 'mask', dims: port.dims, optional: true },
    ],
    outputs: [{ role: 'image', dims: port.dims }],
  },
};

describe('a registry', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'packshot-registry-'));
    await mkdir(join(folder, 'registry'));
    await cp(join(modelsDir, 'registry/compact-denoise.json'), join(folder, 'registry/one.json'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function addVariant(change: (record: Record<string, unknown>) => void): Promise<void> {
    const record = JSON.parse(await readFile(join(folder, 'registry/one.json'), 'utf8'));
    change(record);
    await writeFile(join(folder, 'registry/two.json'), JSON.stringify(record));
  }

  it('refuses two records of one id', async () => {
    await addVariant((record) => {
      record.default = false;
    });
    await expect(readRegistry(folder)).rejects.toMatchObject({
      code: 'model_mismatch',
      message: 'two.json: a second record of compact-denoise',
    });
  });

  it('refuses two default models of one task', async () => {
    await addVariant((record) => {
      record.id = 'other';
    });
    await expect(readRegistry(folder)).rejects.toMatchObject({ code: 'model_mismatch' });
  });

  it.each([
    ['an unknown field', { surprise: 1 }],
    ['a path out of the folder', { files: [{ ...file, bundled: '../outside.onnx' }] }],
    ['a path from the root', { files: [{ ...file, bundled: '/outside.onnx' }] }],
    ['a file both bundled and fetched', { files: [{ ...file, urls: ['https://models.example/a.onnx'] }] }],
    [
      'a file from a plain-text address',
      { files: [{ ...file, bundled: undefined, urls: ['http://models.example/a'] }] },
    ],
    ['a bundled file without a checksum', { files: [{ ...file, sha256: null }] }],
    ['a model without a file', { files: [] }],
    ['a file without a graph', { files: [{ ...file, role: 'encoder' }] }],
    ['two files of one role', { files: [file, { ...file, path: 'b.onnx' }] }],
    ['a model without a size', { size: undefined }],
    ['an overlap off the grid of the net', { size: { ...tiled, overlap: 30 } }],
    ['a tile smaller than four overlaps', { size: { ...tiled, tile: 64, overlap: 32 } }],
    ['a non-commercial licence that nobody need accept', { licence: { spdx: 'CC-BY-NC-4.0', commercial: false } }],
    ['a non-commercial model in a pack', { licence: { spdx: 'CC-BY-NC-4.0', commercial: false, accept: true } }],
    ['what is not supported without a reason', { supported: false, packs: [], files: [] }],
    ['a reason at what is supported', { reason: 'none' }],
    ['a cut-out that does not say how it becomes large', { task: 'background', graphs: cutout }],
    ['an optional input without a name', { graphs: nameless }],
  ])('refuses %s, naming the file', async (_, change) => {
    await addVariant((record) => Object.assign(record, { id: 'other', default: false }, change));
    await expect(readRegistry(folder)).rejects.toMatchObject({
      code: 'model_mismatch',
      message: 'models/registry/two.json is not a model record.',
    });
  });

  it.each(['fallback', 'fourfold'])('refuses a %s that is not there', async (what) => {
    await addVariant((record) => Object.assign(record, { id: 'other', default: false, [what]: 'nothing' }));
    await expect(readRegistry(folder)).rejects.toMatchObject({
      code: 'model_mismatch',
      message: `other: its ${what} nothing is no model for denoise`,
    });
  });

  it('answers model_not_available for an unknown id and for another task', async () => {
    const registry = await readRegistry(folder);
    expect(registry.get('compact-denoise', 'denoise').id).toBe('compact-denoise');
    expect(() => registry.get('nothing', 'denoise')).toThrow('There is no model nothing.');
    expect(() => registry.get('compact-denoise', 'upscale')).toThrow(/is for denoise, not for upscale/);
    expect(registry.defaultOf('upscale')).toBeNull();
  });
});
