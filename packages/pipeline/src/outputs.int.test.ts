import { readFile, writeFile } from 'node:fs/promises';
import type { PipelineRequest } from '@packshot/contracts';
import { createProductShot } from './bench/product-shot';
import { sharp } from './image/loaders';
import { createScratch } from './testing/scratch';

const [WIDTH, HEIGHT] = [120, 160];
const { photo, mask } = createProductShot(WIDTH, HEIGHT);

const scratch = createScratch();
const { run, write, pixels } = scratch;
let cutOut: string;
beforeAll(async () => {
  await scratch.start();
  cutOut = await write(photo, mask);
});
afterAll(() => scratch.close());

/** Files of a ZIP that compresses none of them, by its central directory (APPNOTE 4.3.12). */
function unzip(zip: Buffer): Record<string, Buffer> {
  const files: Record<string, Buffer> = {};
  for (let at = zip.indexOf('PK\x01\x02', 0, 'latin1'); zip.toString('latin1', at, at + 4) === 'PK\x01\x02'; ) {
    const [bytes, nameBytes] = [zip.readUInt32LE(at + 24), zip.readUInt16LE(at + 28)];
    const header = zip.readUInt32LE(at + 42);
    const from = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28);
    files[zip.toString('latin1', at + 46, at + 46 + nameBytes)] = zip.subarray(from, from + bytes);
    at += 46 + nameBytes + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return files;
}

const alphaOf = (file: string | Buffer) => sharp(file).extractChannel(3).raw().toBuffer();

describe('a ZIP', () => {
  it('holds the colours as they are under the transparency, and the alpha', async () => {
    const { report } = await run(cutOut, { output: { format: 'zip' } });
    expect(report.result).toMatchObject({ content_type: 'application/zip', width: WIDTH, height: HEIGHT });
    const files = unzip(await readFile(report.result.path));
    expect(Object.keys(files)).toEqual(['color.jpg', 'alpha.png']);
    const colour = await sharp(files['color.jpg']).raw().toBuffer();
    const off = colour.reduce((sum, value, i) => sum + Math.abs(value - (photo.data[i] ?? 0)), 0) / colour.length;
    expect(off).toBeLessThan(2);
    expect(await sharp(files['alpha.png']).extractChannel(0).raw().toBuffer()).toEqual(Buffer.from(mask));
  });

  it('of an opaque picture has an alpha that hides nothing, and the same picture makes the same file', async () => {
    const opaque = await write(photo);
    const [one, other] = [
      await run(opaque, { output: { format: 'zip' } }),
      await run(opaque, { output: { format: 'zip' } }),
    ];
    const { 'alpha.png': alpha } = unzip(await readFile(one.report.result.path));
    expect((await sharp(alpha).raw().toBuffer()).every((value) => value === 255)).toBe(true);
    expect(other.report.result.sha256).toBe(one.report.result.sha256);
  });
});

it('a TIFF is the picture to the bit', async () => {
  const { report } = await run(cutOut, { output: { format: 'tiff' } });
  expect(report.result.content_type).toBe('image/tiff');
  expect(await alphaOf(report.result.path)).toEqual(Buffer.from(mask));
});

describe('the alpha alone', () => {
  it.each(['auto', 'png', 'webp'] as const)('is a grey picture as %s', async (format) => {
    const { report } = await run(cutOut, { output: { channels: 'alpha', format, quality: 100 } });
    expect(report.result.content_type).toBe(format === 'webp' ? 'image/webp' : 'image/png');
    const grey = await sharp(report.result.path).extractChannel(0).raw().toBuffer();
    expect(grey.every((value, i) => Math.abs(value - (mask[i] ?? 0)) <= (format === 'webp' ? 40 : 0))).toBe(true);
  });

  it('of a picture that has none is refused', async () => {
    await expect(run(await write(photo), { output: { channels: 'alpha' } })).rejects.toMatchObject({
      code: 'no_cut_out',
    });
  });
});

