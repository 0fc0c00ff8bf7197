import { networkInCode, tiledRecord } from '../testing/network-in-code';
import { modelCosts } from './model-costs';
import type { ModelRecord } from './record';

const tiled = { ...tiledRecord({ tile: 256, overlap: 32, exact: true }), gmacs_per_megapixel: 100 };
const record = (id: string, change: Partial<ModelRecord>): ModelRecord => ({ ...tiled, id, ...change });
const network = (of: ModelRecord, seconds: number) => ({
  ...networkInCode(of, ([input]) => input ?? { data: new Float32Array(), dims: [] }),
  seconds,
  inputPixels: 250_000,
});

it('takes what was timed as timed, and counts what tiles share twice', () => {
  const { code } = modelCosts([network(tiled, 0.5)], [tiled]);
  expect(code).toEqual({ scale: 1, perMegapixel: (2 * 256 ** 2) / 192 ** 2 });
});

it('works the others out by the slowest rate of this machine', () => {
  const whole = record('whole', {
    gmacs_per_megapixel: 1000,
    size: { policy: 'stretch', width: 1000, height: 2000, resample: 'bilinear' },
  });
  const loaded = [network(tiled, 0.5), network(record('slower', {}), 1)];
  expect(modelCosts(loaded, [whole])).toEqual({ whole: { scale: 1, perPicture: 80 } });
});

it('leaves out what nothing is known of', () => {
  const silent = record('silent', { gmacs_per_megapixel: undefined });
  expect(modelCosts([network(tiled, 0.5)], [silent])).toEqual({});
  expect(modelCosts([], [tiled])).toEqual({});
});
