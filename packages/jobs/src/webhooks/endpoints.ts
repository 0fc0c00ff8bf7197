import {
  AppError,
  type DisabledReason,
  type EndpointChanges,
  MAX_ENDPOINTS,
  type NewEndpoint,
  newId,
  newWebhookSecret,
  type WebhookEvent,
} from '@packshot/contracts';
import type { JobStore } from '../job-store';
import { hashFields } from '../records';
import { runScript } from '../run-script';

/** A secret that signs; `until` (Unix milliseconds) is null for the one in force. */
interface EndpointSecret {
  secret: string;
  until: number | null;
}

export interface EndpointRecord {
  id: string;
  tenant: string;
  url: string;
  events: WebhookEvent[];
  description: string;
  disabled: DisabledReason | null;
  /** Newest first. */
  secrets: EndpointSecret[];
  createdAt: string;
  updatedAt: string;
}

/** Old secrets that sign beside the new one, however often it is replaced: a header has its limits. */
const MOST_PREVIOUS = 4;

/** KEYS endpoint, index. ARGV most, score, id, fields. Returns 0 when there are enough already. */
const CREATE_SCRIPT = `
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 4))
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[3])
return 1
`;

/** KEYS endpoint. ARGV a field and what it must be ('' = no condition), then fields. Returns 0 when it is gone or otherwise. */
const CHANGE_SCRIPT = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if ARGV[1] ~= '' and redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 3))
return 1
`;

/** Throws `limit_reached`. The URL has been checked. */
export async function createEndpoint(
  store: JobStore,
  tenant: string,
  { url, events, description, disabled }: NewEndpoint,
  now = Date.now(),
): Promise<EndpointRecord> {
  const at = new Date(now).toISOString();
  const endpoint: EndpointRecord = {
    id: newId('ep'),
    tenant,
    url,
    events: [...new Set(events)],
    description,
    disabled: disabled ? 'manual' : null,
    secrets: [{ secret: newWebhookSecret(), until: null }],
    createdAt: at,
    updatedAt: at,
  };
  const { redis, keys } = store;
  const fields = Object.entries(hashFields(endpoint)).flat();
  const args = [MAX_ENDPOINTS, now, endpoint.id, ...fields];
  if ((await runScript(redis, CREATE_SCRIPT, [keys.endpoint(endpoint.id), keys.endpointsOf(tenant)], args)) === 0) {
    throw new AppError('limit_reached', `A tenant may have at most ${MAX_ENDPOINTS} webhook endpoints.`);
  }
  return endpoint;
}

export async function getEndpoint({ redis, keys }: JobStore, id: string): Promise<EndpointRecord | null> {
  return parseEndpoint(await redis.hgetall(keys.endpoint(id)));
}

/** Throws `not_found`, also for the endpoint of another tenant; `tenant: null` sees everybody's. */
export async function requireEndpoint(store: JobStore, id: string, tenant: string | null): Promise<EndpointRecord> {
  const endpoint = await getEndpoint(store, id);
  if (!endpoint || (tenant !== null && endpoint.tenant !== tenant)) {
    throw new AppError('not_found', `There is no webhook endpoint ${id}.`);
  }
  return endpoint;
}

/** A tenant's endpoints, oldest first. */
export async function listEndpoints(store: JobStore, tenant: string): Promise<EndpointRecord[]> {
  const { redis, keys } = store;
  const ids = await redis.zrange(keys.endpointsOf(tenant), '0', '-1');
  const endpoints = await Promise.all(ids.map((id) => getEndpoint(store, id)));
  return endpoints.filter((endpoint) => endpoint !== null);
}

/** Throws `not_found` when it is gone. */
export async function changeEndpoint(
  store: JobStore,
  endpoint: EndpointRecord,
  { disabled, events, ...changes }: EndpointChanges,
): Promise<EndpointRecord> {
  const state = disabled === undefined ? {} : { disabled: disabled ? 'manual' : '' };
  await change(store, endpoint, { ...changes, ...state, ...(events && { events: [...new Set(events)] }) });
  return requireEndpoint(store, endpoint.id, null);
}

/** The receiver wants no more. Not when it was moved to another URL meanwhile. */
export async function disableGoneEndpoint(store: JobStore, endpoint: EndpointRecord): Promise<void> {
  const args = [
    'url',
    endpoint.url,
    'disabled',
    'gone' satisfies DisabledReason,
    'updatedAt',
    new Date().toISOString(),
  ];
  await runScript(store.redis, CHANGE_SCRIPT, [store.keys.endpoint(endpoint.id)], args);
}

/** A new secret; the old one goes on signing beside it for `graceMs`. Throws `conflict` when somebody else does the same. */
export async function rotateSecret(
  store: JobStore,
  endpoint: EndpointRecord,
  graceMs: number,
  now = Date.now(),
): Promise<EndpointRecord> {
  const previous = endpoint.secrets.map(({ secret, until }) => ({ secret, until: until ?? now + graceMs }));
  const good = previous.filter(({ until }) => until > now).slice(0, MOST_PREVIOUS);
  const secrets = [{ secret: newWebhookSecret(), until: null }, ...good];
  const unchanged = { field: 'secrets', value: JSON.stringify(endpoint.secrets) };
  await change(store, endpoint, { secrets }, unchanged);
  return requireEndpoint(store, endpoint.id, null);
}

/** The secrets that sign now, newest first. */
export function secretsInForce({ secrets }: EndpointRecord, now = Date.now()): EndpointSecret[] {
  return secrets.filter(({ until }) => until === null || until > now);
}

export async function removeEndpoint({ redis, keys }: JobStore, { id, tenant }: EndpointRecord): Promise<void> {
  await redis.multi().zrem(keys.endpointsOf(tenant), id).unlink(keys.endpoint(id)).exec();
}

/** An endpoint of the tenant is to be told of items, so their ends have to be noted. */
export async function wantsItemEvents(store: JobStore, tenant: string): Promise<boolean> {
  const endpoints = await listEndpoints(store, tenant);
  return endpoints.some(({ disabled, events }) => !disabled && events.some((event) => event.startsWith('item.')));
}

async function change(
  { redis, keys }: JobStore,
  { id }: EndpointRecord,
  changes: object,
  unchanged = { field: '', value: '' },
): Promise<void> {
  const fields = Object.entries(hashFields({ ...changes, updatedAt: new Date().toISOString() })).flat();
  const args = [unchanged.field, unchanged.value, ...fields];
  if ((await runScript(redis, CHANGE_SCRIPT, [keys.endpoint(id)], args)) === 1) return;
  if ((await redis.exists(keys.endpoint(id))) === 0)
    throw new AppError('not_found', `There is no webhook endpoint ${id}.`);
  throw new AppError('conflict', 'The endpoint was changed by another request at the same time.');
}

function parseEndpoint(hash: Record<string, string>): EndpointRecord | null {
  if (!hash.id || !hash.tenant || !hash.url || !hash.events || !hash.secrets) return null;
  return {
    id: hash.id,
    tenant: hash.tenant,
    url: hash.url,
    events: JSON.parse(hash.events) as WebhookEvent[],
    description: hash.description ?? '',
    disabled: (hash.disabled || null) as DisabledReason | null,
    secrets: JSON.parse(hash.secrets) as EndpointSecret[],
    createdAt: hash.createdAt ?? '',
    updatedAt: hash.updatedAt ?? '',
  };
}
