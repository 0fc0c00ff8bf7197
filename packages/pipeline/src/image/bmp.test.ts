import { AppError } from '@packshot/contracts';
import { decodeBmp } from './bmp';

interface Layout {
  bitCount: number;
  compression?: number;
  palette?: number[][];
  masks?: number[];
  topDown?: boolean;
  core?: boolean;
  width?: number;
  height?: number;
}

/** A bitmap file around rows of pixels that are in file order and padded already. */
function bmp(pixels: Buffer, { bitCount, compression = 0, palette = [], masks = [], ...rest }: Layout): Buffer {
  const { topDown = false, core = false, width = 3, height = 2 } = rest;
  const info = Buffer.alloc(core ? 12 : masks.length === 4 ? 56 : 40);
  info.writeUInt32LE(info.length, 0);
  if (core) {
    info.writeUInt16LE(width, 4);
    info.writeUInt16LE(height, 6);
    info.writeUInt16LE(1, 8);
    info.writeUInt16LE(bitCount, 10);
  } else {
    info.writeInt32LE(width, 4);
    info.writeInt32LE(topDown ? -height : height, 8);
    info.writeUInt16LE(1, 12);
    info.writeUInt16LE(bitCount, 14);
    info.writeUInt32LE(compression, 16);
    info.writeUInt32LE(palette.length, 32);
  }
  const trailing = Buffer.alloc(masks.length * 4);
  masks.forEach((mask, i) => {
    if (masks.length === 4) info.writeUInt32LE(mask >>> 0, 40 + i * 4);
    else trailing.writeUInt32LE(mask >>> 0, i * 4);
  });
  const colours = Buffer.from(palette.flatMap(([r = 0, g = 0, b = 0]) => (core ? [b, g, r] : [b, g, r, 0])));
  const head = Buffer.alloc(14);
  head.write('BM');
  const tail = masks.length === 4 ? Buffer.alloc(0) : trailing;
  head.writeUInt32LE(14 + info.length + tail.length + colours.length, 10);
  return Buffer.concat([head, info, tail, colours, pixels]);
}

const red = [255, 0, 0];
const green = [0, 255, 0];
const blue = [0, 0, 255];
const grey = [128, 128, 128];
/** Three pixels a row, two rows, from the top: red green blue / grey red green. */
const expected = [red, green, blue, grey, red, green].flat();
const palette = [red, green, blue, grey];

const row24 = (...pixels: number[][]) =>
  Buffer.from([...pixels.flatMap(([r = 0, g = 0, b = 0]) => [b, g, r]), 0, 0, 0]);
const row32 = (...values: number[]) => {
  const row = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) row.writeUInt32LE(value >>> 0, i * 4);
  return row;
};
const rows16 = (...values: number[]) => Buffer.from(new Uint16Array([...values, 0]).buffer);

const files = {
  '24 bits': bmp(Buffer.concat([row24(grey, red, green), row24(red, green, blue)]), { bitCount: 24 }),
  '24 bits from the top': bmp(Buffer.concat([row24(red, green, blue), row24(grey, red, green)]), {
    bitCount: 24,
    topDown: true,
  }),
  '24 bits without the last padding': bmp(
    Buffer.concat([row24(grey, red, green), row24(red, green, blue).subarray(0, 9)]),
    { bitCount: 24 },
  ),
  '32 bits': bmp(Buffer.concat([row32(0x808080, 0xff0000, 0xff00), row32(0xff0000, 0xff00, 0xff)]), { bitCount: 32 }),
  '32 bits with masks': bmp(Buffer.concat([row32(0x80808000, 0xff00, 0xff0000), row32(0xff00, 0xff0000, 0xff000000)]), {
    bitCount: 32,
    compression: 3,
    masks: [0xff00, 0xff0000, 0xff000000],
  }),
  '8 bits': bmp(Buffer.from([3, 0, 1, 0, 0, 1, 2, 0]), { bitCount: 8, palette }),
  '8 bits with the oldest header': bmp(Buffer.from([3, 0, 1, 0, 0, 1, 2, 0]), {
    bitCount: 8,
    palette: [...palette, ...Array.from({ length: 252 }, () => [0, 0, 0])],
    core: true,
  }),
  '4 bits': bmp(Buffer.from([0x30, 0x10, 0, 0, 0x01, 0x20, 0, 0]), { bitCount: 4, palette }),
  RLE8: bmp(Buffer.from([1, 3, 0, 0, 0, 0, 0, 1]), { bitCount: 8, compression: 1, palette, width: 1, height: 1 }),
};

