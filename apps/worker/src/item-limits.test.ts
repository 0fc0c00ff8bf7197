import { pipelineSchema, resolvePipeline } from '@packshot/contracts';
import { itemLimits } from './item-limits';

const costs = {
  codec: 0.1,
  stages: { denoise: 1, deblur: 0, shadow: 0.5, contrast: 0, background: 0.4, upscale: 5, compose: 0 },
  fourfold: 25,
  models: {},
};
const rules = { baseMs: 60_000, factor: 4, quietMs: 120_000, maxInputPixels: 100e6 };
const pipeline = resolvePipeline(pipelineSchema.parse({ denoise: true, upscale: { scale: 2 } }));

/** 2 megapixels: decoded and encoded at five times that, denoised, enlarged. */
const EXPECTED_MS = 1000 * 2 * (0.1 * 5 + 1 + 5);

describe('the limits of an item', () => {
  test('are a base and a multiple of what its size costs, and one such duration without progress', () => {
    const limits = itemLimits(pipeline, { width: 2000, height: 1000 }, costs, rules);
    expect(limits.timeoutMs).toBeCloseTo(60_000 + 4 * EXPECTED_MS);
    expect(limits.progressTimeoutMs).toBeCloseTo(120_000 + EXPECTED_MS);
  });

  test('leave a photo of 48 megapixels minutes', () => {
    expect(itemLimits(pipeline, { width: 8000, height: 6000 }, costs, rules).timeoutMs).toBeGreaterThan(10 * 60_000);
  });

  test('are those of the largest image allowed while the size is not known', () => {
    expect(itemLimits(pipeline, { width: null, height: null }, costs, rules)).toEqual(
      itemLimits(pipeline, { width: 10_000, height: 10_000 }, costs, rules),
    );
  });

  test('are never longer than a timer can wait', () => {
    const slow = { ...costs, codec: 1e9 };
    const limits = itemLimits(pipeline, { width: 2000, height: 1000 }, slow, rules);
    expect(limits).toEqual({ timeoutMs: 86_400_000, progressTimeoutMs: 86_400_000 });
  });
});
