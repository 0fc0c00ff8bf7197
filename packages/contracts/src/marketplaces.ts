import { z } from 'zod';

/** Marketplaces whose picture rules are known. */
export const MARKETPLACES = ['amazon', 'ebay', 'shopify', 'google-merchant', 'etsy'] as const;
export type Marketplace = (typeof MARKETPLACES)[number];

export const LINT_RULES = [
  'format',
  'file_size',
  'too_small',
  'too_large',
  'background',
  'fill',
  'cut_off',
  'border',
] as const;
export type LintRule = (typeof LINT_RULES)[number];

/** What a marketplace's rules say of a picture. `required` rules get a listing refused, the others are advice. */
export const lintReportSchema = z
  .object({
    marketplace: z.enum(MARKETPLACES),
    passed: z.boolean().describe('no required rule is broken'),
    findings: z.array(
      z.object({ rule: z.enum(LINT_RULES), required: z.boolean(), detail: z.string() }).meta({ id: 'LintFinding' }),
    ),
  })
  .meta({ id: 'LintReport', description: 'Which rules of a marketplace a result breaks.' });
export type LintReport = z.infer<typeof lintReportSchema>;

/** A figure, and whether a listing is refused that misses it (else it is advice). */
interface Limit {
  value: number;
  required: boolean;
}

/** What a marketplace says of a product's main picture; what it does not say is absent. */
export interface MarketplaceRules {
  name: string;
  /** Where this was read. */
  sources: readonly string[];
  read: string;
  /** Content types that can be uploaded. */
  formats: readonly string[];
  maxBytes?: number;
  /** Pixels of the longer side, the least first. */
  longSide?: readonly Limit[];
  /** Pixels of the shorter side. */
  shortSide?: readonly Limit[];
  maxSide?: number;
  maxMegapixels?: number;
  /** `transparent`: instead of white. */
  background?: { white: true; transparent: boolean; required: boolean };
  /** How much of the frame the product fills by its tighter side, 0..1. */
  fill?: { least: number; most?: number; required: boolean };
  /** The whole product is to be seen. */
  whole?: { required: boolean };
  /** Frames drawn around the picture are refused. */
  noBorder?: { required: boolean };
}

const must = (value: number): Limit => ({ value, required: true });
const should = (value: number): Limit => ({ value, required: false });
const READ = '2026-11-21';

export const MARKETPLACE_RULES: Readonly<Record<Marketplace, MarketplaceRules>> = {
  // Its own pages are for sellers only; this is what those who work with them agree on.
  amazon: {
    name: 'Amazon',
    sources: [
      'https://www.mercatuslab.com/blog/amazon-product-image-requirements/',
      'https://changethisfile.com/blog/convert-images-for-amazon-seller-central',
    ],
    read: READ,
    formats: ['image/jpeg', 'image/png', 'image/tiff', 'image/gif'],
    maxBytes: 10_000_000,
    longSide: [must(500), should(1000), should(1600)],
    maxSide: 10_000,
    background: { white: true, transparent: false, required: true },
    fill: { least: 0.85, required: true },
    whole: { required: true },
    noBorder: { required: true },
  },
  ebay: {
    name: 'eBay',
    sources: [
      'https://www.ebay.com/help/policies/listing-policies/picture-policy?id=4370',
      'https://entwickler.ebay.de/api-docs/user-guides/static/trading-user-guide/picture-hosting.html',
      'https://plomz.com/guide/ebay-image-requirements-for-sellers-2026',
    ],
    read: READ,
    formats: ['image/jpeg', 'image/png', 'image/tiff', 'image/bmp', 'image/gif', 'image/webp', 'image/avif'],
    maxBytes: 12_000_000,
    longSide: [must(500), should(1600)],
    noBorder: { required: true },
  },
  shopify: {
    name: 'Shopify',
    sources: [
      'https://sellshot.ai/en/blog/shopify-product-image-size-guide',
      'https://www.dresma.com/blog/shopify-product-image-requirements-that-you-should-know',
    ],
    read: READ,
    formats: ['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/tiff', 'image/bmp'],
    maxBytes: 20_000_000,
    longSide: [should(800), should(2048)],
    maxSide: 5000,
    maxMegapixels: 25,
  },
  'google-merchant': {
    name: 'Google Merchant Center',
    sources: [
      'https://support.google.com/merchants/answer/6324350',
      'https://emberfeed.com/specs/google-merchant-image-requirements-2026',
    ],
    read: READ,
    formats: ['image/jpeg', 'image/webp', 'image/png', 'image/gif', 'image/bmp', 'image/tiff'],
    maxBytes: 16_000_000,
    // 250 for clothing; 500 for everything from 31 January 2027.
    shortSide: [must(100), should(500), should(1500)],
    maxMegapixels: 64,
    background: { white: true, transparent: true, required: false },
    fill: { least: 0.75, most: 0.9, required: false },
    noBorder: { required: true },
  },
  etsy: {
    name: 'Etsy',
    sources: ['https://hauld.app/blog/etsy-listing-photo-checklist'],
    read: READ,
    formats: ['image/jpeg', 'image/png', 'image/gif'],
    maxBytes: 10_000_000,
    longSide: [should(2000)],
  },
};
