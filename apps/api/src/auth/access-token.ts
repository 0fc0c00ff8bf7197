import { AppError, isTenant, SCOPES, type Scope } from '@packshot/contracts';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { Principal } from '../http/principal';
import type { AuthConfig } from './config';
import { issuerKeys } from './issuer-keys';

/** Asymmetric ones only: with a symmetric one, whoever can verify could sign, and a public key could pose as the secret. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/** Clocks of issuers may differ from ours by so much. */
const CLOCK_TOLERANCE_SECONDS = 30;
const MAX_TOKEN_LENGTH = 12_000;

/** What jose throws for a token that is wrong; anything else it throws is about the issuer's keys. */
const TOKEN_FAULTS: readonly string[] = [
  errors.JWTExpired.code,
  errors.JWTClaimValidationFailed.code,
  errors.JWTInvalid.code,
  errors.JWSInvalid.code,
  errors.JWSSignatureVerificationFailed.code,
  errors.JOSEAlgNotAllowed.code,
  errors.JOSENotSupported.code,
  errors.JWKSNoMatchingKey.code,
  errors.JWKSMultipleMatchingKeys.code,
];

/** Whether a credential has the form of a signed JWT; API keys have no dots. */
export function looksLikeJwt(credential: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]*$/.test(credential);
}

/**
 * Verifies OAuth2 access tokens (RFC 9068, RFC 7519) of one issuer: signature by a key of its JWKS, `iss`, `aud`, `exp`, `nbf`.
 * The verifier throws `unauthorized` for a token that is wrong, and `backend_unavailable` when the issuer's keys cannot be had.
 */
export function accessTokens(config: AuthConfig & { JWT_ISSUER: string }): (token: string) => Promise<Principal> {
  const keys = issuerKeys(config);
  const { JWT_ISSUER: issuer, JWT_AUDIENCE: audience } = config;
  return async (token) => {
    if (token.length > MAX_TOKEN_LENGTH) throw new AppError('unauthorized', 'The access token is too long.');
    try {
      const { payload } = await jwtVerify(token, async (header, input) => (await keys())(header, input), {
        algorithms: ALGORITHMS,
        issuer,
        audience,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ['exp'],
      });
      return principalOfToken(payload, config);
    } catch (error) {
      if (error instanceof AppError) throw error;
      const code = (error as { code?: unknown } | null)?.code;
      if (typeof code === 'string' && TOKEN_FAULTS.includes(code)) {
        throw new AppError('unauthorized', reason(error), { cause: error });
      }
      throw new AppError('backend_unavailable', "The keys of the access token's issuer cannot be had.", {
        cause: error,
      });
    }
  };
}

function reason(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The access token has expired.';
  if (error instanceof errors.JWTClaimValidationFailed) return `The access token's claim ${error.claim} does not fit.`;
  return 'The access token is not valid.';
}

function principalOfToken(payload: JWTPayload, config: AuthConfig): Principal {
  const tenant = payload[config.JWT_TENANT_CLAIM];
  if (typeof tenant !== 'string' || !isTenant(tenant)) {
    throw new AppError('unauthorized', `The access token's claim ${config.JWT_TENANT_CLAIM} names no tenant.`);
  }
  return {
    tenant,
    keyId: null,
    scopes: new Set(scopesOf(payload, config.JWT_SCOPE_PREFIX)),
    sandbox: false,
    rates: { requests: null, megapixels: null },
  };
}

/** Issuers differ: `scope` is a text with spaces (RFC 8693), `scp` that or a list, `permissions` a list. */
function scopesOf({ scope, scp, permissions }: JWTPayload, prefix: string): Scope[] {
  const words = [scope, scp, permissions].flatMap((claim) => (typeof claim === 'string' ? claim.split(' ') : claim));
  return SCOPES.filter((known) => words.includes(prefix + known));
}
