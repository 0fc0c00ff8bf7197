import { AppError } from '@packshot/contracts';
import ipaddr from 'ipaddr.js';

/** The one block of IPv6 that is given out for the public Internet (RFC 4291, section 2.4; IANA's registry). */
const GLOBAL_UNICAST = ipaddr.IPv6.parse('2000::');

/**
 * The one private-network guard, for every URL a user gives us. An address is public only if it is ordinary unicast of the
 * Internet; IPv6 forms that carry an IPv4 address inside (mapped, compatible, NAT64, 6to4, Teredo, ISATAP) are refused as a
 * whole, like loopback, private, link-local (cloud metadata), carrier-grade NAT, multicast and reserved ranges.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed instanceof ipaddr.IPv4 || (parsed.match(GLOBAL_UNICAST, 3) && !isIsatap(parsed));
}

/** RFC 5214, section 6.1: interface identifiers `[02]00:5efe` and an IPv4 address, under any prefix. */
function isIsatap({ parts }: ipaddr.IPv6): boolean {
  return ((parts[4] ?? 0) & 0xfdff) === 0 && parts[5] === 0x5efe;
}

export interface GuardOptions {
  /** Hosts that may be on a private network all the same, on any port: `host` or `host:port`. */
  allowHosts: readonly string[];
}

export function isAllowedHost(url: URL, { allowHosts }: GuardOptions): boolean {
  return allowHosts.includes(url.hostname) || allowHosts.includes(url.host);
}

/**
 * Form, scheme, port, literal addresses, and names that are private by what they are called; other names are resolved later,
 * when they are fetched. Throws `invalid_url`, `url_not_allowed`.
 *
 * `URL` has put the host into one form by then: decimal, octal and hexadecimal IPv4, full-width and circled digits and dots
 * of other scripts are dotted decimal, IPv6 is in brackets.
 */
export function checkUrl(text: string, options: GuardOptions): URL {
  if (!URL.canParse(text)) throw new AppError('invalid_url', 'The URL cannot be parsed.');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new AppError('invalid_url', 'The URL must start with http:// or https://.');
  }
  if (url.username || url.password)
    throw new AppError('invalid_url', 'The URL must not carry a user name or password.');
  if (isAllowedHost(url, options)) return url;
  const host = bareHost(url);
  if (ipaddr.isValid(host) ? !isPublicAddress(host) : isPrivateName(host)) {
    throw new AppError('url_not_allowed', 'The URL points to a private network.');
  }
  if (!isWebPort(url.port)) throw new AppError('url_not_allowed', 'The port of the URL is not one of web servers.');
  return url;
}

/** The host without the brackets of IPv6 and the dot that may end a name. */
export function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

/**
 * Names that never lead to the Internet: a lone label, and the domains kept for one machine or network (RFC 6761, RFC 6762,
 * RFC 8375, and ICANN's `internal`), where clouds and clusters name their metadata and services.
 */
function isPrivateName(host: string): boolean {
  return (
    !host.includes('.') ||
    /(?:^|\.)(?:localhost|local|internal|home\.arpa|localdomain|lan|intranet|corp|home)$/.test(host) ||
    host === 'metadata.goog'
  );
}

/** Above the well-known ports, those that the Fetch standard blocks, and where a Redis and other stores usually listen. */
const NOT_WEB = new Set([
  ...[
    1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
  ],
  ...[1433, 1521, 2379, 2380, 3306, 5432, 5672, 6379, 9042, 9092, 11211, 15672, 26379, 27017],
]);

/** HTTP's own ports, and those that anybody may listen on. Other protocols' must not be talked to by way of us. */
function isWebPort(port: string): boolean {
  if (port === '' || port === '80' || port === '443') return true;
  return Number(port) >= 1024 && !NOT_WEB.has(Number(port));
}
