import { tiledRecord } from '../testing/network-in-code';
import { machineMemory, memoryNeeded, refuseWhatCannotFit } from './memory';
import type { ModelRecord } from './record';

const large: ModelRecord = {
  ...tiledRecord({ tile: 64, overlap: 8, exact: true }),
  id: 'large',
  memory_mb_per_megapixel: 5000,
  size: { policy: 'stretch', width: 2048, height: 2048, resample: 'bilinear' },
  files: [{ role: 'main', path: 'a.onnx', bytes: 1e9, sha256: null, md5: null, urls: [] }],
};

it('counts weights, and a run by the pixels that enter at once', () => {
  expect(memoryNeeded(large)).toBe(1e9 + 5000 * 2048 ** 2);
  expect(memoryNeeded({ ...large, memory_mb_per_megapixel: undefined })).toBeNull();
});

it('refuses what this machine cannot hold, with both figures, and nothing else', () => {
  expect(() => refuseWhatCannotFit(large, 16e9)).toThrow(
    'The model large needs about 22.0 GB for a run; this machine allows 16.0 GB.',
  );
  expect(() => refuseWhatCannotFit(large, 16e9)).toThrow(expect.objectContaining({ code: 'out_of_memory' }));
  expect(() => refuseWhatCannotFit(large, 24e9)).not.toThrow();
  expect(() => refuseWhatCannotFit({ ...large, memory_mb_per_megapixel: undefined }, 1)).not.toThrow();
});

it('counts the least of tiles that may get smaller, and all of those that may not', () => {
  const tiled = {
    ...large,
    size: { policy: 'tile', multiple: 1, tile: 512, overlap: 8, exact: true, pad: 'reflect' } as const,
  };
  expect(memoryNeeded({ ...tiled, size: { ...tiled.size, fixed: false } })).toBe(1e9 + 5000 * 128 ** 2);
  expect(memoryNeeded({ ...tiled, size: { ...tiled.size, fixed: true } })).toBe(1e9 + 5000 * 512 ** 2);
});

it('knows a positive amount of memory', () => {
  expect(machineMemory()).toBeGreaterThan(2 ** 20);
});
