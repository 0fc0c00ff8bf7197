import { z } from 'zod';
import { idPattern } from './ids';

/**
 * `submit`: create, change and delete jobs, uploads and webhook endpoints. `read`: look at them. `admin`: both, keys, queues,
 * and everybody's jobs.
 */
export const SCOPES = ['submit', 'read', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** The tenant of those who need no key, and of keys of the settings that name none. */
export const DEFAULT_TENANT = 'default';

/** Whether a text can name a tenant: 1 to 255 characters, none of them a control character or half of a surrogate pair. */
export function isTenant(text: string): boolean {
  return text.length <= 255 && /^[^\p{Cc}\p{Cs}]+$/u.test(text);
}

const name = z.string().min(1).max(100).describe('what it is for; shown in lists');
const scopes = z
  .array(z.enum(SCOPES))
  .min(1)
  .max(SCOPES.length)
  .transform((list) => [...new Set(list)]);
const weight = z
  .number()
  .min(0.01)
  .max(1000)
  .describe("share of the tenant against the others'; 1 is usual. It belongs to the tenant, and so to all its keys");
const requestsPerMinute = z
  .int()
  .min(1)
  .max(1_000_000)
  .nullable()
  .describe('requests a minute; null: as the settings say');
const megapixelsPerMinute = z
  .number()
  .positive()
  .max(1_000_000)
  .nullable()
  .describe('megapixels a minute; null: as the settings say');
const expiresAt = z.iso.datetime({ offset: true }).nullable().describe('when it ceases to be valid; null: never');

/** `POST /keys`. */
export const createApiKeySchema = z
  .strictObject({
    name,
    tenant: z
      .string()
      .refine(isTenant, '1 to 255 characters without control characters')
      .optional()
      .describe('whose jobs it makes and sees; without it the key has a tenant of its own, named as its id'),
    scopes: scopes.default(['submit', 'read']),
    sandbox: z.boolean().default(false).describe('results get a watermark and cost no megapixels'),
    weight: weight.optional(),
    requests_per_minute: requestsPerMinute.default(null),
    megapixels_per_minute: megapixelsPerMinute.default(null),
    expires_at: expiresAt.default(null),
  })
  .meta({ id: 'NewApiKey' });
export type CreateApiKey = z.infer<typeof createApiKeySchema>;

/** `PATCH /keys/:key`: what is absent stays. Whose a key is, and whether it is for the sandbox, stays for good. */
export const updateApiKeySchema = z
  .strictObject({
    name,
    scopes,
    weight,
    requests_per_minute: requestsPerMinute,
    megapixels_per_minute: megapixelsPerMinute,
    expires_at: expiresAt,
  })
  .partial()
  .meta({ id: 'ApiKeyChanges' });
export type UpdateApiKey = z.infer<typeof updateApiKeySchema>;

/** `POST /keys/:key/rotate`. */
export const rotateApiKeySchema = z
  .strictObject({
    grace_seconds: z
      .int()
      .min(0)
      .max(30 * 86_400)
      .default(86_400)
      .describe('how long the token that is replaced stays valid beside the new one'),
  })
  .meta({ id: 'ApiKeyRotation' });

const view = {
  id: z.string().regex(idPattern('key')),
  name: z.string(),
  tenant: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  sandbox: z.boolean(),
  weight: z.number(),
  requests_per_minute: requestsPerMinute,
  megapixels_per_minute: megapixelsPerMinute,
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime().nullable(),
  last_used_at: z.iso.datetime().nullable().describe('to the minute'),
  previous_token_until: z.iso
    .datetime()
    .nullable()
    .describe('how long the token before the last rotation is still valid'),
};

/** A key without its token, which is kept nowhere. */
export const apiKeyViewSchema = z.object(view).meta({ id: 'ApiKey' });
export type ApiKeyView = z.infer<typeof apiKeyViewSchema>;

/** Only the answers of creation and rotation have the token. */
export const apiKeyWithTokenSchema = z
  .object({ ...view, token: z.string().describe('shown this once; only its hash is kept') })
  .meta({ id: 'ApiKeyWithToken' });

/** `GET /keys?limit=&cursor=`, oldest first. */
export const listApiKeysSchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.coerce.number().int().min(0).max(1e9).default(0).describe('as in the `next` of the page before'),
});

export const apiKeyPageSchema = z
  .object({ keys: z.array(apiKeyViewSchema), next: z.url().nullable().describe('the next page; null on the last') })
  .meta({ id: 'ApiKeyPage' });
