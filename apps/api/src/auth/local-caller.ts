import type { Request } from 'express';
import { isLoopback } from './loopback';

/**
 * Whether a request to a loopback address comes from this machine's own user, as far as can be told: not passed on by a proxy
 * (forwarding headers, another host name), and not made by a web page of elsewhere, be it openly (`Sec-Fetch-Site`, `Origin`)
 * or under a name that was pointed at us (DNS rebinding: the `Host` is not ours).
 */
export function isLocalCaller(request: Request): boolean {
  const { headers } = request;
  if (headers.forwarded !== undefined || headers['x-forwarded-for'] !== undefined) return false;
  if (!isLocalAuthority(`http://${headers.host ?? ''}`)) return false;
  if (headers['sec-fetch-site'] === 'cross-site') return false;
  return headers.origin === undefined || isLocalAuthority(headers.origin);
}

function isLocalAuthority(url: string): boolean {
  return URL.canParse(url) && isLoopback(new URL(url).hostname.replace(/^\[|\]$/g, ''));
}
