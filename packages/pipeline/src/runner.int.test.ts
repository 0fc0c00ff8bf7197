import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PipelineRequest } from '@packshot/contracts';
import { expectGolden } from '@packshot/testing';
import { createProductShot } from './bench/product-shot';
import { sharp } from './image/loaders';
import { writeTiffSpool } from './image/tiff-spool';
import type { Runner } from './runner';
import { createScratch } from './testing/scratch';

const scratch = createScratch();
const { write, run, pixels } = scratch;
let runner: Runner;
beforeAll(async () => {
  runner = await scratch.start();
});
afterAll(() => scratch.close());

const error = (a: Uint8Array, b: Uint8Array) =>
  Math.sqrt(a.reduce((sum, v, i) => sum + (v - (b[i] ?? 0)) ** 2, 0) / a.length);

describe('a noisy product shot through all four stages', () => {
  const { photo, mask } = createProductShot(300, 400, 12);
  let result: Awaited<ReturnType<typeof run>>;
  beforeAll(async () => {
    result = await run(await write(photo), { denoise: true, shadow: true, background: true, upscale: { scale: 2 } });
  });

  it('is a PNG of twice the size with its mask and its provenance beside it', async () => {
    const { report, outputDir } = result;
    expect(report.result).toMatchObject({ content_type: 'image/png', width: 600, height: 800 });
    expect(report.mask).toMatchObject({ content_type: 'image/png', width: 600, height: 800 });
    const written = await sharp(report.result.path).metadata();
    expect([written.width, written.height, written.channels]).toEqual([600, 800, 4]);
    expect((await sharp(report.mask?.path).metadata()).channels).toBe(1);
    const provenance = JSON.parse(await readFile(join(outputDir, 'result.json'), 'utf8'));
    expect(provenance).toMatchObject({
      result: { sha256: report.result.sha256 },
      pipeline: { upscale: { scale: 2 } },
      versions: { provider: 'cpu', onnxruntime: runner.info().onnxruntime },
    });
    expect(JSON.stringify(provenance)).not.toContain(scratch.folder());
  });

  it('names the stages in their order, each with its model and provider', () => {
    expect(result.report.stages.map(({ name, model, provider, skipped }) => [name, model, provider, skipped])).toEqual([
      ['denoise', 'compact-denoise', 'cpu', null],
      ['shadow', null, null, null],
      ['background', 'compact-cutout', 'cpu', null],
      ['upscale', 'compact-upscale-int8', 'cpu', null],
    ]);
    expect(result.report.models.map(({ id }) => id)).toEqual([
      'compact-denoise',
      'compact-cutout',
      'compact-upscale-int8',
    ]);
  });

  it('says how sure it is of the cut-out, and of nothing else', () => {
    const confidences = result.report.stages.map(({ confidence }) => confidence);
    expect(confidences).toEqual([undefined, undefined, expect.any(Number), undefined]);
    expect(confidences[2]).toBeGreaterThan(0);
    expect(confidences[2]).toBeLessThanOrEqual(1);
  });

  it('shows the product and hides the backdrop', async () => {
    const alpha = await sharp(result.report.mask?.path).extractChannel(0).raw().toBuffer();
    let [both, either] = [0, 0];
    for (let y = 0; y < 800; y++) {
      for (let x = 0; x < 600; x++) {
        const found = (alpha[y * 600 + x] ?? 0) > 127;
        const truth = mask[(y >> 1) * 300 + (x >> 1)] === 255;
        if (found && truth) both++;
        if (found || truth) either++;
      }
    }
    expect(both / either).toBeGreaterThan(0.95);
  });

  it('looks as it did', async () => {
    const golden = join(__dirname, '../fixtures/product-shot-result.png');
    // Arithmetic differs in the last bits from processor to processor, and an edge pixel may follow.
    await expectGolden(await readFile(result.report.result.path), golden, { maxDifference: 48, meanDifference: 0.5 });
  });

  it('tells progress that rises from nothing to one', () => {
    expect(result.fractions[0]).toBe(0);
    expect(result.fractions).toEqual([...result.fractions].sort((a, b) => a - b));
    expect(result.fractions.at(-1)).toBe(1);
  });
});

