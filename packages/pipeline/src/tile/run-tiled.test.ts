import { AppError } from '@packshot/contracts';
import type { Network } from '../models/network';
import { createRaster, type Raster } from '../pixels';
import type { Tensor } from '../runtime/session';
import { networkInCode, tiledRecord } from '../testing/network-in-code';
import { runTiled } from './run-tiled';

/** A tiled network in plain code. `compute` gets Float32 CHW values 0..1 of a window and answers as a graph would. */
function network(
  compute: (input: Tensor) => Float32Array<ArrayBuffer>,
  options: { scale?: 1 | 2; tile?: number; overlap?: number; exact?: boolean; fixed?: boolean } = {},
): Network & { sides: number[] } {
  const { scale = 1, tile = 128, overlap = 16, exact = true, fixed = false } = options;
  const sides: number[] = [];
  const run = ([input]: Tensor[]) => {
    if (input === undefined) throw new Error('no input');
    const [, , height = 0, width = 0] = input.dims;
    sides.push(Math.max(height, width));
    return { data: compute(input), dims: [1, 3, height * scale, width * scale] };
  };
  return { ...networkInCode(tiledRecord({ tile, overlap, exact, fixed }, { scale }), run), sides };
}

const identity = (input: Tensor) => Float32Array.from(input.data);

/** The mean over a neighbourhood of `radius` pixels in a row, zero beyond the window: what a convolution does. */
function smear(radius: number) {
  return ({ data, dims }: Tensor) => {
    const width = dims[3] ?? 0;
    return Float32Array.from(data, (_, i) => {
      const x = i % width;
      let sum = 0;
      for (let dx = -radius; dx <= radius; dx++) if (x + dx >= 0 && x + dx < width) sum += data[i + dx] ?? 0;
      return sum / (2 * radius + 1);
    });
  };
}

function enlarge({ data, dims }: Tensor): Float32Array<ArrayBuffer> {
  const [, channels = 0, height = 0, width = 0] = dims;
  const out = new Float32Array(channels * height * width * 4);
  for (let i = 0; i < out.length; i++) {
    const x = i % (2 * width);
    const row = Math.floor(i / (2 * width));
    out[i] = data[(row >> 1) * width + (x >> 1)] ?? 0;
  }
  return out;
}

function picture(width: number, height: number): Raster {
  const raster = createRaster(width, height, 3);
  for (let i = 0; i < raster.data.length; i++) raster.data[i] = Math.imul(i + 1, 2654435761) >>> 24;
  return raster;
}

const options = () => ({ signal: new AbortController().signal, progress: () => undefined, note: () => undefined });
const sizes = [
  [1, 1],
  [1, 300],
  [2, 3],
  [7, 9],
  [96, 97],
  [128, 128],
  [129, 250],
  [333, 131],
] as const;

describe.each(sizes)('a picture of %i x %i', (width, height) => {
  it('comes back unchanged from a network that changes nothing, in place', async () => {
    const source = picture(width, height);
    const before = Uint8Array.from(source.data);
    await runTiled(network(identity), source, source, options());
    expect(Buffer.compare(source.data, before)).toBe(0);
  });

  it('comes back unchanged from feathered tiles as well', async () => {
    const source = picture(width, height);
    const before = Uint8Array.from(source.data);
    await runTiled(network(identity, { exact: false }), source, source, options());
    expect(Buffer.compare(source.data, before)).toBe(0);
  });

  it('comes back unchanged from tiles of one fixed size', async () => {
    const source = picture(width, height);
    const before = Uint8Array.from(source.data);
    const counted = network(identity, { exact: false, fixed: true });
    await runTiled(counted, source, source, options());
    expect(Buffer.compare(source.data, before)).toBe(0);
    const side = (length: number) => Math.min(128, Math.ceil(length / 8) * 8);
    expect(new Set(counted.sides)).toEqual(new Set([Math.max(side(width), side(height))]));
  });

  it.each([true, false])(
    'comes back unchanged from tiles of one shape, which all runs have (fixed: %s)',
    async (fixed) => {
      const source = picture(width, height);
      const before = Uint8Array.from(source.data);
      const shapes = new Set<string>();
      const noted = (input: Tensor) => {
        shapes.add(input.dims.join());
        return identity(input);
      };
      const compiled = { ...network(noted, { exact: !fixed, fixed }), oneShape: true };
      await runTiled(compiled, source, source, options());
      expect(Buffer.compare(source.data, before)).toBe(0);
      expect(shapes).toEqual(new Set(['1,3,128,128']));
    },
  );

  it('has every pixel in its place when an enlargement is halved again', async () => {
    const source = picture(width, height);
    const target = createRaster(width, height, 3);
    await runTiled(network(enlarge, { scale: 2 }), source, target, { ...options(), reduce: 2 });
    expect(Buffer.compare(target.data, source.data)).toBe(0);
  });

  it('is the same in small tiles as in one large one', async () => {
    const [whole, tiled] = [picture(width, height), picture(width, height)];
    await runTiled(network(smear(12), { tile: 512 }), whole, whole, options());
    await runTiled(network(smear(12)), tiled, tiled, options());
    expect(Buffer.compare(tiled.data, whole.data)).toBe(0);
  });

  it('has every pixel in its place after an enlargement', async () => {
    const source = picture(width, height);
    const target = createRaster(width * 2, height * 2, 3);
    await runTiled(network(enlarge, { scale: 2 }), source, target, options());
    for (let y = 0; y < height * 2; y++) {
      for (let x = 0; x < width * 2 * 3; x++) {
        const from = ((y >> 1) * width + (Math.floor(x / 3) >> 1)) * 3 + (x % 3);
        if (target.data[y * width * 6 + x] !== source.data[from]) throw new Error(`pixel ${x / 3},${y}`);
      }
    }
  });
});