describe.each(Object.entries(files).filter(([name]) => name !== 'RLE8'))('a bitmap of %s', (_, file) => {
  it('has its pixels in place', () => {
    const { colour, alpha } = decodeBmp(file);
    expect([colour.width, colour.height]).toEqual([3, 2]);
    expect([...colour.data]).toEqual(expected);
    expect(alpha).toBeNull();
  });
});

it('spreads 16 bits over the whole range, five and six bits a channel', () => {
  const file = bmp(rows16(0xf800, 0x07e0, 0x001f), {
    bitCount: 16,
    compression: 3,
    masks: [0xf800, 0x07e0, 0x001f],
    height: 1,
  });
  expect([...decodeBmp(file).colour.data]).toEqual([...red, ...green, ...blue]);
});

it('reads 16 bits without masks as five bits a channel', () => {
  const file = bmp(rows16(0x7c00, 0x03e0, 0x001f), { bitCount: 16, height: 1 });
  expect([...decodeBmp(file).colour.data]).toEqual([...red, ...green, ...blue]);
});

it('reads one bit a pixel, the highest bit first', () => {
  const file = bmp(Buffer.from([0b0100_0000, 0, 0, 0]), { bitCount: 1, palette: [red, blue], height: 1 });
  expect([...decodeBmp(file).colour.data]).toEqual([...red, ...blue, ...red]);
});

describe('alpha', () => {
  const masks = [0xff0000, 0xff00, 0xff, 0xff000000];

  it('comes out of a mask for it', () => {
    const file = bmp(row32(0x80ff0000, 0xff00ff00, 0x000000ff), { bitCount: 32, compression: 3, masks, height: 1 });
    expect([...(decodeBmp(file).alpha ?? [])]).toEqual([128, 255, 0]);
  });

  it('is taken for absent when it is nought throughout', () => {
    const file = bmp(row32(0xff0000, 0xff00, 0xff), { bitCount: 32, compression: 3, masks, height: 1 });
    expect(decodeBmp(file).alpha).toBeNull();
  });
});

describe('run-length code', () => {
  it('fills runs, literals, jumps and line ends of eight bits', () => {
    const code = Buffer.from([2, 1, 0, 0, 0, 3, 0, 1, 2, 0, 0, 2, 0, 0, 0, 1]);
    const { colour } = decodeBmp(bmp(code, { bitCount: 8, compression: 1, palette }));
    expect([...colour.data]).toEqual([red, green, blue, green, green, red].flat());
  });

  it('fills both nibbles of four bits', () => {
    const code = Buffer.from([3, 0x12, 0, 0, 0, 3, 0x01, 0x20, 0, 1]);
    const { colour } = decodeBmp(bmp(code, { bitCount: 4, compression: 2, palette }));
    expect([...colour.data]).toEqual([red, green, blue, green, blue, green].flat());
  });

  it('is refused when it writes below the last row', () => {
    const code = Buffer.from([0, 0, 0, 0, 3, 1, 0, 1]);
    expect(() => decodeBmp(bmp(code, { bitCount: 8, compression: 1, palette }))).toThrow(AppError);
  });
});

describe('damage', () => {
  it.each(Object.entries(files))('cut off anywhere is corrupt_image or unsupported_format: %s', (_, file) => {
    for (let length = 0; length < file.length; length++) {
      const cut = file.subarray(0, length);
      try {
        decodeBmp(cut);
        // Only what follows the last pixel may be missing.
        expect(length).toBeGreaterThanOrEqual(file.length - 3);
      } catch (error) {
        expect((error as AppError).code).toMatch(/^(corrupt_image|unsupported_format)$/);
      }
    }
  });

  it('anywhere in the header or the pixels gives a picture of the stated size or a coded error', () => {
    let seed = 1;
    const random = (limit: number) => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return Math.floor((seed / 2 ** 32) * limit);
    };
    for (const file of Object.values(files)) {
      for (let round = 0; round < 300; round++) {
        const broken = Buffer.from(file);
        // The size is checked against the limits before a bitmap is decoded, so its high bytes stay as they are.
        for (let hits = 0; hits <= random(3); hits++) {
          const at = 10 + random(broken.length - 10);
          if (![20, 21, 24, 25].includes(at)) broken[at] = random(256);
        }
        try {
          const { colour } = decodeBmp(broken);
          expect(colour.data.length).toBe(colour.width * colour.height * 3);
        } catch (error) {
          expect((error as AppError).code).toMatch(/^(corrupt_image|unsupported_format)$/);
        }
      }
    }
  });
});
