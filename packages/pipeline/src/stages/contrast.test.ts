import { join } from 'node:path';
import { PRESETS, pipelineSchema, resolvePipeline, XRAY_DISCLAIMER } from '@packshot/contracts';
import { expectGolden } from '@packshot/testing';
import { createProductShot } from '../bench/product-shot';
import { createPace, type Raster } from '../pixels';
import { stageContext } from '../testing/stage-context';
import { contrast } from './contrast';

/** A hazy, slightly noisy photo. */
function hazy(): Raster {
  const { photo } = createProductShot(160, 200, 8);
  return { ...photo, data: photo.data.map((value) => Math.round(90 + value / 3)) };
}

const parametersOf = (request: object) => {
  const parameters = resolvePipeline(pipelineSchema.parse({ contrast: request })).contrast;
  if (parameters === false) throw new Error('contrast is off');
  return parameters;
};

/** `UPDATE_GOLDEN=1 npx jest packages/pipeline/src/stages/contrast` draws the pictures anew. */
const GOLDENS: Record<string, object> = {
  usual: {},
  'clip-limit': { clip_limit: 8 },
  tiles: { tiles: 2 },
  smooth: { smooth: 1 },
  edges: { edges: 1 },
  'x-ray': PRESETS['medical-xray'].contrast,
};

describe('contrast is raised as it was, with', () => {
  it.each(Object.entries(GOLDENS))('%s', async (name, request) => {
    const colour = hazy();
    const context = stageContext();
    await contrast.run({ colour, alpha: null }, parametersOf(request), context);
    const golden = join(__dirname, `../../fixtures/contrast/${name}.png`);
    await expectGolden({ ...colour, channels: 3 }, golden, { maxDifference: 3, meanDifference: 0.1 });
    expect(context.notes).toEqual(name === 'x-ray' ? [XRAY_DISCLAIMER] : []);
  });
});

it('under auto contrast is left alone where there is enough, with the figure', async () => {
  const pace = createPace(new AbortController().signal);
  const { network } = stageContext();
  const parameters = parametersOf({ when: 'auto' });
  expect(await contrast.needless({ colour: hazy(), alpha: null }, parameters, pace, network)).toBeNull();
  const colour = hazy();
  colour.data.fill(4, 0, colour.data.length / 2);
  colour.data.fill(250, colour.data.length / 2);
  expect(await contrast.needless({ colour, alpha: null }, parameters, pace, network)).toBe(
    'the picture uses 246 of 255 steps of lightness already',
  );
});

it('raising contrast hears at once that it is not wanted any more', async () => {
  const stop = new AbortController();
  const context = stageContext({ signal: stop.signal, progress: () => stop.abort(new Error('not wanted')) });
  await expect(contrast.run({ colour: hazy(), alpha: null }, parametersOf({}), context)).rejects.toThrow('not wanted');
});
