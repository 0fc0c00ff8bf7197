import { createRemoteJWKSet, type RemoteJWKSet } from 'jose';
import { z } from 'zod';
import type { AuthConfig } from './config';

const TIMEOUT_MS = 5_000;
/** An unknown key id makes us ask again, but not oftener than this: anybody can invent key ids. */
const COOLDOWN_MS = 10_000;

const metadataSchema = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) });

/**
 * The issuer's public keys: read when first needed, kept for ten minutes, and read again when a token names one that is not
 * among them. What the issuer answers wrongly, or not at all, is thrown, and asked anew next time.
 */
export function issuerKeys(config: AuthConfig & { JWT_ISSUER: string }): () => Promise<RemoteJWKSet> {
  let opened: Promise<RemoteJWKSet> | undefined;
  const open = async () => {
    const url = config.JWT_JWKS_URL ?? (await discover(config.JWT_ISSUER));
    return createRemoteJWKSet(new URL(url), { timeoutDuration: TIMEOUT_MS, cooldownDuration: COOLDOWN_MS });
  };
  return () => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
}

/** OpenID Connect Discovery 1.0, section 4: the document must name the very issuer it was asked of. */
async function discover(issuer: string): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const metadata = metadataSchema.parse(await response.json());
  if (metadata.issuer !== issuer) throw new Error(`${url} is of another issuer: ${metadata.issuer}`);
  return metadata.jwks_uri;
}