describe('beside a composed result', () => {
  const request = {
    compose: { background: { color: '#204060' }, crop: true, margin: 10, canvas: { width: 700, height: 900 } },
    output: { also: ['cutout', 'preview'] },
  } as const satisfies PipelineRequest;

  it('are the product as it was before, a small picture of it after, and its mask on the canvas', async () => {
    const { report } = await run(cutOut, request);
    expect(report.result).toMatchObject({ content_type: 'image/jpeg', width: 700, height: 900 });
    const { cutout, preview } = report.also;
    expect(cutout).toMatchObject({ content_type: 'image/png', width: WIDTH, height: HEIGHT });
    expect(await alphaOf(cutout?.path ?? '')).toEqual(Buffer.from(mask));
    expect(preview).toMatchObject({ content_type: 'image/jpeg', width: 398, height: 512 });
    expect([...(await pixels(preview?.path ?? '')).subarray(0, 3)].map((value) => Math.round(value / 16))).toEqual([
      2, 4, 6,
    ]);
    expect(report.mask).toMatchObject({ width: 700, height: 900 });
  });

  it('it is told where the product lies in it', async () => {
    const { subject } = (await run(cutOut, request)).report;
    expect(subject?.left).toBeGreaterThanOrEqual(10);
    expect(subject && subject.left + subject.width).toBeLessThanOrEqual(690);
    expect(Math.max((subject?.width ?? 0) / 680, (subject?.height ?? 0) / 880)).toBeGreaterThan(0.98);
  });

  it('there is no cut-out for sandbox keys, and a note says so', async () => {
    const { report } = await run(cutOut, request, { watermark: true });
    expect(report.also.cutout).toBeUndefined();
    expect(report.notes).toContainEqual(expect.stringMatching(/^there is no cut-out beside the result/));
  });
});

describe('between the stages', () => {
  const request = {
    contrast: true,
    upscale: 'auto',
    compose: { background: { color: '#204060' }, crop: true, canvas: { width: 2000, height: 1000 } },
    output: { also: ['stages'] },
  } as const satisfies PipelineRequest;

  it('the picture is kept as each that ran has left it, but the last, whose picture is the result', async () => {
    const { report } = await run(cutOut, request);
    expect(report.stages.map(({ name }) => name)).toEqual(['contrast', 'upscale', 'compose']);
    const ran = report.stages.slice(0, -1).filter(({ skipped }) => skipped === null);
    expect(Object.keys(report.also)).toEqual(ran.map(({ name }) => `after_${name}`));
    const { after_contrast } = report.also;
    expect(after_contrast).toMatchObject({ content_type: 'image/webp', width: WIDTH, height: HEIGHT });
    expect(await alphaOf(after_contrast?.path ?? '')).toEqual(Buffer.from(mask));
    const before = await pixels(cutOut);
    const after = await pixels(after_contrast?.path ?? '');
    expect(after.some((value, i) => Math.abs(value - (before[i] ?? 0)) > 16)).toBe(true);
  });

  it('it carries the watermark of sandbox keys, and is not kept unless it is asked for', async () => {
    const { after_contrast: marked } = (await run(cutOut, request, { watermark: true })).report.also;
    expect(await alphaOf(marked?.path ?? '')).not.toEqual(Buffer.from(mask));
    expect((await run(cutOut, { ...request, output: {} })).report.also).toEqual({});
  });
});

it('the stages tell that the picture was composed, and how long it took', async () => {
  const { report, fractions } = await run(cutOut, { contrast: true, compose: { crop: true } });
  expect(report.stages.map(({ name, model, skipped }) => [name, model, skipped])).toEqual([
    ['contrast', null, null],
    ['compose', null, null],
  ]);
  expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
});

describe('composing', () => {
  it('is refused where nothing is cut out, before any work', async () => {
    await expect(run(await write(photo), { compose: true })).rejects.toMatchObject({ code: 'no_cut_out' });
  });

  it('under auto is skipped there', async () => {
    const { report } = await run(await write(photo), { compose: 'auto' });
    expect(report.stages).toMatchObject([{ name: 'compose', skipped: 'nothing was cut out' }]);
  });

  it('before a picture takes any format that items may have, and refuses the rest', async () => {
    const pipeline = { compose: { background: { image: { url: 'https://shop.example/b' } } } } as const;
    const background = (path: string) => run(cutOut, pipeline, { backgroundPath: path });
    const bmp = scratch.path('b.bmp');
    await writeFile(bmp, bmpOf([30, 60, 90]));
    const { report } = await background(bmp);
    expect([...(await pixels(report.result.path)).subarray(0, 3)].map((value) => Math.round(value / 10))).toEqual([
      3, 6, 9,
    ]);
    await expect(background(__filename)).rejects.toMatchObject({ code: 'unsupported_format' });
  });
});

/** Two by two pixels of one colour, 24 bits. */
function bmpOf([red, green, blue]: [number, number, number]): Buffer {
  const file = Buffer.alloc(54 + 16);
  file.write('BM', 'latin1');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(2, 18);
  file.writeInt32LE(2, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  for (const at of [54, 57, 62, 65]) file.set([blue, green, red], at);
  return file;
}