describe('denoise', () => {
  it('brings a noisy picture nearer to the clean one', async () => {
    const clean = createProductShot(300, 220).photo;
    const noisy = createProductShot(300, 220, 12).photo;
    const { report } = await run(await write(noisy), { denoise: true, output: { format: 'png' } });
    expect(error(await pixels(report.result.path), clean.data)).toBeLessThan(error(noisy.data, clean.data) / 2);
  });

  it('under auto leaves a clean picture alone and says by what figure', async () => {
    const { photo } = createProductShot(300, 220);
    const { report } = await run(await write(photo), { denoise: 'auto', output: { format: 'png' } });
    expect(report.stages[0]?.skipped).toMatch(/hardly any noise \(sigma \d\.\d\d of 255\)/);
    expect(Buffer.compare(await pixels(report.result.path), photo.data)).toBe(0);
  });
});

describe('the size', () => {
  it.each([
    [1, 1],
    [7, 5],
    [65, 130],
  ])('of a %i x %i picture stays, or doubles, or is four times as large', async (w, h) => {
    const path = await write(createProductShot(w, h).photo);
    const same = await run(path, { denoise: true, background: true });
    expect(same.report.result).toMatchObject({ width: w, height: h });
    expect((await run(path, { upscale: true })).report.result).toMatchObject({ width: 2 * w, height: 2 * h });
    expect((await run(path, { upscale: { scale: 4 } })).report.result).toMatchObject({ width: 4 * w, height: 4 * h });
  });

  it('of a result is refused before any work when the format cannot hold it', async () => {
    const path = await write(createProductShot(9000, 2).photo);
    await expect(run(path, { upscale: true, output: { format: 'webp' } })).rejects.toMatchObject({
      code: 'output_too_large',
    });
  });

  it('of a result is refused before any work when it has more pixels than allowed', async () => {
    const path = scratch.path('large.png');
    const create = { width: 8000, height: 6500, channels: 3 as const, background: '#888888' };
    await sharp({ create }).toColourspace('b-w').png({ compressionLevel: 1 }).toFile(path);
    await expect(run(path, { upscale: true })).rejects.toMatchObject({
      code: 'output_too_large',
      message: 'The result would have 208 megapixels; 200 are allowed.',
    });
  });
});

describe('transparency of the input', () => {
  const { photo } = createProductShot(120, 160);
  const half = new Uint8Array(120 * 160).map((_, i) => (i % 120 < 60 ? 0 : 255));

  it('is kept where the background is not asked for', async () => {
    const { report } = await run(await write(photo, half), { output: { format: 'png' } });
    expect(Buffer.compare(await sharp(report.result.path).extractChannel(3).raw().toBuffer(), half)).toBe(0);
  });

  it('makes an automatic cut-out needless', async () => {
    const { report } = await run(await write(photo, half), { background: 'auto' });
    expect(report.stages[0]?.skipped).toBe('50 % of the input is transparent already');
    expect(report.mask).not.toBeNull();
  });

  it('is never undone by a cut-out', async () => {
    const { report } = await run(await write(photo, half), { background: true });
    const alpha = await sharp(report.result.path).extractChannel(3).raw().toBuffer();
    expect(alpha.filter((_, i) => i % 120 < 60).every((value) => value === 0)).toBe(true);
  });

  it('is filled with the asked colour in a JPEG, and that is said', async () => {
    const output = { format: 'jpeg', background: '#ff0000', quality: 100 } as const;
    const { report } = await run(await write(photo, half), { output });
    expect([...(await pixels(report.result.path)).subarray(0, 3)].map((v) => Math.round(v / 10))).toEqual([25, 0, 0]);
    expect(report.notes).toEqual(['transparency was filled with #ff0000']);
  });
});

describe('a cut-out', () => {
  const { photo } = createProductShot(120, 160);
  const alpha = async (request: PipelineRequest) => {
    const { report } = await run(await write(photo), request);
    return sharp(report.result.path).extractChannel(3).raw().toBuffer();
  };

  it('has hard edges where a threshold is asked for', async () => {
    expect(new Set(await alpha({ background: { threshold: 0.5 } }))).toEqual(new Set([0, 255]));
  });

  it('without matting still has the size of the picture and both sides', async () => {
    const values = await alpha({ background: { matting: 'none' } });
    expect(values.length).toBe(120 * 160);
    expect(Math.min(...values)).toBeLessThan(10);
    expect(Math.max(...values)).toBeGreaterThan(245);
  });
});

