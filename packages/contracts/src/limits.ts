import { z } from 'zod';

const count = (value: number) => z.coerce.number().int().positive().default(value);

/** Settings fragment: every limit, by its environment variable. Megapixels count 1e6 pixels; bytes are bytes. */
export const limitsConfig = z.object({
  MAX_FILE_BYTES: count(50_000_000).describe('largest input file, in bytes'),
  MAX_INPUT_MEGAPIXELS: count(100).describe('largest input image, in megapixels'),
  MAX_INPUT_SIDE: count(16_384).describe('longest side of an input image, in pixels'),
  MAX_OUTPUT_MEGAPIXELS: count(200).describe('largest result, in megapixels'),
  MAX_ITEMS: count(10_000).describe('most items in one job'),
  MAX_JSON_BYTES: count(20_000_000).describe('largest JSON body, in bytes'),
  MAX_BYTES_IN_FLIGHT: count(1_000_000_000).describe('most upload bytes in flight in one API process'),
  MAX_REQUESTS_IN_FLIGHT: count(512).describe('most requests in flight in one API process'),
});

export type LimitsConfig = z.infer<typeof limitsConfig>;

/** Image limits as the pixel code takes them. */
export interface ImageLimits {
  maxFileBytes: number;
  maxInputPixels: number;
  maxInputSide: number;
  maxOutputPixels: number;
}

export function imageLimits(config: LimitsConfig): ImageLimits {
  return {
    maxFileBytes: config.MAX_FILE_BYTES,
    maxInputPixels: config.MAX_INPUT_MEGAPIXELS * 1e6,
    maxInputSide: config.MAX_INPUT_SIDE,
    maxOutputPixels: config.MAX_OUTPUT_MEGAPIXELS * 1e6,
  };
}