it('weighs the answer against the picture by strength', async () => {
  const source = createRaster(200, 150, 3);
  source.data.fill(100);
  await runTiled(
    network(({ data }) => data.map(() => 200 / 255)),
    source,
    source,
    { ...options(), strength: 0.25 },
  );
  expect(new Set(source.data)).toEqual(new Set([125]));
});

it('clips what a network answers beyond black and white', async () => {
  const source = picture(40, 30);
  await runTiled(
    network(({ data }) => data.map((value) => (value < 0.5 ? -3 : 7))),
    source,
    source,
    options(),
  );
  expect(new Set(source.data)).toEqual(new Set([0, 255]));
});

describe('when memory runs out', () => {
  const limited = (largest: number) => (input: Tensor) => {
    if (Math.max(...input.dims.slice(2)) > largest) throw new AppError('out_of_memory');
    return smear(12)(input);
  };

  it('gives the same picture from smaller tiles, and says so once', async () => {
    const [whole, tiled] = [picture(700, 300), picture(700, 300)];
    const notes: string[] = [];
    await runTiled(network(smear(12), { tile: 512 }), whole, whole, options());
    const small = network(limited(128), { tile: 512 });
    await runTiled(small, tiled, tiled, { ...options(), note: (text) => notes.push(text) });
    expect(Buffer.compare(tiled.data, whole.data)).toBe(0);
    expect(notes).toEqual([
      'tiles of 512 pixels did not fit into memory; 256 were used',
      'tiles of 256 pixels did not fit into memory; 128 were used',
    ]);
  });

  it('fails with out_of_memory where tiles have one size only: smaller ones would answer otherwise', async () => {
    const source = picture(300, 300);
    const fixed = network(limited(64), { exact: false, fixed: true });
    await expect(runTiled(fixed, source, source, options())).rejects.toMatchObject({ code: 'out_of_memory' });
    expect(new Set(fixed.sides)).toEqual(new Set([128]));
  });

  it('fails with out_of_memory when the smallest tile does not fit either', async () => {
    const source = picture(300, 300);
    await expect(runTiled(network(limited(64)), source, source, options())).rejects.toMatchObject({
      code: 'out_of_memory',
      retryable: true,
    });
  });
});

it('stops between tiles when it is told to', async () => {
  const controller = new AbortController();
  const source = picture(600, 600);
  const counted = network((input) => {
    if (counted.sides.length === 3) controller.abort(new AppError('canceled'));
    return identity(input);
  });
  const run = runTiled(counted, source, source, { ...options(), signal: controller.signal });
  await expect(run).rejects.toMatchObject({ code: 'canceled' });
  expect(counted.sides.length).toBeLessThanOrEqual(5);
});

it('reports progress that rises to one', async () => {
  const seen: number[] = [];
  const source = picture(300, 300);
  await runTiled(network(identity), source, source, { ...options(), progress: (fraction) => seen.push(fraction) });
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(seen.at(-1)).toBe(1);
});