describe('formats', () => {
  it.each(['png', 'webp', 'jpeg', 'avif'] as const)('%s is what the file is', async (format) => {
    const { report } = await run(await write(createProductShot(60, 80).photo), { output: { format } });
    const found = await sharp(report.result.path).metadata();
    expect(found.format).toBe(format === 'avif' ? 'heif' : format);
    expect(report.result.content_type).toBe(`image/${format}`);
  });

  it('auto is JPEG without transparency', async () => {
    const { report } = await run(await write(createProductShot(60, 80).photo), {});
    expect(report.result.content_type).toBe('image/jpeg');
    expect(report.mask).toBeNull();
  });

  it.each(['png', 'webp', 'jpeg', 'avif'] as const)('%s keeps colours that sRGB does not have', async (format) => {
    const path = scratch.path('tagged.png');
    const red = { create: { width: 40, height: 40, channels: 3 as const, background: '#ff0000' } };
    const tagged = await sharp(red).withIccProfile('p3').png().toBuffer();
    // The full red of Display P3: its profile on pixels that were never converted.
    const spool = scratch.path('spool.tif');
    const data = new Uint8Array(40 * 40 * 3).map((_, i) => (i % 3 === 0 ? 255 : 0));
    await writeTiffSpool(
      spool,
      { width: 40, height: 40, data },
      (await sharp(tagged).metadata()).icc ?? Buffer.alloc(0),
    );
    await sharp(spool).keepIccProfile().png().toFile(path);

    const { report } = await run(path, { output: { format, icc: 'keep', quality: 95 } });
    const result = report.result.path;
    expect((await sharp(result).metadata()).icc).toEqual((await sharp(path).metadata()).icc);
    const [r = 0, g = 255, b = 255] = await sharp(result, { ignoreIcc: true }).raw().toBuffer();
    expect(r).toBeGreaterThanOrEqual(253);
    expect(Math.max(g, b)).toBeLessThanOrEqual(4);
    expect(existsSync(`${result}.spool`)).toBe(false);
  });
});

describe('a watermark', () => {
  const { photo } = createProductShot(240, 320);
  const request = { background: true, output: { format: 'png' } } as const;

  it('is drawn over the result alone, and that is said in the notes and in the provenance', async () => {
    const path = await write(photo);
    const [plain, marked] = [await run(path, request), await run(path, request, { watermark: true })];
    expect(marked.report.mask?.sha256).toBe(plain.report.mask?.sha256);
    expect(marked.report.result.sha256).not.toBe(plain.report.result.sha256);
    expect(marked.report.result).toMatchObject({ width: 240, height: 320 });
    expect([plain.report.notes, plain.report.watermark]).toEqual([[], false]);
    expect(marked.report.notes).toEqual([expect.stringMatching(/^a watermark was drawn over the result/)]);
    const provenance = JSON.parse(await readFile(join(marked.outputDir, 'result.json'), 'utf8'));
    expect(provenance).toMatchObject({ watermark: true, notes: marked.report.notes });
  });

  it('is drawn before transparency is filled', async () => {
    const output = { format: 'jpeg', background: '#00ff00', quality: 100 } as const;
    const { report } = await run(await write(photo), { background: true, output }, { watermark: true });
    const clean = await run(await write(photo), { background: true, output });
    expect(error(await pixels(report.result.path), await pixels(clean.report.result.path))).toBeGreaterThan(20);
  });
});

describe('several pictures at once', () => {
  it('come out as they do one by one', async () => {
    const request = { denoise: true, background: true, output: { format: 'png' } } as const;
    const paths = await Promise.all(
      [
        [90, 130],
        [140, 100],
        [70, 70],
      ].map(([w = 1, h = 1]) => write(createProductShot(w, h, 9).photo)),
    );
    const alone: string[] = [];
    for (const path of paths) alone.push((await run(path, request)).report.result.sha256);
    const together = await Promise.all(paths.map((path) => run(path, request)));
    expect(together.map(({ report }) => report.result.sha256)).toEqual(alone);
  });
});
