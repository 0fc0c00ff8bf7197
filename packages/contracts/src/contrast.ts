import { z } from 'zod';

const share = z.number().min(0).max(1);

/**
 * Contrast-limited adaptive histogram equalisation (CLAHE) of the lightness: `tiles` by `tiles` regions, each histogram cut at
 * `clip_limit` times its mean. `smooth` takes noise out of even areas first, `edges` sharpens afterwards. Of an X-ray the result
 * says that it is not for diagnosis.
 */
export const contrastFields = {
  clip_limit: z.number().min(1).max(40).default(2),
  tiles: z.number().int().min(1).max(32).default(8),
  smooth: share.default(0),
  edges: share.default(0),
  image: z.enum(['photo', 'x-ray']).default('photo'),
};

export const XRAY_DISCLAIMER =
  'Packshot is not a medical device: the result is for viewing only and must not be used for diagnosis or treatment.';
