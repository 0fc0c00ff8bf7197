import { type PipelineRequest, pipelineSchema, resolvePipeline } from '@packshot/contracts';
import { createNetworks, type Networks } from '../models/networks';
import { readRegistry } from '../models/registry';
import { createPace, type Raster } from '../pixels';
import { meanDifference, type Paint, paintRaster } from '../pixels/synthetic-pictures';
import { createInference, type Inference } from '../runtime/inference';
import { runnerOptions } from '../testing/scratch';
import { stageContext } from '../testing/stage-context';
import { shadow } from './shadow';

const { exp, hypot, sin } = Math;

let inference: Inference;
let networks: Networks;
beforeAll(async () => {
  inference = createInference(runnerOptions);
  networks = createNetworks(inference, runnerOptions, await readRegistry(runnerOptions.modelsDir), {});
});
afterAll(() => inference.close());

const network = () => networks.get('shadow', undefined);

async function withoutShadow(photo: Raster): Promise<Raster> {
  const colour = { ...photo, data: photo.data.slice() };
  await shadow.run({ colour, alpha: null }, parametersOf({}), stageContext({ network }));
  return colour;
}

function parametersOf(request: Exclude<PipelineRequest['shadow'], boolean | 'auto' | undefined>) {
  const parameters = resolvePipeline(pipelineSchema.parse({ shadow: { engine: 'model', ...request } })).shadow;
  if (parameters === false) throw new Error('shadow is off');
  return parameters;
}

interface Scene {
  width: number;
  height: number;
  ground: Paint;
  /** The light that is left on the ground, 0..1. */
  light: (x: number, y: number) => number;
  /** null where there is no product. */
  product: (x: number, y: number) => readonly [number, number, number] | null;
}

function paint({ width, height, ground, light, product }: Scene): { photo: Raster; lit: Raster } {
  const drawn = (left: (x: number, y: number) => number) =>
    paintRaster(width, height, (x, y) => {
      const [r, g, b] = ground(x, y);
      const k = left(x, y);
      return product(x, y) ?? [r * k, g * k, b * k];
    });
  return { photo: drawn(light), lit: drawn(() => 1) };
}

const studio: Paint = (x, y) => [232 - y / 50, 230 - y / 50, 226 - x / 80];
const wood: Paint = (x, y) => {
  const grain = 10 * sin(y / 3 + 2 * sin(x / 60));
  return [190 + grain, 150 + grain, 105 + grain];
};
const bottle = (x: number, y: number) => {
  if (!(x > 170 && x < 250 && y > 60 && y < 260)) return null;
  const label = x > 180 && x < 240 && y > 120 && y < 190;
  const print = label && x > 190 && x < 230 && y % 20 < 8;
  return label && !print ? ([235, 235, 230] as const) : ([28, 30, 34] as const);
};
const SCENES: Record<string, Scene> = {
  'soft, of a black bottle': {
    width: 420,
    height: 320,
    ground: studio,
    product: bottle,
    light: (x, y) => 1 - 0.45 * exp(-(hypot((x - 255) / 90, (y - 250) / 40) ** 4)),
  },
};

describe.each(Object.entries(SCENES))('a shadow %s', (_, scene) => {
  const { photo, lit } = paint(scene);
  const where = (index: number): [number, number] => {
    const pixel = Math.trunc(index / 3);
    return [pixel % scene.width, Math.trunc(pixel / scene.width)];
  };
  const isProduct = (index: number) => scene.product(...where(index)) !== null;
  const inShadow = (index: number) => !isProduct(index) && scene.light(...where(index)) < 0.97;

  it('loses at least half of its error, and little else changes', async () => {
    const after = await withoutShadow(photo);
    const before = meanDifference(photo.data, lit.data, inShadow);
    expect(before).toBeGreaterThan(20);
    expect(meanDifference(after.data, lit.data, inShadow)).toBeLessThan(before / 2);
    expect(meanDifference(after.data, photo.data, (i) => !inShadow(i))).toBeLessThan(1);
    expect(meanDifference(after.data, photo.data, isProduct)).toBeLessThan(1);
  });
});

const NO_SHADOWS: Record<string, Raster> = {
  'a black bottle': paint({ ...(SCENES['soft, of a black bottle'] as Scene), light: () => 1 }).photo,
  'black print on paper': paintRaster(360, 360, (x, y) => {
    const line = x > 60 && x < 300 && y > 80 && y < 280 && y % 40 < 22;
    return line && (x * 7) % 50 < 38 ? [18, 18, 20] : [238, 236, 230];
  }),
  'a dark sheet on a table': paintRaster(420, 320, (x, y) =>
    x > 120 && x < 300 && y > 70 && y < 250 ? [44, 42, 48] : wood(x, y),
  ),
  'an empty studio': paintRaster(300, 300, studio),
};

describe('without a shadow', () => {
  it.each(Object.entries(NO_SHADOWS))('%s stays nearly as it is, to 45 dB', async (_, photo) => {
    const after = await withoutShadow(photo);
    let squares = 0;
    for (let i = 0; i < photo.data.length; i++) squares += ((after.data[i] as number) - (photo.data[i] as number)) ** 2;
    expect(10 * Math.log10(255 ** 2 / (squares / photo.data.length))).toBeGreaterThan(45);
  });

  it.each(Object.entries(NO_SHADOWS).filter(([name]) => !/sheet/.test(name)))(
    '%s is told so under auto, with the figure',
    async (_, colour) => {
      const pace = createPace(new AbortController().signal);
      const parameters = parametersOf({ when: 'auto' });
      expect(await shadow.needless({ colour, alpha: null }, parameters, pace, network)).toMatch(
        /^no shadow found \(measured 0\.0\d+\)$/,
      );
    },
  );
});

it('under auto a shadow is not needless', async () => {
  const pace = createPace(new AbortController().signal);
  for (const scene of Object.values(SCENES)) {
    const { photo } = paint(scene);
    expect(
      await shadow.needless({ colour: photo, alpha: null }, parametersOf({ when: 'auto' }), pace, network),
    ).toBeNull();
  }
});
