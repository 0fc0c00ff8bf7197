import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipelineSchema, resolvePipeline } from '@packshot/contracts';
import { expectGolden, type RawImage } from '@packshot/testing';
import { createProductShot } from '../bench/product-shot';
import { keepingBackdrop } from '../compose/backdrop';
import { sharp } from '../image/loaders';
import { createPace, createRaster, type Raster } from '../pixels';
import { alphaToPlane, toPlanes } from '../pixels/resize';
import { stageContext } from '../testing/stage-context';
import { compose } from './compose';
import type { Picture } from './stage';

const [WIDTH, HEIGHT] = [160, 200];
const folder = mkdtempSync(join(tmpdir(), 'packshot-compose-'));
const backgroundPath = join(folder, 'background.png');
let photo: Raster;
let alpha: Uint8Array;
beforeAll(async () => {
  const pace = createPace(new AbortController().signal);
  const large = createProductShot(4 * WIDTH, 4 * HEIGHT);
  const planes = await toPlanes(large.photo, WIDTH, HEIGHT, pace);
  photo = createRaster(WIDTH, HEIGHT, 3);
  planes.forEach(({ data }, c) => {
    data.forEach((value, i) => {
      photo.data[3 * i + c] = Math.round(255 * value);
    });
  });
  const matte = await alphaToPlane(large.mask, large.photo, WIDTH, HEIGHT, pace);
  alpha = Uint8Array.from(matte.data, (value) => Math.round(255 * value));
  await sharp(stripes(), { raw: { width: 120, height: 60, channels: 3 } })
    .png()
    .toFile(backgroundPath);
});
afterAll(() => rm(folder, { recursive: true }));

/** Slanted stripes of two colours, brighter to the right. */
function stripes(): Uint8Array {
  const data = new Uint8Array(120 * 60 * 3);
  for (let i = 0; i < 120 * 60; i++) {
    const [x, y] = [i % 120, Math.floor(i / 120)];
    data.set((x + y) % 20 < 10 ? [200, 120 + x, 60] : [40, 90 + x, 160], 3 * i);
  }
  return data;
}

const cutOut = (): Picture => ({ colour: { ...photo, data: photo.data.slice() }, alpha: alpha.slice() });

async function composed(request: object, picture = cutOut(), given = {}) {
  const parameters = resolvePipeline(pipelineSchema.parse({ compose: request })).compose;
  if (parameters === false) throw new Error('compose is off');
  const context = stageContext({ backgroundPath, ...given });
  await compose.run(picture, parameters, context);
  return { ...picture, notes: context.notes };
}

function raw({ colour, alpha }: Pick<Picture, 'colour' | 'alpha'>): RawImage {
  const { width, height } = colour;
  if (alpha === null) return { width, height, channels: 3, data: colour.data };
  const data = new Uint8Array(4 * width * height);
  alpha.forEach((value, i) => {
    data.set([...colour.data.subarray(3 * i, 3 * i + 3), value], 4 * i);
  });
  return { width, height, channels: 4, data };
}

/** Every parameter, with values that show. `UPDATE_GOLDEN=1 npx jest packages/pipeline/src/stages/compose` draws the pictures anew. */
const square = { crop: true, margin: '15%', canvas: { width: 160, height: 160 } };
const grey = { background: { color: '#d8d8e0' } };
const GOLDENS: Record<string, object> = {
  'background-color': { background: { color: '#3a7' } },
  'background-half-transparent': { background: { color: '#ff880080' } },
  'background-transparent': { background: 'transparent', crop: true },
  'background-image-cover': { background: { image: { url: 'https://shop.example/b.png' } } },
  'background-image-contain': { background: { image: { url: 'https://shop.example/b.png' }, fit: 'contain' } },
  'background-image-stretch': { background: { image: { url: 'https://shop.example/b.png' }, fit: 'stretch' } },
  'background-blur': { background: { blur: 0.05 } },
  crop: { crop: true },
  'margin-pixels': { ...grey, crop: true, margin: { top: 4, right: 10, bottom: 20, left: 30 } },
  'margin-share': { ...grey, crop: true, margin: '10%' },
  scale: { ...grey, scale: 0.5 },
  'scale-original': { ...grey, crop: true, scale: 'original', canvas: { width: 220, height: 180 } },
  position: { ...grey, scale: 0.5, position: { x: 0.9, y: 1 } },
  'position-original': { ...grey, scale: 0.5, position: 'original', canvas: { width: 200, height: 120 } },
  'canvas-width': { ...grey, crop: true, canvas: { width: 90 } },
  'canvas-aspect': { ...grey, crop: true, canvas: { aspect: '1:1' } },
  'canvas-enlarged': { ...square, ...grey, canvas: { width: 320, height: 320 } },
  'shadow-drop': { ...square, shadow: { kind: 'drop' } },
  'shadow-ground': { ...square, shadow: { kind: 'ground' } },
  'shadow-contact': { ...square, shadow: { kind: 'contact', opacity: 0.7 } },
  'shadow-floating': { ...square, margin: '20%', shadow: { kind: 'floating' } },
  'shadow-angle': { ...square, shadow: { kind: 'ground', angle: 200 } },
  'shadow-opacity': { ...square, shadow: { kind: 'drop', opacity: 0.9 } },
  'shadow-distance': { ...square, shadow: { kind: 'drop', distance: 0.15, angle: 0 } },
  'shadow-softness': { ...square, shadow: { kind: 'drop', softness: 0.1 } },
  'shadow-color': { ...square, shadow: { kind: 'drop', color: '#c02060', opacity: 0.8 } },
  'shadow-on-transparent': { ...square, background: 'transparent', shadow: { kind: 'drop', opacity: 0.8 } },
  outline: { ...square, background: { color: '#3a7' }, outline: {} },
  'outline-width-and-color': { ...square, background: 'transparent', outline: { width: 3, color: '#d00' } },
  'outline-with-shadow': { ...square, background: { color: '#3a7' }, outline: { width: 6 }, shadow: { kind: 'drop' } },
};

