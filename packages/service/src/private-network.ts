import { AppError } from '@packshot/contracts';
import ipaddr from 'ipaddr.js';

/**
 * The one private-network guard, for every URL a user gives us. An address is public only if it is ordinary unicast; IPv6
 * forms that carry an IPv4 address inside (mapped, NAT64, 6to4, Teredo) are refused as a whole, like loopback, private,
 * link-local (cloud metadata), carrier-grade NAT, multicast and reserved ranges.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  // 64:ff9b:1::/48 (RFC 8215) is NAT64 for local use, which the library counts as unicast.
  return !(parsed instanceof ipaddr.IPv6 && parsed.match(ipaddr.IPv6.parse('64:ff9b:1::'), 48));
}

export interface GuardOptions {
  /** Hosts that may be on a private network all the same: `host` or `host:port`. */
  allowHosts: readonly string[];
}

export function isAllowedHost(url: URL, { allowHosts }: GuardOptions): boolean {
  return allowHosts.includes(url.hostname) || allowHosts.includes(url.host);
}

/** Form, scheme, and literal addresses; names are resolved later, when they are fetched. Throws `invalid_url`, `url_not_allowed`. */
export function checkUrl(text: string, options: GuardOptions): URL {
  if (!URL.canParse(text)) throw new AppError('invalid_url', 'The URL cannot be parsed.');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new AppError('invalid_url', 'The URL must start with http:// or https://.');
  }
  if (url.username || url.password)
    throw new AppError('invalid_url', 'The URL must not carry a user name or password.');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const literal = ipaddr.isValid(host);
  const local = host === 'localhost' || host.endsWith('.localhost');
  if ((local || (literal && !isPublicAddress(host))) && !isAllowedHost(url, options)) {
    throw new AppError('url_not_allowed', 'The URL points to a private network.');
  }
  return url;
}
