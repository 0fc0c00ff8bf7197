import { z } from 'zod';

const share = z.number().min(0).max(1);

/** Of CLAHE, in their usual measures. */
export const contrastFields = {
  clip_limit: z.number().min(1).max(40).default(2),
  tiles: z.number().int().min(1).max(32).default(8),
  smooth: share.default(0),
  edges: share.default(0),
  image: z.enum(['photo', 'x-ray']).default('photo'),
};

export const XRAY_DISCLAIMER =
  'Packshot is not a medical device: the result is for viewing only and must not be used for diagnosis or treatment.';
