import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { imageLimits, limitsConfig } from '@packshot/contracts';
import { type Decoded, decodeImage } from './decode';
import { type Header, readHeader } from './header';
import { sharp } from './loaders';

const limits = imageLimits(limitsConfig.parse({}));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packshot-decode-'));
});
afterAll(() => rm(folder, { recursive: true }));

let files = 0;
async function decode(bytes: Buffer, keepProfile = false, allowed = limits): Promise<Decoded & { header: Header }> {
  const path = join(folder, String(++files));
  await writeFile(path, bytes);
  const header = await readHeader(path, allowed);
  return { header, ...(await decodeImage(path, header, allowed, keepProfile)) };
}

const WIDTH = 48;
const HEIGHT = 32;

/** Left to right red rises, top to bottom green rises; a blue corner at the top left tells the orientation. */
function plain(): Buffer {
  const data = Buffer.alloc(WIDTH * HEIGHT * 3);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) data.set([40 + x * 4, 40 + y * 4, x < 12 && y < 8 ? 220 : 40], (y * WIDTH + x) * 3);
  }
  return data;
}

const picture = () => sharp(plain(), { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
const mean = (a: Uint8Array, b: Uint8Array) =>
  a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] ?? 0)), 0) / a.length;

describe('orientation', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('%i shows the same picture', async (orientation) => {
    // How a camera would have stored it: what the reader has to do, backwards and one step after another.
    const turned = ({ 5: 90, 6: 270, 7: 270, 8: 90, 3: 180 } as Record<number, number>)[orientation] ?? 0;
    const rotated = sharp(await picture().rotate(turned).png().toBuffer());
    if ([2, 5, 7].includes(orientation)) rotated.flop();
    if (orientation === 4) rotated.flip();
    const stored = await rotated.png().toBuffer();
    const file = await sharp(stored).withMetadata({ orientation }).png().toBuffer();
    const { header, picture: decoded } = await decode(file);
    expect([header.width, header.height, header.orientation]).toEqual([WIDTH, HEIGHT, orientation]);
    expect(Buffer.compare(decoded.colour.data, plain())).toBe(0);
  });
});

describe('colour', () => {
  const skin = { r: 200, g: 50, b: 20 };
  const flat = (background: { r: number; g: number; b: number }) =>
    sharp({ create: { width: 8, height: 8, channels: 3, background } });

  it('of a Display P3 file is converted to sRGB', async () => {
    const { header, picture: decoded, profile } = await decode(await flat(skin).withIccProfile('p3').png().toBuffer());
    expect(header.icc).toMatch(/P3/i);
    expect(profile).toBeNull();
    for (const [i, value] of [200, 50, 20].entries()) {
      expect(Math.abs((decoded.colour.data[i] ?? 0) - value)).toBeLessThanOrEqual(1);
    }
  });

  it('of a 16-bit Display P3 file is converted to sRGB as well, and the loss of depth is said', async () => {
    const file = await flat(skin).toColourspace('rgb16').withIccProfile('p3').png().toBuffer();
    const { header, picture: decoded, notes } = await decode(file);
    expect(header.bits).toBe(16);
    expect(notes).toEqual(['16 bits a channel were reduced to 8']);
    for (const [i, value] of [200, 50, 20].entries()) {
      expect(Math.abs((decoded.colour.data[i] ?? 0) - value)).toBeLessThanOrEqual(1);
    }
  });

  it('of a Display P3 file stays in its own space when the profile is kept', async () => {
    const file = await flat(skin).withIccProfile('p3').png().toBuffer();
    const stored = await sharp(file, { ignoreIcc: true }).raw().toBuffer();
    const { picture: decoded, profile } = await decode(file, true);
    expect(Buffer.compare(decoded.colour.data, stored)).toBe(0);
    expect(profile?.equals((await sharp(file).metadata()).icc ?? Buffer.alloc(0))).toBe(true);
  });

  it('of a CMYK file becomes RGB, and its profile is not kept', async () => {
    const file = await flat(skin).toColourspace('cmyk').withIccProfile('cmyk').jpeg({ quality: 100 }).toBuffer();
    const { picture: decoded, profile, notes } = await decode(file, true);
    expect(profile).toBeNull();
    expect(notes).toEqual(['the profile of a cmyk image does not fit an RGB result; it was converted to sRGB']);
    for (const [i, value] of [200, 50, 20].entries()) {
      expect(Math.abs((decoded.colour.data[i] ?? 0) - value)).toBeLessThanOrEqual(12);
    }
  });

  it.each(['b-w', 'grey16'] as const)('of a %s file becomes RGB', async (space) => {
    const file = await flat({ r: 120, g: 120, b: 120 }).toColourspace(space).png().toBuffer();
    const { picture: decoded } = await decode(file);
    expect(decoded.colour.channels).toBe(3);
    expect(new Set(decoded.colour.data)).toEqual(new Set([120]));
  });

  it('of a palette file becomes RGB', async () => {
    const { picture: decoded } = await decode(await flat({ r: 255, g: 0, b: 0 }).png({ palette: true }).toBuffer());
    expect([...decoded.colour.data.subarray(0, 3)]).toEqual([255, 0, 0]);
  });
});

