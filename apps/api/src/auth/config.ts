import { isTenant } from '@packshot/contracts';
import { flag, list } from '@packshot/service';
import { z } from 'zod';
import { readSettingKeys } from './setting-keys';

/** `key` or `tenant=key`, each sendable in a header. */
const keys = () =>
  list().refine(
    (words) => words.every((word) => readSettingKeys([word]).every(isUsable)),
    'each `key` or `tenant=key`, without spaces',
  );

function isUsable({ tenant, key }: { tenant: string; key: string }): boolean {
  return isTenant(tenant) && /^[\x21-\x7e]+$/.test(key);
}

/** Settings fragment: who may use the API. */
export const authConfig = z.object({
  API_KEYS: keys()
    .default([])
    .describe('keys for submit and read, each `key` or `tenant=key`, comma-separated; others are made with POST /keys'),
  ADMIN_KEYS: keys().default([]).describe('keys for everything, in the same form'),
  ALLOW_UNAUTHENTICATED: flag()
    .default(false)
    .describe('serves other machines without keys, but for administration; for closed networks only'),
  JWT_ISSUER: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('accepts OAuth2 access tokens (JWT) of this issuer; exactly as in their `iss`'),
  JWT_AUDIENCE: list().default([]).describe('what `aud` must name, comma-separated; needed with JWT_ISSUER'),
  JWT_JWKS_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("where the issuer's public keys are; by default its OpenID configuration is asked"),
  JWT_TENANT_CLAIM: z.string().min(1).default('sub').describe('claim that names the tenant'),
  JWT_SCOPE_PREFIX: z
    .string()
    .regex(/^[\x21\x23-\x5b\x5d-\x7e]*$/)
    .default('')
    .describe('what stands before submit, read and admin in `scope`, `scp` or `permissions`'),
});

export type AuthConfig = z.infer<typeof authConfig>;

/** Whether callers must say who they are. */
export function needsCredentials({ API_KEYS, ADMIN_KEYS, JWT_ISSUER }: AuthConfig): boolean {
  return API_KEYS.length > 0 || ADMIN_KEYS.length > 0 || JWT_ISSUER !== undefined;
}

/** Faults that only show when settings are seen together. */
export function checkAuthConfig(config: AuthConfig, context: z.RefinementCtx): void {
  const fault = (path: keyof AuthConfig, message: string) =>
    context.addIssue({ code: 'custom', path: [path], message });
  if (config.JWT_ISSUER !== undefined && config.JWT_AUDIENCE.length === 0) {
    fault('JWT_AUDIENCE', 'is needed with JWT_ISSUER: tokens for other services must not count here');
  }
  if (config.JWT_ISSUER === undefined && (config.JWT_JWKS_URL !== undefined || config.JWT_AUDIENCE.length > 0)) {
    fault('JWT_ISSUER', 'is needed with JWT_JWKS_URL and JWT_AUDIENCE');
  }
  const known = readSettingKeys([...config.API_KEYS, ...config.ADMIN_KEYS]).map(({ key }) => key);
  if (new Set(known).size < known.length) fault('API_KEYS', 'has a key twice, or one of ADMIN_KEYS');
}
