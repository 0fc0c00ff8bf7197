import { pipelineSchema, resolvePipeline } from '@packshot/contracts';
import { itemTimeoutMs } from './item-timeout';

const costs = { codec: 0.1, stages: { denoise: 1, shadow: 0.5, background: 0.4, upscale: 5 } };
const rules = { baseMs: 60_000, factor: 4, maxInputPixels: 100e6 };
const pipeline = resolvePipeline(pipelineSchema.parse({ denoise: true, upscale: { scale: 2 } }));

describe("an item's time limit", () => {
  test('is the base and a multiple of what its size costs', () => {
    // 2 megapixels: decoded and encoded at five times that, denoised, enlarged.
    const expectedSeconds = 2 * (0.1 * 5 + 1 + 5);
    expect(itemTimeoutMs(pipeline, { width: 2000, height: 1000 }, costs, rules)).toBeCloseTo(
      60_000 + 4000 * expectedSeconds,
    );
  });

  test('leaves a photo of 48 megapixels minutes', () => {
    expect(itemTimeoutMs(pipeline, { width: 8000, height: 6000 }, costs, rules)).toBeGreaterThan(10 * 60_000);
  });

  test('is that of the largest image allowed while the size is not known', () => {
    expect(itemTimeoutMs(pipeline, { width: null, height: null }, costs, rules)).toBe(
      itemTimeoutMs(pipeline, { width: 10_000, height: 10_000 }, costs, rules),
    );
  });
});
