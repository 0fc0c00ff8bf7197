import { createRaster, type Raster } from '../pixels';
import { unhurried } from '../pixels/matting/reference-pictures';
import { fitPicture } from './fit-picture';
import { type ModelRecord, modelRecordSchema } from './record';

/** Every pixel of the red channel tells where it is; green and blue are constant. */
function ramp(width: number, height: number): Raster {
  const raster = createRaster(width, height, 3);
  for (let i = 0; i < width * height; i++) raster.data.set([(i % width) * 10 + Math.floor(i / width), 200, 30], i * 3);
  return raster;
}

function record(size: unknown, input: Record<string, unknown> = {}): ModelRecord {
  return modelRecordSchema.parse({
    id: 'fitted',
    task: 'background',
    description: 'a test',
    architecture: 'none',
    licence: { spdx: 'Apache-2.0', commercial: true },
    files: [{ role: 'main', path: 'a.onnx', bytes: 1, sha256: '0'.repeat(64) }],
    graphs: {
      main: {
        inputs: [{ role: 'image', dims: [1, 3, 'h', 'w'], ...input }],
        outputs: [{ role: 'alpha', dims: [1, 1, 'h', 'w'] }],
      },
    },
    size,
    refine: 'guided',
  });
}

/** The red channel in steps of 8 bits, by rows. */
function red({ tensor }: Awaited<ReturnType<typeof fitPicture>>): number[][] {
  const [, , height = 0, width = 0] = tensor.dims;
  const row = (y: number) =>
    [...tensor.data.subarray(y * width, (y + 1) * width)].map((value) => Math.round(value * 255));
  return Array.from({ length: height }, (_, y) => row(y));
}

const centred = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };

it('gives a picture whole and as it is where the record says native', async () => {
  const fitted = await fitPicture(record({ policy: 'native' }), ramp(3, 2), unhurried);
  expect(red(fitted)).toEqual([
    [0, 10, 20],
    [1, 11, 21],
  ]);
  expect(fitted.tensor.dims).toEqual([1, 3, 2, 3]);
});

it('squashes it to one size, its aspect not kept', async () => {
  const { tensor, content } = await fitPicture(
    record({ policy: 'stretch', width: 2, height: 4 }),
    ramp(8, 2),
    unhurried,
  );
  expect(tensor.dims).toEqual([1, 3, 4, 2]);
  expect(content).toMatchObject({ width: 2, height: 4 });
});

it('puts it inside one size with its aspect kept, and pads with nothing', async () => {
  const fitted = await fitPicture(record({ policy: 'letterbox', width: 4, height: 4 }), ramp(4, 2), unhurried);
  expect(fitted.content).toEqual({ width: 4, height: 2 });
  expect(red(fitted)).toEqual([
    [0, 10, 20, 30],
    [1, 11, 21, 31],
    [0, 0, 0, 0],
    [0, 0, 0, 0],
  ]);
});

describe('up to a multiple', () => {
  const multiple = { policy: 'multiple', multiple: 4, most: 100 };

  it('pads right and bottom with zero after the normalisation: the grey of the mean', async () => {
    const { tensor } = await fitPicture(record({ ...multiple, pad: 'zero' }, centred), ramp(3, 3), unhurried);
    expect(tensor.dims).toEqual([1, 3, 4, 4]);
    expect([tensor.data[3], tensor.data[15]]).toEqual([0, 0]);
    expect(tensor.data[0]).toBe(-1);
  });

  it('pads with black before it', async () => {
    const size = { ...multiple, pad: 'zero', pad_after_normalisation: false };
    const { tensor } = await fitPicture(record(size, centred), ramp(3, 3), unhurried);
    expect([tensor.data[3], tensor.data[15], tensor.data[16 + 3]]).toEqual([-1, -1, -1]);
  });

  it('mirrors where the record says so, without repeating the border', async () => {
    expect(red(await fitPicture(record({ ...multiple, pad: 'reflect' }), ramp(3, 3), unhurried))).toEqual([
      [0, 10, 20, 10],
      [1, 11, 21, 11],
      [2, 12, 22, 12],
      [1, 11, 21, 11],
    ]);
  });

  it('leaves a side alone that is one already', async () => {
    expect((await fitPicture(record(multiple), ramp(4, 8), unhurried)).tensor.dims).toEqual([1, 3, 8, 4]);
  });

  it('makes a picture smaller whose long side is over the limit, and none larger', async () => {
    const size = { ...multiple, most: 8 };
    expect(await fitPicture(record(size), ramp(20, 10), unhurried)).toMatchObject({ content: { width: 8, height: 4 } });
    expect(await fitPicture(record(size), ramp(5, 3), unhurried)).toMatchObject({ content: { width: 5, height: 3 } });
  });
});

it('repeats a grey picture over the three channels', async () => {
  const grey: Raster = { width: 1, height: 1, channels: 1, data: Uint8Array.of(51) };
  const { tensor } = await fitPicture(record({ policy: 'native' }), grey, unhurried);
  expect([...tensor.data].map((value) => Math.round(value * 255))).toEqual([51, 51, 51]);
});

it('takes another filter and the largest value as the divisor, for compatibility', async () => {
  const plain = await fitPicture(record({ policy: 'stretch', width: 3, height: 3 }), ramp(6, 6), unhurried);
  const other = await fitPicture(record({ policy: 'stretch', width: 3, height: 3 }), ramp(6, 6), unhurried, {
    resample: 'lanczos',
    divideByMax: true,
  });
  expect(red(other)).not.toEqual(red(plain));
  expect(Math.max(...other.tensor.data)).toBeCloseTo(1);
});

it('takes a filter that averages nothing, for compatibility', async () => {
  const stripes: Raster = { width: 8, height: 1, channels: 1, data: Uint8Array.of(0, 255, 0, 255, 0, 255, 0, 255) };
  const size = record({ policy: 'stretch', width: 2, height: 1, resample: 'area' });
  expect(red(await fitPicture(size, stripes, unhurried))).toEqual([[128, 128]]);
  expect(red(await fitPicture(size, stripes, unhurried, { resample: 'affine' }))).toEqual([[0, 0]]);
});
