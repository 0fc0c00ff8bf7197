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
    findings: z.array(z.object({ rule: z.enum(LINT_RULES), required: z.boolean(), detail: z.string() })),
  })
  .meta({ id: 'LintReport', description: 'Which rules of a marketplace a result breaks.' });
export type LintReport = z.infer<typeof lintReportSchema>;
