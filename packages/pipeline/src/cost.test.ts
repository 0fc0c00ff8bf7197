import { type PipelineRequest, pipelineSchema, resolvePipeline } from '@packshot/contracts';
import { type CostSheet, estimateCost } from './cost';
import { createProgress } from './progress';

const costs: CostSheet = {
  codec: 0.1,
  stages: { denoise: 2, deblur: 0, shadow: 0.5, contrast: 0.2, background: 1, upscale: 3, compose: 0.3 },
  fourfold: 4,
  models: {},
};
const pipeline = (request: PipelineRequest) => resolvePipeline(pipelineSchema.parse(request));
const seconds = (request: PipelineRequest, megapixels = 1) =>
  estimateCost(pipeline(request), megapixels * 1e3, 1e3, costs);

describe('the estimate', () => {
  it('adds what is asked for to decoding and encoding', () => {
    expect(seconds({})).toBeCloseTo(0.2);
    expect(seconds({ denoise: true, shadow: 'auto', background: true })).toBeCloseTo(3.7);
  });

  it('counts composing by the canvas, where that is larger than the picture on it', () => {
    expect(seconds({ background: true, compose: true })).toBeCloseTo(0.2 + 1 + 0.3);
    const canvas = { width: 2000, height: 2000 };
    expect(seconds({ background: true, compose: { canvas } })).toBeCloseTo(0.2 + 1 + 4 * 0.3 + 3 * 0.1);
    expect(seconds({ contrast: true }, 2)).toBeCloseTo(0.4 + 0.4);
  });

  it('counts an enlarged result, a fourfold one by what that takes', () => {
    expect(seconds({ upscale: true })).toBeCloseTo(3 + 0.1 * 5);
    expect(seconds({ upscale: { scale: 4 } })).toBeCloseTo(4 + 0.1 * 17);
  });

  describe('with models that are named', () => {
    const models = {
      tiles: { perMegapixel: 7, scale: 1 },
      whole: { perPicture: 30, scale: 1 },
      fourfold: { perMegapixel: 40, scale: 4 },
      twofold: { perMegapixel: 9, scale: 2 },
    };
    const named = (request: PipelineRequest, megapixels = 1) =>
      estimateCost(pipeline(request), 1000, 1000 * megapixels, { ...costs, models });

    it('counts theirs instead of the default ones', () => {
      expect(named({ denoise: { model: 'tiles' } }, 2)).toBeCloseTo(0.2 * 2 + 14);
      expect(named({ deblur: { model: 'tiles' } })).toBeCloseTo(0.2 + 7);
      expect(named({ upscale: { model: 'twofold', scale: 4 } })).toBeCloseTo(0.1 * 17 + 9 * 5);
      expect(named({ upscale: { model: 'fourfold', scale: 4 } })).toBeCloseTo(0.1 * 17 + 40);
      expect(named({ upscale: { model: 'fourfold', scale: 2 } })).toBeCloseTo(0.1 * 5 + 40);
    });

    it('adds those that see a picture whole once, whatever its size, to what is done around them', () => {
      expect(named({ background: { model: 'whole', matting: 'vitmatte', matting_model: 'whole' } }, 3)).toBeCloseTo(
        0.6 + 3 + 60,
      );
      expect(named({ shadow: { engine: 'model', model: 'whole' } })).toBeCloseTo(0.2 + 0.5 + 30);
    });

    it('takes the default for one that nothing is known of', () => {
      expect(named({ denoise: { model: 'unknown' } })).toBeCloseTo(seconds({ denoise: true }));
    });
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
