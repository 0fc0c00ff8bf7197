import { AppError, DEFAULT_TENANT, SCOPES, type Scope } from '@packshot/contracts';
import type { Request, RequestHandler } from 'express';
import { accessTokens, looksLikeJwt } from '../auth/access-token';
import { needsCredentials } from '../auth/config';
import { isLocalCaller } from '../auth/local-caller';
import { isLoopback } from '../auth/loopback';
import { settingKeys } from '../auth/setting-keys';
import type { ApiConfig } from '../config';
import type { Deps } from '../deps';
import { type Principal, principalOf } from './principal';

/**
 * Finds out who asks, from `Authorization: Bearer …` or `X-API-Key`: a key of the settings, one made with `POST /keys`, or an
 * access token. Who sends nothing is `anybody` when the settings name neither keys nor an issuer, and refused otherwise; a
 * wrong credential is refused either way. Throws `unauthorized`, `backend_unavailable`.
 */
export function authenticate({ config, apiKeys }: Pick<Deps, 'config' | 'apiKeys'>): RequestHandler {
  const { JWT_ISSUER } = config;
  const ofSettings = settingKeys(config);
  const ofToken = JWT_ISSUER === undefined ? null : accessTokens({ ...config, JWT_ISSUER });
  const closed = needsCredentials(config);

  async function identify(credential: string): Promise<Principal> {
    const known = ofSettings(credential);
    if (known) return known;
    if (ofToken && looksLikeJwt(credential)) return ofToken(credential);
    const key = await apiKeys.find(credential);
    if (!key) throw new AppError('unauthorized', 'The API key is not known, or has expired.');
    const rates = { requests: key.requestsPerMinute, megapixels: key.megapixelsPerMinute };
    return { tenant: key.tenant, keyId: key.id, scopes: new Set(key.scopes), sandbox: key.sandbox, rates };
  }

  return async (request, response, next) => {
    const credential = credentialOf(request);
    try {
      if (credential === null && closed) throw new AppError('unauthorized');
      response.locals.principal = credential === null ? anybody(request, config) : await identify(credential);
    } catch (error) {
      // RFC 6750, section 3: the error is named only when a credential was sent.
      if (error instanceof AppError && error.code === 'unauthorized') {
        response.set('WWW-Authenticate', credential === null ? 'Bearer' : 'Bearer error="invalid_token"');
      }
      throw error;
    }
    next();
  };
}

/** Throws `forbidden`. `admin` may everything. */
export function requireScope(scope: Scope): RequestHandler {
  return (_request, response, next) => {
    const { scopes } = principalOf(response);
    if (scopes.has(scope) || scopes.has('admin')) return next();
    response.set('WWW-Authenticate', `Bearer error="insufficient_scope", scope="${scope}"`);
    next(new AppError('forbidden', `The scope ${scope} is needed for this.`));
  };
}

/** Where no credentials are needed: on loopback the user of this machine, who may everything; else all but administration. */
function anybody(request: Request, { HOST }: ApiConfig): Principal {
  const local = isLoopback(HOST) && isLocalCaller(request);
  return {
    tenant: DEFAULT_TENANT,
    keyId: null,
    scopes: new Set(local ? SCOPES : ['submit', 'read']),
    sandbox: false,
    rates: { requests: null, megapixels: null },
  };
}

/** What was sent; null for nothing, '' for a Bearer header that is malformed. Other schemes are not for us. */
function credentialOf(request: Request): string | null {
  const authorization = request.get('authorization') ?? '';
  if (/^bearer\b/i.test(authorization)) return /^bearer +(\S+) *$/i.exec(authorization)?.[1] ?? '';
  return request.get('x-api-key') ?? null;
}
