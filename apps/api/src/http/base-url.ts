import type { Request } from 'express';
import type { ApiConfig } from '../config';

/** A host name or address with an optional port. What else a `Host` header may hold must not reach links and webhooks. */
const HOST = /^(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

/** The path that PUBLIC_URL puts before ours, without a trailing slash; '' without one. */
export function basePath({ PUBLIC_URL = 'http://localhost' }: Pick<ApiConfig, 'PUBLIC_URL'>): string {
  return new URL(PUBLIC_URL).pathname.replace(/\/$/, '');
}

/**
 * The address clients reach us at, without a trailing slash: PUBLIC_URL, else what the request says; forwarded headers
 * count only as far as TRUST_PROXY goes.
 */
export function baseUrl(request: Request, config: Pick<ApiConfig, 'PUBLIC_URL'>): string {
  if (config.PUBLIC_URL !== undefined) return config.PUBLIC_URL;
  const host = request.host ?? '';
  if (HOST.test(host)) return `${request.protocol}://${host}`;
  const { localAddress = '127.0.0.1', localPort = 80 } = request.socket;
  return `${request.protocol}://${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`;
}
