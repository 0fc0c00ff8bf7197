import { createPlane, createRaster, type Plane, type Raster } from '../pixels';
import type { Tensor } from '../runtime/session';
import { networkInCode, recordInCode } from '../testing/network-in-code';
import { removeShadow } from './remove-shadow';

const signal = new AbortController().signal;
const DEPTH = 0.5;

function record(size: object, range: 1 | 255 = 1) {
  const main = {
    // The mask first: an order that no code may take for granted.
    inputs: [
      { role: 'mask', name: 'mask', dims: [1, 1, 'h', 'w'] },
      { role: 'image', name: 'input', dims: [1, 3, 'h', 'w'], range },
    ],
    outputs: [{ role: 'image', name: 'output', dims: [1, 3, 'H', 'W'] }],
  };
  return recordInCode('shadow', main, { size });
}

const LETTERBOX = { policy: 'letterbox', width: 160, height: 120, pad: 'reflect' };
const MULTIPLE = { policy: 'multiple', multiple: 80, most: 160, pad: 'reflect', pad_after_normalisation: false };

/** A textured ground whose right half lies in shadow, and where that is. */
function scene(width: number, height: number): { photo: Raster; lit: Raster; mask: Plane } {
  const [photo, lit] = [createRaster(width, height, 3), createRaster(width, height, 3)];
  const mask = createPlane(64, 48);
  for (let y = 0; y < 48; y++) for (let x = 32; x < 64; x++) mask.data[y * 64 + x] = 1;
  for (let i = 0; i < width * height; i++) {
    const x = i % width;
    const texture = 150 + (((x * 7 + Math.trunc(i / width) * 13) % 11) - 5) * 4;
    for (let channel = 0; channel < 3; channel++) {
      lit.data[3 * i + channel] = texture + 10 * channel;
      photo.data[3 * i + channel] = Math.round((texture + 10 * channel) * (x >= width / 2 ? 1 - DEPTH : 1));
    }
  }
  return { photo, lit, mask };
}

/** What an ideal network answers: the marked part lit again. */
function ideal([mask, image]: Tensor[]): Tensor {
  if (mask === undefined || image === undefined) throw new Error('two inputs are expected');
  const pixels = mask.data.length;
  const data = image.data.map((value, i) => ((mask.data[i % pixels] as number) > 0.5 ? value / (1 - DEPTH) : value));
  return { data, dims: image.dims };
}

function meanDifference(a: Raster, b: Raster, from: number, to: number): number {
  let [sum, count] = [0, 0];
  for (let i = 0; i < a.width * a.height; i++) {
    const x = i % a.width;
    if (x < from || x >= to) continue;
    sum += Math.abs((a.data[3 * i] as number) - (b.data[3 * i] as number));
    count++;
  }
  return sum / count;
}

describe.each([
  ['of a fixed size', LETTERBOX, 1],
  ['of a multiple', MULTIPLE, 1],
  ['that counts to 255', LETTERBOX, 255],
] as const)('a shadow removed by a network %s', (_, size, range) => {
  it.each([
    ['landscape', 400, 300],
    ['portrait', 260, 420],
  ])('leaves the lit picture with all its texture: %s', async (_, width, height) => {
    const { photo, lit, mask } = scene(width, height);
    await removeShadow(networkInCode(record(size, range), ideal), photo, mask, { strength: 1, signal });
    expect(meanDifference(photo, lit, width / 2 + 20, width)).toBeLessThan(4);
  });
});

describe('removing a shadow', () => {
  const network = networkInCode(record(LETTERBOX), ideal);

  it('leaves alone what is not marked, whatever the network answers there', async () => {
    const { photo, lit, mask } = scene(400, 300);
    const wild = networkInCode(record(LETTERBOX), ([, image]) => {
      if (image === undefined) throw new Error('two inputs are expected');
      return { ...image, data: image.data.map(() => 1) };
    });
    await removeShadow(wild, photo, mask, { strength: 1, signal });
    expect(meanDifference(photo, lit, 0, 120)).toBe(0);
  });

  it('goes half the way at half the strength', async () => {
    const { photo, lit, mask } = scene(400, 300);
    const before = meanDifference(photo, lit, 240, 400);
    await removeShadow(network, photo, mask, { strength: 0.5, signal });
    const after = meanDifference(photo, lit, 240, 400);
    expect(after / before).toBeGreaterThan(0.4);
    expect(after / before).toBeLessThan(0.6);
  });

  it('gives the network a mask of 1 in the shadow and 0 far from it, mirrored into the padding', async () => {
    const { photo, mask } = scene(400, 240);
    let seen: Tensor | undefined;
    const looking = networkInCode(record(LETTERBOX), (inputs) => {
      seen = inputs[0] && { ...inputs[0], data: inputs[0].data.slice() };
      return ideal(inputs);
    });
    await removeShadow(looking, photo, mask, { strength: 1, signal });
    expect(seen?.dims).toEqual([1, 1, 120, 160]);
    expect(seen?.data[60 * 160 + 130]).toBeCloseTo(1, 3);
    expect(seen?.data[60 * 160 + 10]).toBe(0);
    // The picture fills 96 of the 120 rows.
    expect(seen?.data[110 * 160 + 130]).toBeCloseTo(1, 3);
  });

  it('can be stopped', async () => {
    const { photo, mask } = scene(400, 300);
    const aborted = AbortSignal.abort(new Error('enough'));
    await expect(removeShadow(network, photo, mask, { strength: 1, signal: aborted })).rejects.toThrow('enough');
  });
});
