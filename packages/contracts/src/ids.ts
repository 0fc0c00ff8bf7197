/** UUID version 7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then random bits; sorts by time of creation. */
export function uuidv7(now: number = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(now / 2 ** (8 * (5 - i))) & 0xff;
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';

/** `msg`: a webhook event, `ep`: a webhook endpoint, `dlv`: a delivery, `upl`: an upload, `key`: an API key. */
const KINDS = ['job', 'item', 'msg', 'req', 'ep', 'dlv', 'upl', 'key'] as const;
export type IdKind = (typeof KINDS)[number];

/** The form of an id as a regular expression, for schemas. */
export function idPattern(kind: IdKind): RegExp {
  return new RegExp(`^${kind}_${UUID}$`);
}

const patterns = Object.fromEntries(KINDS.map((kind) => [kind, idPattern(kind)])) as Record<IdKind, RegExp>;

/** `job_0199…`: the kind, then a UUIDv7. */
export function newId(kind: IdKind): string {
  return `${kind}_${uuidv7()}`;
}

export function isId(kind: IdKind, value: string): boolean {
  return patterns[kind].test(value);
}
