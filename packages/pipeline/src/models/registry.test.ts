import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { modelRecordSchema } from './record';
import { readRegistry } from './registry';

const modelsDir = resolve(__dirname, '../../../../models');

describe('the records in the repository', () => {
  it('name files that are there, byte for byte', async () => {
    const names = await readdir(join(modelsDir, 'registry'));
    for (const name of names.filter((entry) => entry.endsWith('.json'))) {
      const record = modelRecordSchema.parse(JSON.parse(await readFile(join(modelsDir, 'registry', name), 'utf8')));
      const path = join(modelsDir, record.file);
      expect(`${name} ${(await stat(path)).size}`).toBe(`${name} ${record.bytes}`);
      const sha256 = createHash('sha256')
        .update(await readFile(path))
        .digest('hex');
      expect(`${name} ${sha256}`).toBe(`${name} ${record.sha256}`);
      expect(name).toBe(`${record.id}.json`);
    }
  });

  it('have a default model for every task', async () => {
    const registry = await readRegistry(modelsDir);
    for (const task of ['denoise', 'background', 'upscale'] as const) expect(registry.defaultOf(task)).not.toBeNull();
  });
});

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
    ['a path out of the folder', { file: '../outside.onnx' }],
    ['a tiled model without tiling', { tiling: undefined }],
    ['an overlap off the grid of the net', { tiling: { tile: 512, overlap: 30, exact: true } }],
    ['a tile smaller than four overlaps', { tiling: { tile: 64, overlap: 32, exact: true } }],
  ])('refuses %s, naming the file', async (_, change) => {
    await addVariant((record) => Object.assign(record, { id: 'other', default: false }, change));
    await expect(readRegistry(folder)).rejects.toMatchObject({
      code: 'model_mismatch',
      message: 'models/registry/two.json is not a model record.',
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
