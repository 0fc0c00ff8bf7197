import { needsCredentials } from '../auth/config';
import type { ApiConfig } from '../config';
import type { Route } from '../http/route';
import type { JsonSchema } from './json-schema';

/** How callers may show who they are. */
export function securitySchemes({ JWT_ISSUER }: ApiConfig): JsonSchema {
  return {
    bearer: {
      type: 'http',
      scheme: 'bearer',
      description:
        '`Authorization: Bearer …` with an API key, or with an access token of the trusted issuer (RFC 6750).',
    },
    basic: {
      type: 'http',
      scheme: 'basic',
      description: 'An API key as the password, with any user name; for senders that can do nothing else.',
    },
    apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'An API key.' },
    ...(JWT_ISSUER !== undefined && {
      accessToken: {
        type: 'openIdConnect',
        openIdConnectUrl: `${JWT_ISSUER.replace(/\/$/, '')}/.well-known/openid-configuration`,
        description: 'A JWT of the issuer that the server trusts, with the scope of the operation.',
      },
    }),
  };
}

/** What an operation asks of its caller; nothing on a server that has neither keys nor an issuer. */
export function securityOf({ scope, basic }: Pick<Route, 'scope' | 'basic'>, config: ApiConfig): JsonSchema[] {
  if (scope === null) return [];
  const names = Object.keys(securitySchemes(config)).filter((name) => name !== 'basic' || basic);
  const schemes = names.map((name) => ({ [name]: [scope] }));
  return needsCredentials(config) ? schemes : [...schemes, {}];
}
