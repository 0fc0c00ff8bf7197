interface RedisHost {
  host: string;
  port: number;
}

/** Where Redis is, read from `REDIS_URL`. */
export type RedisAddress = { tls: boolean; username?: string; password?: string; db: number } & (
  | { mode: 'single'; host: string; port: number }
  | { mode: 'socket'; path: string }
  | { mode: 'sentinel'; sentinels: RedisHost[]; master: string }
  | { mode: 'cluster'; nodes: RedisHost[] }
);

const REDIS_URL_FORMS = [
  'redis://[user:password@]host[:port][/db]',
  'redis+sentinel://[user:password@]host[:port],…/master-name[/db]',
  'redis+cluster://[user:password@]host[:port],…',
  'unix://[user:password@]/path[?db=0]',
].join(', ');

const REDIS_PORT = 6379;
const SENTINEL_PORT = 26_379;

const URL_PARTS = /^(redis|rediss|redis\+sentinel|rediss\+sentinel|redis\+cluster|rediss\+cluster|unix):\/\/(.*)$/s;

/**
 * Reads an address; `rediss` in place of `redis` in any of the forms means TLS. Throws an Error that says which form is
 * expected and never repeats the address: it may hold a password, and a misplaced `/` or `@` may put that anywhere.
 */
export function parseRedisAddress(url: string): RedisAddress {
  const [, scheme, rest] = URL_PARTS.exec(url) ?? [];
  if (scheme === undefined || rest === undefined)
    throw new Error(`must be one of ${REDIS_URL_FORMS}, or rediss for TLS`);
  const at = rest.lastIndexOf('@');
  const credentials = at < 0 ? {} : readCredentials(rest.slice(0, at));
  const place = rest.slice(at + 1);
  if (scheme === 'unix') return { ...readSocket(place), ...credentials, tls: false };
  const [hosts = '', ...path] = place.split('/');
  const tls = scheme.startsWith('rediss');
  if (scheme.endsWith('+sentinel')) {
    const [master = '', db = '', ...more] = path;
    if (!/^[\w.-]+$/.test(master) || more.length > 0) {
      throw new Error('must end in the name of the master: redis+sentinel://host:port,host:port/master-name[/db]');
    }
    return {
      mode: 'sentinel',
      sentinels: readHosts(hosts, SENTINEL_PORT),
      master,
      db: readDb(db),
      ...credentials,
      tls,
    };
  }
  if (path.length > 1)
    throw new Error('has more than a database number behind the host (a / in a password is written %2F)');
  const db = readDb(path[0] ?? '');
  const nodes = readHosts(hosts, REDIS_PORT);
  if (scheme.endsWith('+cluster')) {
    if (db !== 0) throw new Error('names a database, and a Cluster has only number 0');
    return { mode: 'cluster', nodes, db, ...credentials, tls };
  }
  const [server, ...others] = nodes;
  if (!server || others.length > 0) {
    throw new Error('names several hosts: for that the form is redis+sentinel:// or redis+cluster://');
  }
  return { mode: 'single', ...server, db, ...credentials, tls };
}

function readCredentials(text: string): { username?: string; password?: string } {
  const colon = text.indexOf(':');
  const [user, password] = colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
  try {
    return {
      ...(user !== '' && { username: decodeURIComponent(user) }),
      ...(password !== '' && { password: decodeURIComponent(password) }),
    };
  } catch {
    throw new Error('has a % in user or password that must be written %25');
  }
}

function readSocket(place: string): { mode: 'socket'; path: string; db: number } {
  const [path = '', query = '', ...more] = place.split('?');
  const db = query === '' ? '' : /^db=(\d+)$/.exec(query)?.[1];
  if (!path.startsWith('/') || db === undefined || more.length > 0) {
    throw new Error('must have the form unix:///path/to/redis.sock[?db=0]');
  }
  return { mode: 'socket', path: decodeURIComponent(path), db: readDb(db) };
}

function readHosts(text: string, defaultPort: number): RedisHost[] {
  return text.split(',').map((part) => {
    const [, ipv6, name, digits] = /^(?:\[([\da-f:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/i.exec(part) ?? [];
    const host = ipv6 ?? name;
    const port = digits === undefined ? defaultPort : Number(digits);
    if (host === undefined || port < 1 || port > 65_535) {
      throw new Error(
        'must name its hosts as host or host:port, an IPv6 address in brackets, several joined by commas',
      );
    }
    return { host, port };
  });
}

function readDb(text: string): number {
  if (!/^\d{0,5}$/.test(text)) throw new Error('must have a number as its database, or none');
  return Number(text);
}
