import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import sharp from 'sharp';
import { compareImages, expectGolden } from './golden';
import { fromRaw, type RawImage } from './raw-image';
import { repositoryRoot } from './repository-root';
import { renderScene } from './scene';

const EXACT = { maxDifference: 0, meanDifference: 0 };
const { photo } = renderScene({ width: 40, height: 30 });

function altered(image: RawImage, index: number, by: number): RawImage {
  const data = image.data.slice();
  data[index] = (data[index] ?? 0) + by;
  return { ...image, data };
}

describe('comparing images', () => {
  test('finds one sample that is off, and says where', () => {
    const sample = (12 * 40 + 7) * 3 + 1;
    expect(compareImages(altered(photo, sample, -5), photo, EXACT)).toMatch(/up to 5 levels.*channel 1 of \(7, 12\)/);
    expect(compareImages(altered(photo, sample, -5), photo, { maxDifference: 5, meanDifference: 1 })).toBeNull();
  });

  test('finds a faint difference everywhere, which no single pixel shows', () => {
    const shifted = { ...photo, data: photo.data.map((value) => value - 2) };
    expect(compareImages(shifted, photo, { maxDifference: 3, meanDifference: 1 })).toMatch(/2\.000 on average/);
  });

  test('looks at size and channels first', () => {
    expect(compareImages({ ...photo, width: 30, height: 40 }, photo, EXACT)).toMatch(/30x40.*40x30/);
    expect(compareImages({ ...photo, channels: 1 }, photo, EXACT)).toMatch(/1 channels.*3 channels/);
  });

  test('has no eye for the colour of what is fully transparent', () => {
    const pixel = (r: number, alpha: number): RawImage => ({
      data: new Uint8Array([r, 0, 0, alpha]),
      width: 1,
      height: 1,
      channels: 4,
    });
    expect(compareImages(pixel(10, 0), pixel(200, 0), EXACT)).toBeNull();
    expect(compareImages(pixel(10, 1), pixel(200, 0), EXACT)).not.toBeNull();
  });
});

describe('a golden image', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'golden-'));
  });
  afterEach(async () => {
    delete process.env.UPDATE_GOLDEN;
    await rm(folder, { recursive: true });
  });

  test('that is missing fails, and is written on request', async () => {
    const path = join(folder, 'scene.png');
    await expect(expectGolden(photo, path, EXACT)).rejects.toThrow(/UPDATE_GOLDEN/);
    process.env.UPDATE_GOLDEN = '1';
    await expectGolden(photo, path, EXACT);
    delete process.env.UPDATE_GOLDEN;
    await expectGolden(photo, path, EXACT);
    await expectGolden(await fromRaw(photo).webp({ lossless: true }).toBuffer(), path, EXACT);
  });

  test('that is missed leaves what was made, what was wanted and the difference', async () => {
    const path = join(folder, `${basename(folder)}.png`);
    process.env.UPDATE_GOLDEN = '1';
    await expectGolden(photo, path, EXACT);
    delete process.env.UPDATE_GOLDEN;
    await expect(expectGolden(altered(photo, 0, -9), path, EXACT)).rejects.toThrow(/up to 9 levels/);
    const evidence = ['actual', 'expected', 'difference'].map((kind) =>
      join(repositoryRoot(), 'test-output', `${basename(folder)}.${kind}.png`),
    );
    expect(evidence.every((file) => existsSync(file))).toBe(true);
    const difference = await sharp(await readFile(evidence[2] ?? ''))
      .raw()
      .toBuffer();
    expect([difference[0], difference[3]]).toEqual([144, 0]);
    await Promise.all(evidence.map((file) => rm(file)));
  });
});
