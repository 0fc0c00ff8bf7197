import { cp } from 'node:fs/promises';
import { resolve } from 'node:path';
import { takesMask } from '../prompt/former-mask';
import { createInference, type Inference } from '../runtime/inference';
import { createScratch, runnerOptions } from '../testing/scratch';
import { loadNetwork } from './load-network';
import { type GraphInput, modelRecordSchema } from './record';
import { readRecords } from './registry';

/** Two decoders, one of which takes the mask of a former answer. */
const fixtures = resolve(__dirname, '../../fixtures/prompt');
const scratch = createScratch();
let inference: Inference;
let places: { modelsDir: string; storeDir: string };
beforeAll(async () => {
  inference = createInference(runnerOptions);
  places = { modelsDir: scratch.path('models'), storeDir: scratch.path('store') };
  await cp(fixtures, places.modelsDir, { recursive: true });
});
afterAll(async () => {
  await inference.close();
  await scratch.remove();
});

type Former = Pick<GraphInput, 'role' | 'name' | 'dims' | 'optional'>;
const FORMER: [Former, Former] = [
  { role: 'previous_mask', name: 'mask_input', dims: [1, 1, 256, 256], optional: true },
  { role: 'has_previous_mask', name: 'has_mask_input', dims: [1], optional: true },
];

/** The fixture's network by a record that has the inputs for a former mask in this form. */
async function load(decoder: 'boxes' | 'corners', former: readonly Former[]) {
  const record = (await readRecords(fixtures)).find(({ id }) => id === `prompt-${decoder}`);
  const graph = record?.graphs.decoder;
  const inputs = [...(graph?.inputs ?? []).filter(({ role }) => !role.includes('previous')), ...former];
  const graphs = { ...record?.graphs, decoder: { ...graph, inputs } };
  return loadNetwork(inference, places, modelRecordSchema.parse({ ...record, graphs }));
}

describe('an optional input', () => {
  it('is fed where the graph has it', async () => {
    expect(takesMask(await load('corners', FORMER))).toBe(true);
  });

  it('is left out where the graph has it not', async () => {
    expect(takesMask(await load('boxes', FORMER))).toBe(false);
  });

  it('is refused where the graph has another', async () => {
    const smaller = [{ ...FORMER[0], dims: [1, 1, 64, 64] }, FORMER[1]];
    await expect(load('corners', smaller)).rejects.toMatchObject({
      code: 'model_mismatch',
      message: expect.stringContaining('its input "mask_input" is float32 [1,1,256,256], not float32 [1,1,64,64]'),
    });
  });

  it('that is not optional is missed', async () => {
    const demanded = FORMER.map((input) => ({ ...input, optional: false }));
    await expect(load('boxes', demanded)).rejects.toMatchObject({
      code: 'model_mismatch',
      message: expect.stringContaining('it has no input "mask_input"'),
    });
  });
});

it('every record of SAM 2.1 fits decoders with and without a former mask', async () => {
  const records = (await readRecords(runnerOptions.modelsDir)).filter(({ architecture }) => architecture === 'sam2');
  expect(records).toHaveLength(8);
  for (const { graphs } of records) {
    expect(graphs.decoder?.inputs).toEqual(
      expect.arrayContaining(FORMER.map((input) => expect.objectContaining(input))),
    );
  }
});
