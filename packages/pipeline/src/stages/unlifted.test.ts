import { pipelineSchema, resolvePipeline } from '@packshot/contracts';
import { paintRaster } from '../pixels/synthetic-pictures';
import { planSteps } from '../plan';
import { networkInCode, recordInCode } from '../testing/network-in-code';
import { stageContext } from '../testing/stage-context';
import type { Picture } from './stage';

const SIDE = 32;
const record = recordInCode(
  'background',
  {
    inputs: [{ role: 'image', name: 'rgb', dims: [1, 3, SIDE, SIDE] }],
    outputs: [{ role: 'alpha', name: 'alpha', dims: [1, 1, SIDE, SIDE] }],
  },
  { size: { policy: 'stretch', width: SIDE, height: SIDE, resample: 'area' }, refine: 'colour' },
);

/** A wall whose light falls off to the right by half, which Retinex evens out, and a red disc before it. */
function photo(width: number, height: number): Picture {
  const colour = paintRaster(width, height, (x, y) => {
    if (Math.hypot(x - width / 2, y - height / 2) < height / 5) return [190, 30, 40];
    const light = 200 * (1 - 0.5 * Math.exp(-(((x - 0.8 * width) / (0.2 * width)) ** 2)));
    return [light, light, light];
  });
  return { colour, alpha: null };
}

/** Runs shadow and cut-out; gives what the cut-out's network saw. */
async function seenByCutout(picture: Picture, request: object): Promise<Float32Array> {
  let seen: Float32Array | undefined;
  const network = networkInCode(record, ([image]) => {
    seen = Float32Array.from(image?.data ?? []);
    return { data: new Float32Array(SIDE * SIDE).fill(1), dims: [1, 1, SIDE, SIDE] };
  });
  const steps = planSteps(resolvePipeline(pipelineSchema.parse({ background: true, ...request })));
  for (const step of steps) await step.run(picture, stageContext({ network: async () => network }));
  if (seen === undefined) throw new Error('the network was not asked');
  return seen;
}

describe('the cut-out', () => {
  it('looks for the product in the photo as it was before its shadows were lifted', async () => {
    const lifted = photo(320, 240);
    const seen = await seenByCutout(lifted, { shadow: true });
    expect(lifted.colour.data).not.toEqual(photo(320, 240).colour.data);
    expect(seen).toEqual(await seenByCutout(photo(320, 240), {}));
  });

  it('sees a larger photo all but as it was, from a copy of 2048 pixels', async () => {
    const large = photo(2304, 288);
    const seen = await seenByCutout(large, { shadow: true });
    const asItWas = await seenByCutout(photo(2304, 288), {});
    expect(large.unlifted).toMatchObject({ width: 2048, height: 256 });
    expect(Math.max(...seen.map((value, i) => Math.abs(value - (asItWas[i] as number))))).toBeLessThan(2 / 255);
  });
});

it('keeps no copy where shadows are kept, or nothing is cut out', async () => {
  const kept = photo(320, 240);
  await seenByCutout(kept, { shadow: { mode: 'keep' } });
  const alone = photo(320, 240);
  const [shadow] = planSteps(resolvePipeline(pipelineSchema.parse({ shadow: true })));
  await shadow?.run(alone, stageContext());
  expect([kept.unlifted, alone.unlifted]).toEqual([undefined, undefined]);
});