describe('a product is composed as it was, with', () => {
  it.each(Object.entries(GOLDENS))('%s', async (name, request) => {
    const picture = cutOut();
    if (name === 'background-blur') {
      const stage = keepingBackdrop({ name: 'background', needless: () => null, run: async () => undefined });
      await stage.run(picture, {} as never, stageContext());
    }
    const golden = join(__dirname, `../../fixtures/compose/${name}.png`);
    await expectGolden(raw(await composed(request, picture)), golden, { maxDifference: 4, meanDifference: 0.1 });
  });
});

describe('composing', () => {
  it('leaves the opaque product as it is, every byte, and shows only the background where it is not', async () => {
    const { colour, alpha: after } = await composed({ background: { color: '#010203' } });
    expect(after).toBeNull();
    const wrong = [...alpha].filter((value, i) => {
      const wanted = value === 255 ? [...photo.data.subarray(3 * i, 3 * i + 3)] : [1, 2, 3];
      return (value === 255 || value === 0) && wanted.some((byte, c) => colour.data[3 * i + c] !== byte);
    });
    expect(wrong).toEqual([]);
  });

  it('on white leaves no haze of what the cut-out failed to clear, and keeps soft edges', async () => {
    const hazy = { ...cutOut(), alpha: alpha.map((value) => Math.max(value, 8)) };
    const { colour } = await composed({}, hazy);
    const dark = [...alpha.keys()].filter((i) => alpha[i] === 0 && colour.data[3 * i] !== 255);
    expect(dark).toEqual([]);
    const soft = [...alpha.keys()].find((i) => (alpha[i] as number) > 100 && (alpha[i] as number) < 150) as number;
    const share = (alpha[soft] as number) / 255;
    expect(colour.data[3 * soft]).toBe(Math.round((photo.data[3 * soft] as number) * share + 255 * (1 - share)));
  });

  it('gives the matte where the product now is', async () => {
    const { colour, matte } = await composed({ crop: true, margin: 7 });
    expect(matte?.length).toBe(colour.width * colour.height);
    expect(matte?.subarray(0, 7 * colour.width).every((value) => value === 0)).toBe(true);
    expect(matte?.[Math.round(colour.height / 2) * colour.width + Math.round(colour.width / 2)]).toBe(255);
  });

  it('says when it enlarges, when something is cut off and when a shadow leaves the canvas', async () => {
    expect((await composed({ crop: true, canvas: { width: 400, height: 400 } })).notes).toEqual([
      expect.stringMatching(/^the product was enlarged \d\.\d times/),
    ]);
    expect((await composed({ crop: true, scale: 'original', canvas: { width: 50, height: 50 } })).notes).toEqual([
      'what is placed is larger than the canvas and was cut off',
    ]);
    expect((await composed({ crop: true, shadow: { kind: 'drop', distance: 0.3 } })).notes).toEqual([
      'the shadow reaches beyond the canvas; a margin would hold it',
    ]);
    expect((await composed(square)).notes).toEqual([]);
  });

  it.each([
    ['a picture that nobody cut out', {}, null],
    ['an empty cut-out that is to be cropped', { crop: true }, new Uint8Array(WIDTH * HEIGHT)],
  ])('%s is refused', async (_, request, matte) => {
    await expect(composed(request, { ...cutOut(), alpha: matte })).rejects.toMatchObject({ code: 'no_cut_out' });
  });

  it('a canvas that is too large is refused before there is one', async () => {
    const limits = { maxFileBytes: 1e9, maxInputPixels: 1e9, maxInputSide: 1e5, maxOutputPixels: 1e6 };
    await expect(composed({ canvas: { aspect: '500:1' } }, cutOut(), { limits })).rejects.toMatchObject({
      code: 'output_too_large',
    });
  });

  it('of a background file that is none says so', async () => {
    const request = { background: { image: { url: 'https://shop.example/b.png' } } };
    await expect(composed(request, cutOut(), { backgroundPath: __filename })).rejects.toMatchObject({
      code: 'unsupported_format',
      message: expect.stringMatching(/^The background: /),
    });
  });

  it('hears at once that it is not wanted any more', async () => {
    const stop = new AbortController();
    const running = composed({ ...square, outline: {} }, cutOut(), {
      signal: stop.signal,
      progress: () => stop.abort(new Error('not wanted')),
    });
    await expect(running).rejects.toThrow('not wanted');
  });

  it('under auto is needless where nothing was cut out', () => {
    const pace = createPace(new AbortController().signal);
    expect(compose.needless({ ...cutOut(), alpha: null }, {} as never, pace, stageContext().network)).toBe(
      'nothing was cut out',
    );
  });
});