describe('transparency', () => {
  it('becomes a plane beside the colour', async () => {
    const alpha = Buffer.from(Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => i % 256));
    const file = await picture()
      .joinChannel(alpha, { raw: { width: WIDTH, height: HEIGHT, channels: 1 } })
      .png()
      .toBuffer();
    const { picture: decoded, header } = await decode(file);
    expect(header.hasAlpha).toBe(true);
    expect(Buffer.compare(decoded.colour.data, plain())).toBe(0);
    expect(Buffer.compare(decoded.alpha ?? Buffer.alloc(0), alpha)).toBe(0);
  });

  it('that hides nothing is dropped', async () => {
    expect((await decode(await picture().ensureAlpha().png().toBuffer())).picture.alpha).toBeNull();
  });
});

it.each(['jpeg', 'png', 'webp', 'tiff', 'avif', 'gif'] as const)('reads %s', async (format) => {
  const { header, picture: decoded } = await decode(await picture().toFormat(format).toBuffer());
  expect(header.format).toBe(format);
  expect([decoded.colour.width, decoded.colour.height]).toEqual([WIDTH, HEIGHT]);
  expect(mean(decoded.colour.data, plain())).toBeLessThan(12);
});

it('takes the first frame of an animation and says so', async () => {
  const frames = await Promise.all(
    [200, 10].map((r) =>
      sharp({ create: { width: 8, height: 8, channels: 3, background: { r, g: 0, b: 0 } } })
        .png()
        .toBuffer(),
    ),
  );
  const { picture: decoded, notes } = await decode(
    await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer(),
  );
  expect(notes).toEqual(['the first of 2 frames or pages was used']);
  expect([decoded.colour.height, decoded.colour.data[0]]).toEqual([8, 200]);
});

describe('a file that is refused', () => {
  const refusal = (code: string) => expect.objectContaining({ code });

  /** A PNG whose header states a size that its pixels do not have. */
  async function inflated(width: number, height: number): Promise<Buffer> {
    const file = await picture().png().toBuffer();
    file.writeUInt32BE(width, 16);
    file.writeUInt32BE(height, 20);
    file.writeUInt32BE(crc32(file.subarray(12, 29)), 29);
    return file;
  }

  function crc32(bytes: Buffer): number {
    let crc = 0xffffffff;
    for (const byte of bytes) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    }
    return (crc ^ 0xffffffff) >>> 0;
  }

  it('is empty', () => expect(decode(Buffer.alloc(0))).rejects.toEqual(refusal('empty_file')));

  it('has more bytes than allowed', async () => {
    const file = await picture().png().toBuffer();
    await expect(decode(file, false, { ...limits, maxFileBytes: 50 })).rejects.toEqual(refusal('file_too_large'));
  });

  it.each([
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'],
    ['PDF', '%PDF-1.7\n1 0 obj\n'],
    ['HEIC', '\0\0\0\x18ftypheic\0\0\0\0mif1heic'],
    ['text', 'hello'],
  ])('is %s', (_, text) => expect(decode(Buffer.from(text, 'latin1'))).rejects.toEqual(refusal('unsupported_format')));

  it.each([
    [20_000, 10],
    [12_000, 12_000],
    [100_000, 100_000],
  ])('says it has %i x %i pixels, by its header alone', async (width, height) => {
    await expect(decode(await inflated(width, height))).rejects.toEqual(refusal('image_too_large'));
  });

  it('says it has more pixels than it holds', async () => {
    await expect(decode(await inflated(3000, 3000))).rejects.toEqual(refusal('corrupt_image'));
  });

  it('is a bitmap of four thousand megapixels in 60 bytes', async () => {
    const file = Buffer.alloc(60);
    file.write('BM');
    file.writeUInt32LE(54, 10);
    file.writeUInt32LE(40, 14);
    file.writeInt32LE(65_535, 18);
    file.writeInt32LE(65_535, 22);
    file.writeUInt16LE(24, 28);
    await expect(decode(file)).rejects.toEqual(refusal('image_too_large'));
  });

  it.each(['jpeg', 'png', 'webp', 'tiff', 'avif', 'gif'] as const)('is a cut-off %s', async (format) => {
    const file = await picture().toFormat(format).toBuffer();
    for (const share of [0.3, 0.6, 0.9]) {
      const cut = file.subarray(0, Math.floor(file.length * share));
      await expect(decode(cut)).rejects.toEqual(refusal('corrupt_image'));
    }
  });
});
