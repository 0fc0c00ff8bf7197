import { resolve } from 'node:path';
import { createInference, type Inference } from '../../runtime/inference';
import { runnerOptions } from '../../testing/scratch';
import { NOT_AVAILABLE, openLpips } from './lpips';

let inference: Inference;
beforeAll(() => {
  inference = createInference(runnerOptions);
});
afterAll(() => inference.close());

const grey = (value: number) => ({ width: 4, height: 2, data: new Float32Array(24).fill(value) });

it('gives the network output and truth, in this order, clipped and in -1..1', async () => {
  const lpips = await openLpips(inference, resolve(__dirname, '../../../fixtures/graphs/distance.onnx'));
  expect(await lpips(grey(0.75), grey(0.25))).toBeCloseTo(1, 6);
  expect(await lpips(grey(0.25), grey(2))).toBeCloseTo(-1.5, 6);
});

it('has no figure without the network', async () => {
  const lpips = await openLpips(inference, undefined);
  expect(await lpips(grey(0), grey(1))).toBe(NOT_AVAILABLE);
});

it('refuses a file that compares no pictures', async () => {
  const file = resolve(__dirname, '../../../fixtures/graphs/alpha.onnx');
  await expect(openLpips(inference, file)).rejects.toThrow('does not take two pictures');
});
