import { checkPlannedOutput } from './image-limits';
import type { ImageLimits } from './limits';
import { type PipelineRequest, pipelineSchema, resolvePipeline } from './operations';

const limits: ImageLimits = { maxFileBytes: 1, maxInputPixels: 1, maxInputSide: 1, maxOutputPixels: 200e6 };
const check = (width: number, height: number, pipeline: PipelineRequest) => () =>
  checkPlannedOutput({ width, height }, resolvePipeline(pipelineSchema.parse(pipeline)), limits);
const tooLarge = expect.objectContaining({ code: 'output_too_large' });

test.each([
  [10_001, 10_000, { upscale: { scale: 2 } }],
  [3536, 3536, { upscale: { scale: 4 } }],
  [16_384, 1, { output: { format: 'webp' } }],
  [4097, 1, { upscale: { scale: 4 }, output: { format: 'avif' } }],
  [100, 100, { compose: { canvas: { width: 16_384, height: 10 } }, output: { format: 'webp' } }],
  [100, 100, { compose: { canvas: { width: 16_000, height: 16_000 } } }],
] as const)('%i × %i with %j is too large a result', (width, height, pipeline) => {
  expect(check(width, height, pipeline)).toThrow(tooLarge);
});

test.each([
  [7071, 7071, { upscale: { scale: 2 } }],
  [16_383, 1, { output: { format: 'webp' } }],
  [4096, 1, { upscale: { scale: 4 }, output: { format: 'avif' } }],
  [30_000, 1, { upscale: { scale: 4 }, background: true }],
  [30_000, 1, { output: { format: 'auto' } }],
  [30_000, 1, { compose: { canvas: { width: 500 } }, output: { format: 'webp' } }],
  [16_383, 1, { upscale: 'auto', output: { format: 'webp' } }],
] as const)('%i × %i with %j is allowed', (width, height, pipeline) => {
  expect(check(width, height, pipeline)).not.toThrow();
});
