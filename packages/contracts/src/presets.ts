import { XRAY_DISCLAIMER } from './contrast';
import { MARKETPLACE_RULES, type Marketplace } from './marketplaces';
import type { PipelineRequest } from './operations';

/** What a marketplace asks of a main picture, and what it says of the result. The rules are in marketplaces.ts. */
const listing = (marketplace: Marketplace, side: number, margin: `${number}%`) =>
  ({
    denoise: 'auto',
    shadow: 'auto',
    background: true,
    upscale: 'auto',
    compose: { background: { color: '#ffffff' }, crop: true, margin, canvas: { width: side, height: side } },
    output: { format: 'jpeg', quality: 95, lint: [marketplace] },
  }) as const satisfies PipelineRequest;

/** Named pipelines. A job without a pipeline runs `default`. */
export const PRESETS = {
  default: { denoise: 'auto', shadow: 'auto', background: true, upscale: { scale: 2 } },
  cutout: { background: true },
  restore: { denoise: 'auto', upscale: { scale: 2 } },
  amazon: listing('amazon', 2000, '5%'),
  ebay: listing('ebay', 1600, '5%'),
  shopify: listing('shopify', 2048, '8%'),
  'google-merchant': listing('google-merchant', 1500, '8%'),
  etsy: listing('etsy', 2000, '8%'),
  'marketplace-white-2000': {
    background: true,
    compose: { background: { color: '#ffffff' }, crop: true, margin: '6%', canvas: { width: 2000, height: 2000 } },
    output: { format: 'jpeg', quality: 95 },
  },
  'medical-xray': {
    contrast: { clip_limit: 2, tiles: 8, smooth: 0.6, edges: 0.4, image: 'x-ray' },
    output: { format: 'png' },
  },
} as const satisfies Record<string, PipelineRequest>;

export type PresetName = keyof typeof PRESETS;

const listed = (marketplace: Marketplace, side: number) =>
  `A main picture for ${MARKETPLACE_RULES[marketplace].name}: on white, ${side} x ${side}, judged by its rules.`;

/** What each is for, in users' words. */
export const PRESET_TEXTS: Readonly<Record<PresetName, string>> = {
  default: 'Clean, even out shadows, cut the product out, and double its size.',
  cutout: 'Cut the product out and leave the rest alone.',
  restore: 'Clean and double the size; the background stays.',
  amazon: listed('amazon', 2000),
  ebay: listed('ebay', 1600),
  shopify: listed('shopify', 2048),
  'google-merchant': listed('google-merchant', 1500),
  etsy: listed('etsy', 2000),
  'marketplace-white-2000': 'The product in the middle of a white square of 2000 pixels, as most marketplaces take it.',
  'medical-xray': 'Raise the local contrast of an X-ray: bones clearer, noise of soft tissue down.',
};

/** What users of a preset have to know. */
export const PRESET_NOTES: Partial<Record<PresetName, string>> = { 'medical-xray': XRAY_DISCLAIMER };
