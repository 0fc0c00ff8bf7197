import { type PipelineRequest, pipelineSchema, resolvePipeline } from '@packshot/contracts';
import { type CostSheet, estimateCost } from './cost';
import { createProgress } from './progress';

const costs: CostSheet = { codec: 0.1, stages: { denoise: 2, shadow: 0.5, background: 1, upscale: 3 } };
const pipeline = (request: PipelineRequest) => resolvePipeline(pipelineSchema.parse(request));
const seconds = (request: PipelineRequest, megapixels = 1) =>
  estimateCost(pipeline(request), megapixels * 1e3, 1e3, costs);

describe('the estimate', () => {
  it('adds what is asked for to decoding and encoding', () => {
    expect(seconds({})).toBeCloseTo(0.2);
    expect(seconds({ denoise: true, shadow: 'auto', background: true })).toBeCloseTo(3.7);
  });

  it('counts an enlarged result, and the second round of a fourfold one', () => {
    expect(seconds({ upscale: true })).toBeCloseTo(3 + 0.1 * 5);
    expect(seconds({ upscale: { scale: 4 } })).toBeCloseTo(3 * 5 + 0.1 * 17);
  });

  it('grows with the pixels', () => {
    expect(seconds({ denoise: true }, 48)).toBeCloseTo(48 * seconds({ denoise: true }));
  });
});

describe('progress', () => {
  it.each([{}, { denoise: true }, { denoise: 'auto', shadow: true, background: true, upscale: { scale: 4 } }] as const)(
    'of %j rises from nothing to one, each part by what it costs',
    (request) => {
      const fractions: number[] = [];
      const report = createProgress(pipeline(request), { width: 800, height: 600 }, costs, ({ fraction }) => {
        fractions.push(fraction);
      });
      report('decode', 0);
      report('decode', 1);
      for (const part of ['denoise', 'shadow', 'background', 'upscale'] as const) {
        if (part in request) for (const fraction of [0, 0.5, 1]) report(part, fraction);
      }
      report('encode', 0);
      report('encode', 1);
      expect(fractions[0]).toBe(0);
      expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
      expect(fractions.at(-1)).toBeCloseTo(1);
      expect(new Set(fractions).size).toBeGreaterThan(2);
    },
  );
});
