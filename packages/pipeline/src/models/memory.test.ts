import { resolve } from 'node:path';
import { tiledRecord } from '../testing/network-in-code';
import { machineMemory, modelMemory, refuseWhatCannotFit, together } from './memory';
import type { ModelRecord } from './record';
import { readRecords } from './registry';

const large: ModelRecord = {
  ...tiledRecord({ tile: 64, overlap: 8, exact: true }),
  id: 'large',
  memory_mb_per_megapixel: 5000,
  size: { policy: 'stretch', width: 2048, height: 2048, resample: 'bilinear' },
  files: [{ role: 'main', path: 'a.onnx', bytes: 1e9, sha256: null, md5: null, urls: [] }],
};
const tiled = (fixed: boolean): ModelRecord => ({
  ...large,
  size: { policy: 'tile', multiple: 1, tile: 512, overlap: 8, exact: true, pad: 'reflect', fixed },
});

it('counts weights, and a run by the pixels that enter at once', () => {
  expect(modelMemory(large)).toEqual({ weights: 1e9, run: 5000 * 2048 ** 2 });
  expect(modelMemory(tiled(false))).toEqual({ weights: 1e9, run: 5000 * 512 ** 2 });
});

it('counts the files as they were found where their record does not know their size', () => {
  expect(modelMemory({ ...large, files: [] }, 7e8).weights).toBe(7e8);
});

it('has a figure for a run of every model that the registry carries', async () => {
  const records = await readRecords(resolve(__dirname, '../../../../models'));
  const without = records.filter((record) => record.supported && !(modelMemory(record).run > 0));
  expect(without.map(({ id }) => id)).toEqual([]);
});

it('adds up the weights of models that are loaded together, and the largest run: they take turns', () => {
  expect(together([])).toBe(0);
  expect(
    together([
      { weights: 10, run: 5 },
      { weights: 20, run: 300 },
    ]),
  ).toBe(330);
});

it('refuses what this machine cannot hold, with both figures, and nothing else', () => {
  expect(() => refuseWhatCannotFit(large, 16e9)).toThrow(
    'The model large needs about 22.0 GB for a run; this machine allows 16.0 GB.',
  );
  expect(() => refuseWhatCannotFit(large, 16e9)).toThrow(expect.objectContaining({ code: 'model_too_large' }));
  expect(() => refuseWhatCannotFit(large, 24e9)).not.toThrow();
});

it('refuses tiles that may get smaller by the smallest, and others by what they are', () => {
  const [smallest, whole] = [1e9 + 5000 * 128 ** 2, 1e9 + 5000 * 512 ** 2];
  expect(() => refuseWhatCannotFit(tiled(false), smallest)).not.toThrow();
  expect(() => refuseWhatCannotFit(tiled(false), smallest - 1)).toThrow();
  expect(() => refuseWhatCannotFit(tiled(true), whole)).not.toThrow();
  expect(() => refuseWhatCannotFit(tiled(true), whole - 1)).toThrow();
});

it('knows a positive amount of memory', () => {
  expect(machineMemory()).toBeGreaterThan(2 ** 20);
});
